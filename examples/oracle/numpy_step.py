"""The NumPy step for check.py: the cases of a whole step. MISTAKE in the environment plants one."""

import os

import numpy as np

from numpy_asfbp import AUTHORS, PAPER, Step
from numpy_layers import shapes
from numpy_mistakes import mistakes

kind = mistakes[os.environ['MISTAKE']] if os.environ.get('MISTAKE') else Step
ANSWERS = {'fires': ('strict', 'aboveThreshold'), 'reset': ('resetAtEnd', 'sameStep'),
           'maxPoolFlow': ('maxOfFlows', 'accumulated'), 'gate': ('gated', 'positiveInput'),
           'loss': ('half', 'half'), 'batch': ('mean', 'mean')}
# A vector changes one choice; this step knows those above and, of the rest, the two variants as a whole.
WHOLE = {'averagePool': ('ownThreshold', 'threeQuarters'), 'leak': ('product', 'sumThenDifference'),
         'scaleOver': ('all', 'inputAtLeastOutput'), 'scaleRange': ('belowInverseThreshold', 'aboveFloor'),
         'scaleStart': ('inverseThreshold', 'one'), 'scaleMemory': ('replace', 'blend')}


def choices(variant):
    """The choices of a variant; none where the step has no such choice."""
    sides = {answers.index(variant[question]) for question, answers in WHOLE.items()}
    if len(sides) > 1 or variant['scale'] != 'layer' or variant['outputWeights'] != 'trained':
        return None
    whole = AUTHORS if sides == {1} else PAPER
    return {**whole, **{name: variant[question] == answer for question, (name, answer) in ANSWERS.items()}}


def step(inputs, network, variant):
    chosen = choices(variant)
    needed = {'input.spikes', 'label', *(f'layer{n}.weight' for n in shapes(network))}
    if chosen is None or not needed <= set(inputs):
        return {}
    one = kind(network)
    one.choice = chosen
    return one.run({key: np.asarray(array) for key, array in inputs.items()})
