"""The random words of the encoding: Threefry-2x32 with 20 rounds (Salmon et al. 2011), in the layout of spec/random.ts."""

import numpy as np

ROTATIONS = (13, 15, 26, 6, 17, 29, 16, 24)
MASK = np.uint64(0xFFFFFFFF)


def threefry(key, counter):
    """Two words of 32 bits, stored in 64 bits."""
    keys = [*key, np.uint64(0x1BD11BDA) ^ key[0] ^ key[1]]
    a, b = (counter[0] + keys[0]) & MASK, (counter[1] + keys[1]) & MASK
    for turn in range(20):
        left = np.uint64(ROTATIONS[turn % 8])
        a = (a + b) & MASK
        b = ((b << left | b >> (np.uint64(32) - left)) & MASK) ^ a
        if turn % 4 == 3:
            n = (turn + 1) // 4
            a, b = (a + keys[n % 3]) & MASK, (b + keys[(n + 1) % 3] + np.uint64(n)) & MASK
    return a, b


def words(given, T):
    """(T,B,C,H,W). Step t has word t mod 2 of the counter (sample, t // 2 * 2^17 + place in row, column, channel)."""
    B, C, H, W = given['image'].shape if given['image'].ndim == 4 else (*given['image'].shape, 1, 1)
    place = np.arange(H * W * C, dtype=np.uint64).reshape(H, W, C).transpose(2, 0, 1)
    key = (np.uint64(given['encode.seed']), np.uint64(int(given['encode.stream']) * 2 ** 24 + int(given['encode.epoch'])))
    sample = np.uint64(given['encode.sample'])[:, None, None, None]
    made = [threefry(key, (sample, place + np.uint64(t // 2 * 2 ** 17)))[t % 2] for t in range(T)]
    return np.stack(made).reshape(T, *given['image'].shape)
