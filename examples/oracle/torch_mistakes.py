"""Common mistakes in PyTorch. Each replaces one method."""

import torch
from torch import nn

from torch_asfbp import THRESHOLD, LeNet, Neuron, T


class Strict(Neuron):
    def fire(self, u):
        return u > THRESHOLD


class Subtracting(Neuron):
    def reset(self, u, o):
        return u - THRESHOLD * o


class StrictThreshold(LeNet):
    """> instead of >=."""

    neuron = Strict


class ResetBySubtraction(LeNet):
    neuron = Subtracting


class StaleScale(LeNet):
    """S is updated after the backward pass."""

    def slope(self, n):
        return torch.tensor(1 / THRESHOLD).expand_as(self.FI[n])


class SelectedScale(LeNet):
    """S is over the neurons with FI >= FO only."""

    def scale(self):
        super().scale()
        for n, (FI, FO) in enumerate(zip(self.FI, self.FO)):
            if not isinstance(self.synapses[n], nn.AvgPool2d):
                self.S[n] = min(FO[FI >= FO].sum() / FI[FI >= FO].sum(), torch.tensor(1 / THRESHOLD))


class Gate(LeNet):
    """Like a ReLU: no gradient where FI <= 0."""

    def slope(self, n):
        return super().slope(n) * (self.FI[n] > 0)


class NoHalf(LeNet):
    def loss(self, output, labels):
        return 2 * super().loss(output, labels)


class MeanOfClasses(LeNet):
    """nn.MSELoss() with its default, which also averages over the classes."""

    def loss(self, output, labels):
        return nn.MSELoss()(output, nn.functional.one_hot(labels, 10).float())


class NoWindow(LeNet):
    """T is missing in (6) and (9)."""

    def output(self, FI):
        return super().output(FI) * T


mistakes = {
    'strict-threshold': StrictThreshold,
    'reset-by-subtraction': ResetBySubtraction,
    'stale-scale': StaleScale,
    'selected-scale': SelectedScale,
    'gate': Gate,
    'no-half': NoHalf,
    'mean-of-classes': MeanOfClasses,
    'no-window': NoWindow,
}
