"""A LeNet trained by ASF-BP in PyTorch, written from the paper (Wu et al., AAAI 2021); numbers in brackets are its equations.

    python3 torch_asfbp.py OUT.npz [--mistake NAME]
    asf-bp check OUT.npz --gradients batch

The loss is the mean of the batch, and so are autograd's gradients: --gradients batch.
"""

import argparse

import torch
from torch import nn

from asfbp_record import Recorder

T, THRESHOLD, RATE, DECAY = 8, 0.75, 0.00085, 0.0005
NETWORK = {
    'input': {'channels': 1, 'height': 28, 'width': 28},
    'timeWindow': T,
    'threshold': THRESHOLD,
    'layers': [
        {'kind': 'convolution', 'channels': 8, 'kernel': 5, 'padding': 2},
        {'kind': 'averagePool', 'size': 2},
        {'kind': 'convolution', 'channels': 12, 'kernel': 5, 'padding': 2},
        {'kind': 'averagePool', 'size': 2},
        {'kind': 'linear', 'units': 50},
        {'kind': 'linear', 'units': 10},
    ],
}


class Neuron(nn.Module):
    """Integrate and fire: (2), (3)."""

    def start(self):
        self.u = self.o = 0

    def forward(self, x):
        self.u = self.reset(self.u, self.o) + x
        self.o = self.fire(self.u).float()
        return self.o

    def reset(self, u, o):
        return u * (1 - o)

    def fire(self, u):
        return u >= THRESHOLD


class Flow(torch.autograd.Function):
    """A neuron of the equivalent network: its forward pass returns the true FO, its backward pass has the slope of (10)."""

    @staticmethod
    def forward(context, FI, FO, slope):
        context.save_for_backward(slope)
        return FO.clone()

    @staticmethod
    def backward(context, d):
        return d * context.saved_tensors[0], None, None


class LeNet(nn.Module):
    neuron = Neuron

    def __init__(self):
        super().__init__()
        self.synapses = nn.ModuleList([
            nn.Conv2d(1, 8, 5, padding=2, bias=False), nn.AvgPool2d(2),
            nn.Conv2d(8, 12, 5, padding=2, bias=False), nn.AvgPool2d(2),
            nn.Linear(12 * 7 * 7, 50, bias=False), nn.Linear(50, 10, bias=False),
        ])
        self.neurons = nn.ModuleList([self.neuron() for _ in self.synapses[:-1]])
        self.S = [torch.tensor(1 / THRESHOLD) for _ in self.neurons]
        for synapses in self.synapses:
            if hasattr(synapses, 'weight'):
                nn.init.kaiming_normal_(synapses.weight, nonlinearity='relu')

    def hear(self, n, o):
        return self.synapses[n](o.flatten(1) if isinstance(self.synapses[n], nn.Linear) else o)

    @torch.no_grad()
    def window(self, spikes):
        """The forward loops of Algorithm 1, with the flows (7)."""
        self.FI, self.FO = [0] * 5, [0] * 5
        for neuron in self.neurons:
            neuron.start()
        for o in spikes:
            for n, neuron in enumerate(self.neurons):
                x = self.hear(n, o)
                o = neuron(x)
                self.FI[n] = self.FI[n] + x
                self.FO[n] = self.FO[n] + o

    def scale(self):
        """(12). In the paper, the ratio "should be definitely less than 1/Vth"."""
        for n, (FI, FO) in enumerate(zip(self.FI, self.FO)):
            ratio = FO.sum() / FI.sum()
            if 0 < ratio <= 1 / THRESHOLD:
                self.S[n] = ratio

    def slope(self, n):
        return self.S[n].expand_as(self.FI[n])

    def equivalent(self, FO):
        """The equivalent network: one pass over the flows. Its FI and FO carry the gradients; the last FI is u of (6)."""
        ins, outs = [], []
        for n in range(5):
            ins.append(self.hear(n, FO))
            FO = Flow.apply(ins[-1], self.FO[n], self.slope(n))
            outs.append(FO)
        return [*ins, self.hear(5, FO)], outs

    def output(self, FI):
        return FI / (T * THRESHOLD)

    def loss(self, output, labels):
        """(6), averaged over the batch"""
        return 0.5 * ((nn.functional.one_hot(labels, 10) - output) ** 2).sum(1).mean()


def step(net, spikes, labels, path):
    optimiser = torch.optim.Adam(net.parameters(), lr=RATE, weight_decay=DECAY)
    record = Recorder(NETWORK, 'paper', optimiser)
    for n, synapses in enumerate(net.synapses, 1):
        record.layer(n, synapses, net.neurons[n - 1] if n < 6 else None)
    record.put('input.spikes', spikes)
    record.put('label', labels)
    net.window(spikes)
    before = list(net.S)
    net.scale()
    ins, outs = net.equivalent(spikes.sum(0))
    for n in range(5):
        record.put(f'layer{n + 1}.FI', net.FI[n])
        record.put(f'layer{n + 1}.FO', net.FO[n])
        record.put(f'layer{n + 1}.S.before', before[n])
        record.put(f'layer{n + 1}.S', net.S[n])
        ins[n].retain_grad()
        outs[n].retain_grad()
    loss = net.loss(net.output(ins[5]), labels)
    loss.backward()
    optimiser.step()
    record.each(dFI=[FI.grad for FI in ins[:5]], dFO=[FO.grad for FO in outs])
    record.put('layer6.FI', ins[5])
    record.put('loss', loss)
    record.save(path)


def main():
    from torch_mistakes import mistakes

    parser = argparse.ArgumentParser()
    parser.add_argument('out')
    parser.add_argument('--mistake', choices=list(mistakes))
    given = parser.parse_args()
    torch.manual_seed(1)
    torch.set_num_threads(1)
    net = mistakes[given.mistake]() if given.mistake else LeNet()
    images = torch.rand(3, 1, 28, 28)
    spikes = (torch.rand(T, 3, 1, 28, 28) < images).float()
    step(net, spikes, torch.randint(10, (3,)), given.out)


if __name__ == '__main__':
    main()
