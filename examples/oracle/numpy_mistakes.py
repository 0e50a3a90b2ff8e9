"""Common mistakes. Each replaces one method of a step."""

import numpy as np

from numpy_asfbp import Step
from numpy_layers import windows


class OtherComparison(Step):
    """> instead of >=, or the reverse."""

    def fires(self, u, Vth):
        return u >= Vth if self.choice['strict'] else u > Vth


class ResetBySubtraction(Step):
    def reset(self, u, o, Vth, leak):
        return leak * (u - o * Vth)


class StaleScale(Step):
    """S of the batch before."""

    def through_neuron(self, n, dFO):
        before = {f'layer{n}.S': self.scale_before(n)}
        now, self.made = self.made, {**self.made, **before}
        d = super().through_neuron(n, dFO)
        self.made = now
        return d


class ScaleInverted(Step):
    def ratio(self, n, FI, FO):
        return 1 / super().ratio(n, FI, FO)


class OtherBatch(Step):
    """The sum instead of the mean, or the reverse."""

    def over_batch(self, total):
        return total if self.choice['mean'] else total / len(self.made['label'])


class MaxPoolTiesToLast(Step):
    """A maximum pool's gradient goes to the last maximum."""

    def winner(self, flows):
        return flows.shape[-1] - 1 - flows[..., ::-1].argmax(-1)


class KernelFlipped(Step):
    """Convolution with flipped kernels, as in mathematics."""

    def current(self, n, o, w):
        return super().current(n, o, w if w is None or w.ndim < 4 else w[:, :, ::-1, ::-1])


class OtherGate(Step):
    """The gradient passes although it should stop, or the reverse."""

    def through_neuron(self, n, dFO):
        self.choice = {**self.choice, 'gated': not self.choice['gated']}
        d = super().through_neuron(n, dFO)
        self.choice = {**self.choice, 'gated': not self.choice['gated']}
        return d


class OtherLoss(Step):
    """The factor 1/2 of (6) is missing or superfluous."""

    def loss(self, error):
        return super().loss(error) * np.float32(2 if self.choice['half'] else 0.5)

    def output_gradient(self, error):
        return super().output_gradient(error) * np.float32(2 if self.choice['half'] else 0.5)


class GradientWithoutThreshold(Step):
    """Vth is missing in (9)."""

    def output_gradient(self, error):
        return super().output_gradient(error) * self.threshold(self.N)


class AdamEpsilonInsideRoot(Step):
    """Adam's epsilon is inside the root."""

    def adam(self, m, v):
        return m / np.sqrt(v + np.float32(1e-8))


class PoolWithoutNeuron(Step):
    """An average pool without neurons, which sends its mean."""

    def run_neurons(self, n, x):
        o = super().run_neurons(n, x)
        return x if self.layers[n - 1]['kind'] == 'averagePool' else o


class OldFlow(Step):
    """FO of the wrong layer in (11): the input of the maximum pool, cut to size."""

    def to_weight(self, n, d):
        if self.layers[n - 2]['kind'] != 'maxPool':
            return super().to_weight(n, d)
        before = windows(self.FO(n - 2), self.layers[n - 2])[..., 0, 0]
        return d.T @ before.reshape(len(before), -1)


mistakes = {
    'other-comparison': OtherComparison,
    'reset-by-subtraction': ResetBySubtraction,
    'stale-scale': StaleScale,
    'scale-inverted': ScaleInverted,
    'other-batch': OtherBatch,
    'max-pool-ties-to-last': MaxPoolTiesToLast,
    'kernel-flipped': KernelFlipped,
    'other-gate': OtherGate,
    'other-loss': OtherLoss,
    'gradient-without-threshold': GradientWithoutThreshold,
    'adam-epsilon-inside-root': AdamEpsilonInsideRoot,
    'pool-without-neuron': PoolWithoutNeuron,
    'old-flow': OldFlow,
}
