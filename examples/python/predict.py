"""Reads a model of asf-bp with safetensors and NumPy, and predicts: `python3 predict.py MODEL.safetensors DIGIT`.

DIGIT is a file with one byte per input of the network. The model must have variant `authors`. With weights on a grid
(`asf-bp export`), every sum is exact, so the potentials equal those of asf-bp in every bit. Otherwise they differ by rounding.
"""
import json
import sys

import numpy as np
from safetensors import safe_open

f32 = np.float32


def threefry(key0, key1, counter0, counter1):
    """Threefry-2x32-20 for an array of counters, which gives two words each (spec/random.ts)."""
    key = [key0, key1, 0x1BD11BDA ^ key0 ^ key1]
    with np.errstate(over="ignore"):
        a = np.uint32(counter0) + np.uint32(key[0]) + np.zeros_like(counter1)
        b = counter1 + np.uint32(key[1])
        for r in range(20):
            a = a + b
            turn = [13, 15, 26, 6, 17, 29, 16, 24][r % 8]
            b = ((b << np.uint32(turn)) | (b >> np.uint32(32 - turn))) ^ a
            if r % 4 == 3:
                n = (r + 1) // 4
                a = a + np.uint32(key[n % 3])
                b = b + np.uint32((key[(n + 1) % 3] + n) & 0xFFFFFFFF)
    return a, b


def encode(image, scale, seed, sample, T):
    """Spikes of each step: a pixel fires if its random word is below intensity · scale · 2³² (spec/encode.ts)."""
    bound = np.floor(image / 255 * scale * 2.0**32)
    index = np.arange(image.size, dtype=np.uint32)  # raster order, one channel
    for t in range(T):
        words = threefry(seed, 2 << 24, sample, np.uint32(t // 2 << 17) + index)[t % 2]
        yield (words.reshape(image.shape) < bound).astype(f32)


def windows(o, size, stride, padding):
    """(C,H,W) → (C, rows, columns, size, size)."""
    o = np.pad(o, ((0, 0), (padding, padding), (padding, padding)))
    return np.lib.stride_tricks.sliding_window_view(o, (size, size), (1, 2))[:, ::stride, ::stride]


def current(layer, w, o):
    """The current of a layer from the spikes of the layer before."""
    if layer["kind"] == "linear":
        return (w @ o.ravel())[:, None, None]
    if layer["kind"] == "convolution":
        return np.einsum("oikl,iyxkl->oyx", w, windows(o, layer["kernel"], layer["stride"], layer["padding"]))
    seen = windows(o, layer["size"], layer["stride"], 0)
    if layer["kind"] == "maxPool":
        return seen.max((3, 4))
    return seen.sum((3, 4)) / f32(layer["size"] ** 2 if layer["kind"] == "averagePool" else 1)


def predict(path, digit, sample=0):
    with safe_open(path, "numpy") as file:
        about = file.metadata()
        grid = iter(json.loads(about.get("grid", "[]")))
        network = json.loads(about["network"])
        w = {}
        for n, layer in enumerate(network["layers"], 1):
            if f"layer{n}.weight" in file.keys():
                stored = file.get_tensor(f"layer{n}.weight")
                w[n] = stored.astype(f32) * f32(next(grid) if stored.dtype == np.int8 else 1)
    if json.loads(about["variant"])["fires"] != "aboveThreshold":
        sys.exit("expected a model of the variant authors")
    shape = [network["input"][side] for side in ("channels", "height", "width")]
    image = np.frombuffer(digit, np.uint8).astype(np.float64).reshape(shape)
    u = {}
    for o in encode(image, network["input"]["scale"], int(about["seed"]), sample, network["timeWindow"]):
        for n, layer in enumerate(network["layers"], 1):
            x = current(layer, w.get(n), o)
            if layer["kind"] == "maxPool":
                o = x
                continue
            u[n] = u.get(n, f32(0)) + x
            if n == len(network["layers"]):
                break
            # The authors' average pools have other thresholds, and no leak.
            pool = layer["kind"] == "averagePool"
            o = (u[n] > (0.75 if pool else layer.get("threshold", network["threshold"]))).astype(f32)
            leak = f32(1 if pool else layer.get("leak", network["leak"]))
            u[n] = np.where(o > 0, f32(0), u[n] if leak == 1 else (leak * u[n] + u[n]) - u[n])
    potentials = u[len(network["layers"])].ravel()
    return {"label": int(potentials.argmax()), "potentials": [float(p) for p in potentials]}


if __name__ == "__main__":
    with open(sys.argv[2], "rb") as file:
        print(json.dumps(predict(sys.argv[1], file.read())))
