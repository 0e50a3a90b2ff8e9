"""A case with every kind of layer, and its file."""

import json

import numpy as np

from numpy_layers import shapes

NETWORK = {
    'input': {'channels': 2, 'height': 12, 'width': 12},
    'timeWindow': 8,
    'threshold': 0.625,
    'leak': 0.75,
    'layers': [
        {'kind': 'convolution', 'channels': 6, 'kernel': 3, 'padding': 1},
        {'kind': 'averagePool', 'size': 2},
        {'kind': 'convolution', 'channels': 8, 'kernel': 3, 'padding': 1},
        {'kind': 'maxPool', 'size': 2},
        {'kind': 'linear', 'units': 20},
        {'kind': 'linear', 'units': 5},
    ],
}


def make_case(network=NETWORK, batch=4, seed=1):
    """Weights in sixteenths, so that potentials can equal the threshold; random spikes and labels."""
    random = np.random.default_rng(seed)
    size = network['input']
    shape = (network['timeWindow'], batch, size['channels'], size['height'], size['width'])
    case = {
        'input.spikes': (random.random(shape) < 0.3).astype(np.int8),
        'label': random.integers(0, network['layers'][-1]['units'], batch),
        'learningRate': np.float32(2 ** -10),
    }
    for n, shape in shapes(network).items():
        w = random.normal(0, (2 / np.prod(shape[1:])) ** 0.5, shape)
        case[f'layer{n}.weight'] = (np.round(w * 16) / 16).astype(np.float32)
    return network, case


def save(path, network, variant, arrays):
    meta = json.dumps({'network': network, 'variant': variant})
    np.savez_compressed(path, meta=np.array(meta), **arrays)
