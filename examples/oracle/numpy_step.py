"""The NumPy step for check.py, stage by stage. A stage runs if the case has its inputs. The variable MISTAKE plants a mistake."""

import os

import numpy as np

from numpy_asfbp import Step
from numpy_forward import PAPER
from numpy_layers import is_pool, maps
from numpy_mistakes import mistakes
from numpy_random import words

kind = mistakes[os.environ['MISTAKE']] if os.environ.get('MISTAKE') else Step

# The variant's names for choices of the step. The two ways to round the leak are within each other's rounding.
ANSWERS = {'strict': ('fires', 'aboveThreshold'), 'resetAtEnd': ('reset', 'sameStep'),
           'maxOfFlows': ('maxPoolFlow', 'accumulated'), 'select': ('scaleOver', 'inputAtLeastOutput'),
           'floor': ('scaleRange', 'aboveFloor'), 'fromOne': ('scaleStart', 'one'), 'blend': ('scaleMemory', 'blend'),
           'gated': ('gate', 'positiveInput'), 'half': ('loss', 'half'), 'mean': ('batch', 'mean'),
           'still': ('outputWeights', 'untrained')}


def choices(variant):
    pool = 0.75 if variant['averagePool'] == 'threeQuarters' else None
    yes = {name: variant[question] == answer for name, (question, answer) in ANSWERS.items()}
    subtract = variant['reset'] if 'ubtract' in variant['reset'] else None
    return {**PAPER, **yes, 'poolThreshold': pool, 'scale': variant['scale'], 'subtract': subtract}


def encode(one, variant):
    """Algorithm 1, line 3: a spike where the word is below |x| * scale in units of 2^-32."""
    if 'encode.word' not in one.made:
        one.made['encode.word'] = words(one.made, one.T)
    scale = one.network['input'].get('scale', 1) if variant['input'] == 'scaledIntensity' else 1
    image = np.float64(one.made['image'])
    bound = np.floor(np.abs(image) * scale * 2 ** 32)
    one.made['input.spikes'] = np.sign(image) * (one.made['encode.word'] < bound)


def shaped(key, array, network):
    """Adds rows and columns to maps of 1 by 1, which lack them in a vector, except for linear layers. Converts spikes to numbers."""
    layer, what = key.split('.', 1) if '.' in key else ('input', key)
    n = int(layer[5:]) if layer.startswith('layer') else 0
    is_train = what in ('current', 'spikes', 'word')
    is_map = is_train or what in ('FI', 'FO', 'dFO', 'dFI', 'image')
    if is_map and (n == 0 or network['layers'][n - 1]['kind'] != 'linear'):
        array = array.reshape(*array.shape[:1 + is_train], *maps(network)[n])
    is_whole = what in ('label', 'word', 'seed', 'stream', 'epoch', 'sample')
    return array if is_whole else np.float32(array)


def step(inputs, network, variant):
    one = kind(network)
    one.choice = choices(variant)
    one.made = {key: shaped(key, array, network) for key, array in inputs.items()}
    up, weighted = range(1, one.N + 1), [n for n in range(1, one.N + 1) if not is_pool(one.layers[n - 1])]
    if 'image' in one.made:
        encode(one, variant)
    tried(lambda: one.made.setdefault('input.FO', one.flow(one.made['input.spikes'])))
    for n in up:
        for stage in (one.currents, one.neurons, one.flows):
            tried(stage, n)
    for n in filter(one.has_neurons, up):
        tried(one.scales, n)
    if 'output' not in one.made:
        tried(one.outputs)
    tried(one.losses)
    for n in reversed(up):
        tried(one.gradients, n)
    for stage in (one.weight_gradient, one.update):
        for n in weighted:
            tried(stage, n)
    return {key: array for key, array in one.made.items() if key not in inputs}


def tried(stage, *layer):
    """Runs a stage, unless its inputs are missing in this case."""
    try:
        stage(*layer)
    except KeyError:
        pass
