"""Layers of maps: their windows and sizes."""

import numpy as np


def is_pool(layer):
    return layer['kind'].endswith('Pool')


def sizes(layer):
    kernel = layer.get('kernel', layer.get('size'))
    return kernel, layer.get('stride', kernel if is_pool(layer) else 1), layer.get('padding', 0)


def windows(x, layer):
    """(B,C,H,W) -> (B,C,H',W',k,k): the window of each place of the next map."""
    kernel, stride, padding = sizes(layer)
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    return np.lib.stride_tricks.sliding_window_view(padded, (kernel, kernel), (2, 3))[:, :, ::stride, ::stride]


def unwindow(d, shape, layer):
    """The transpose of `windows`: for each place of a map, the sum over all windows that contain it."""
    kernel, stride, padding = sizes(layer)
    height, width = d.shape[2:4]
    out = np.zeros((*shape[:2], shape[2] + 2 * padding, shape[3] + 2 * padding), d.dtype)
    for row in range(kernel):
        for column in range(kernel):
            out[:, :, row:row + stride * height:stride, column:column + stride * width:stride] += d[..., row, column]
    return out[:, :, padding:padding + shape[2], padding:padding + shape[3]]


def maps(network):
    """The map (C,H,W) of each layer, with the input at index 0."""
    shape = [network['input'][side] for side in ('channels', 'height', 'width')]
    found = [tuple(shape)]
    for layer in network['layers']:
        if layer['kind'] == 'linear':
            shape = [layer['units'], 1, 1]
        else:
            kernel, stride, padding = sizes(layer)
            shape = [layer.get('channels', shape[0]), *((side + 2 * padding - kernel) // stride + 1 for side in shape[1:])]
        found.append(tuple(shape))
    return found


def shapes(network):
    """The shapes of a network's weights, by layer."""
    seen = maps(network)
    found = {}
    for n, layer in enumerate(network['layers'], 1):
        if layer['kind'] == 'linear':
            found[n] = (layer['units'], int(np.prod(seen[n - 1])))
        elif layer['kind'] == 'convolution':
            kernel = sizes(layer)[0]
            found[n] = (layer['channels'], seen[n - 1][0], kernel, kernel)
    return found
