"""ASF-BP in PyTorch with variant `authors`, written from the description of the authors' code.

    python3 torch_asf.py MODEL T BATCH THREADS BATCHES train|infer loop|folded [check FILE.npz]

`loop` runs the layers step by step, as the authors do; `folded` runs a layer over all steps at once, with T as part of the
batch. Reads images as .npy from standard input, and prints one JSON line. The backward pass is one pass over the accumulated flows, with
convolution gradients.
"""
import io
import json
import sys
import time

import numpy
import torch
import torch.nn.functional as F

LENET = [("conv", 1, 20, 5), ("avg",), ("conv", 20, 50, 5), ("avg",), ("linear", 2450, 200), ("linear", 200, 10)]
VGG7 = [("conv", 3, 64, 3), ("conv", 64, 64, 3), ("avg",), ("conv", 64, 128, 3), ("conv", 128, 128, 3),
        ("conv", 128, 128, 3), ("max",), ("linear", 8192, 1024), ("linear", 1024, 10)]
MODELS = {"lenet": (LENET, 1.0), "vgg7": (VGG7, 2.0)}


class Net:
    def __init__(self, layers, vth, weights=None, lr=8.5e-4):
        self.layers, self.vth = layers, vth
        self.w = []
        for kind, *size in layers:
            if kind not in ("conv", "linear"):
                self.w.append(None)
                continue
            shape = (size[1], size[0], size[2], size[2]) if kind == "conv" else (size[1], size[0])
            given = weights.pop(0) if weights else None
            fan = int(numpy.prod(shape[1:]))
            w = torch.tensor(given) if given is not None else torch.randn(shape) * (2 / fan) ** 0.5
            self.w.append(w.requires_grad_(False))
        self.scale = [1.0] * len(layers)
        trained = [w for w in self.w if w is not None]
        self.adam = torch.optim.Adam(trained, lr=lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=5e-4)

    def current(self, n, o):
        kind = self.layers[n][0]
        if kind == "conv":
            return F.conv2d(o, self.w[n], padding=self.layers[n][3] // 2)
        if kind == "avg":
            return F.avg_pool2d(o, 2)
        if kind == "max":
            return F.max_pool2d(o, 2)
        return F.linear(o.flatten(1), self.w[n])

    def threshold(self, n):
        return 0.75 if self.layers[n][0] == "avg" else self.vth

    def forward(self, spikes):
        """spikes: (T, B, C, H, W). Returns the flows of each layer, and the output layer's potential."""
        last = len(self.layers) - 1
        self.FI, self.FO, u = [0] * last, [0] * last, [0] * last
        mem = 0
        for o in spikes:
            for n in range(last):
                x = self.current(n, o)
                if self.layers[n][0] == "max":
                    o = x
                    continue
                u[n] = u[n] + x
                o = (u[n] > self.threshold(n)).float()
                u[n] = u[n] * (1 - o)
                self.FI[n] = self.FI[n] + x
                self.FO[n] = self.FO[n] + o
            mem = mem + F.linear(o.flatten(1), self.w[last])
        self.FO_in = spikes.sum(0)
        return mem

    def forward_folded(self, spikes):
        """The same with T as part of the batch: a layer runs all steps before the next layer begins."""
        T, B = spikes.shape[:2]
        last = len(self.layers) - 1
        self.FI, self.FO = [0] * last, [0] * last
        self.FO_in = spikes.sum(0)
        o = spikes
        for n in range(last):
            x = self.current(n, o.flatten(0, 1))
            x = x.view(T, B, *x.shape[1:])
            if self.layers[n][0] == "max":
                o = x
                continue
            u = torch.zeros_like(x[0])
            o = torch.empty_like(x)
            for t in range(T):
                u = u + x[t]
                o[t] = u > self.threshold(n)
                u = u * (1 - o[t])
            self.FI[n], self.FO[n] = x.sum(0), o.sum(0)
        return F.linear(o.flatten(2).flatten(0, 1), self.w[last]).view(T, B, -1).sum(0)

    def update_scale(self):
        for n, FI in enumerate(self.FI):
            if self.layers[n][0] == "max":
                continue
            FO = self.FO[n]
            chosen = torch.ones_like(FI, dtype=torch.bool) if self.layers[n][0] == "avg" else FI >= FO
            total = FI[chosen].sum()
            ratio = float(FO[chosen].sum() / total) if total >= 1e-3 else 1.0
            self.scale[n] = 0.6 * ratio + 0.4 * self.scale[n]

    def backward(self, mem, labels, T):
        last = len(self.layers) - 1
        flows = [self.FO_in] + list(self.FO)
        for n in range(last):
            if self.layers[n][0] == "max":
                flows[n + 1], at = F.max_pool2d(self.FO[n - 1], 2, return_indices=True)
        Y = F.one_hot(labels, mem.shape[1]).float()
        error = mem / self.vth / T - Y
        d = 2 * error / T / self.vth
        grads = [None] * len(self.layers)
        for n in range(last, -1, -1):
            kind, before = self.layers[n][0], flows[n]
            if n < last and kind != "max":
                d = d.view_as(self.FI[n]) * self.scale[n] * (self.FI[n] > 0)
            if kind == "linear":
                grads[n] = d.t() @ before.flatten(1)
                d = (d @ self.w[n]).view_as(before) if n else None
            elif kind == "conv":
                pad = self.layers[n][3] // 2
                grads[n] = torch.nn.grad.conv2d_weight(before, self.w[n].shape, d, padding=pad)
                d = torch.nn.grad.conv2d_input(before.shape, self.w[n], d, padding=pad) if n else None
            elif kind == "avg":
                d = F.interpolate(d, scale_factor=2) / 4
            else:
                d = F.max_unpool2d(d.view_as(flows[n + 1]), at, 2, output_size=before.shape[2:])
        return (error ** 2).sum(), grads

    def step(self, grads):
        for w, g in zip(self.w, grads):
            if w is not None:
                w.grad = g
        self.adam.step()


def check(path):
    """Compares our gradients with given arrays, relative to the greatest number of each."""
    z = numpy.load(path)
    meta = json.loads(str(z["meta"]))
    vgg = meta["net"] == "vgg7"
    names = meta["weights"]
    a, b, h = meta.get("widths", (0, 0, 0))
    layers = [("conv", 3, a, 3), ("conv", a, a, 3), ("avg",), ("conv", a, b, 3), ("conv", b, b, 3), ("conv", b, b, 3),
              ("max",), ("linear", 64 * b, h), ("linear", h, 10)] if vgg else LENET
    net = Net(layers, meta["vth"], [z["w_" + name] for name in names])
    mem = net.forward(torch.tensor(z["in_spikes"]).float())
    scales = list(z["scale_after"])
    net.scale = [1.0 if kind == "max" else float(scales.pop(0)) for kind, *_ in layers[:-1]]
    loss, grads = net.backward(mem, torch.tensor(z["labels"]), meta["T"])
    worst = max(float((g - torch.tensor(z["g_" + n])).abs().max() / abs(z["g_" + n]).max())
                for g, n in zip([g for g in grads if g is not None], names))
    print(json.dumps({"loss": float(loss), "theirs": float(z["loss"]), "worst": worst, "version": torch.__version__}))


def main(model, T, batch, threads, batches, mode, shape):
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    layers, vth = MODELS[model]
    images = torch.tensor(numpy.load(io.BytesIO(sys.stdin.buffer.read())))
    net = Net(layers, vth)
    labels = torch.arange(batch) % 10
    run = net.forward if shape == "loop" else net.forward_folded
    times = []
    with torch.no_grad():
        for k in range(-1, batches):
            began = time.perf_counter()
            rate = images.abs() * (0.5 if model == "lenet" else 1.0)
            spikes = torch.sign(images) * (rate > torch.rand(T, *images.shape)).float()
            mem = run(spikes)
            if mode == "train":
                net.update_scale()
                loss, grads = net.backward(mem, labels, T)
                net.step(grads)
            if k >= 0:
                times.append(time.perf_counter() - began)
    print(json.dumps({"imagesPerSecond": batch / sorted(times)[len(times) // 2]}))


if __name__ == "__main__":
    if sys.argv[1] == "check":
        check(sys.argv[2])
    else:
        model, T, batch, threads, batches, mode, shape = sys.argv[1:8]
        main(model, int(T), int(batch), int(threads), int(batches), mode, shape)
