"""One training step of ASF-BP in NumPy, written from the paper (Wu et al., AAAI 2021); numbers in brackets are its equations.

    python3 numpy_asfbp.py OUT.npz [--variant authors] [--mistake NAME] [--small]

It saves all arrays of the step, under the keys of `asf-bp check --list-keys`. With --small, it saves only the spikes of each time step.
`--mistake reset-by-subtraction --small` makes `step.npz`.
"""

import argparse

import numpy as np

from numpy_forward import VARIANTS, Forward
from numpy_layers import is_pool, unwindow, windows

#: Arrays with one number per neuron and step, besides the spikes, and the last potentials.
LARGE = 'current', 'compared', 'potential', 'potential.end'


class Step(Forward):
    """One step: the forward pass, then gradients and update."""

    def error(self):
        output = self.made['output']
        return output - np.eye(output.shape[1], dtype=output.dtype)[self.made['label']]

    def loss(self, error):
        """(6) of each sample"""
        return (error ** 2).sum(1) * np.float32(0.5 if self.choice['half'] else 1)

    def output_gradient(self, error):
        """The first factor of (9)"""
        return error * np.float32(1 if self.choice['half'] else 2) / (self.T * self.threshold(self.N))

    def slope(self, n):
        """dFO/dFI of (10) and (11): S of the layer, or of each neuron"""
        if self.choice['scale'] != 'neuron':
            return self.of(n, 'S')
        with np.errstate(invalid='ignore', divide='ignore'):
            ratio, most = self.of(n, 'FO') / self.of(n, 'FI'), 1 / self.threshold(n)
        return np.where((0 < ratio) & (ratio <= most), ratio, most)

    def through_neuron(self, n, dFO):
        if not self.has_neurons(n):
            return dFO
        d = dFO * self.slope(n)
        return np.where(self.of(n, 'FI') > 0, d, np.float32(0)) if self.choice['gated'] else d

    def to_input(self, n, d, w):
        """(9), (10): from dFI of layer n to dFO of the layer before"""
        layer, FO = self.layers[n - 1], self.FO(n - 1)
        if layer['kind'] == 'linear':
            return (d @ w).reshape(FO.shape)
        if layer['kind'] == 'convolution':
            return unwindow(np.einsum('bohw,ocij->bchwij', d, w, optimize=True), FO.shape, layer)
        size = layer['size']
        if layer['kind'] != 'maxPool':
            share = d / size ** 2 if layer['kind'] == 'averagePool' else d
            return unwindow(np.repeat(share[..., None], size * size, -1).reshape(*d.shape, size, size),
                            FO.shape, layer)
        winner = np.eye(size * size, dtype=d.dtype)[self.winner(windows(FO, layer).reshape(*d.shape, -1))]
        return unwindow((winner * d[..., None]).reshape(*d.shape, size, size), FO.shape, layer)

    def winner(self, flows):
        return flows.argmax(-1)

    def to_weight(self, n, d):
        """(11), summed over the batch"""
        layer, FO = self.layers[n - 1], self.FO(n - 1)
        if layer['kind'] == 'linear':
            return d.T @ FO.reshape(len(FO), -1)
        return np.einsum('bohw,bchwij->ocij', d, windows(FO, layer), optimize=True)

    def update(self, n):
        w = self.of(n, 'weight')
        g = self.of(n, 'dw') + np.float32(self.made.get('weightDecay', 0.0005)) * w
        self.follow(n, 'weight', w, g, moments='')
        if self.layers[n - 1].get('bias'):
            self.follow(n, 'bias', self.of(n, 'bias'), self.of(n, 'db'), moments='bias.')

    def follow(self, n, name, w, g, moments):
        """Adam"""
        k, rate = int(self.made.get('step', 1)), np.float32(self.made['learningRate'])
        m, v = (self.made.get(f'layer{n}.{moments}{each}.before', np.zeros_like(w)) for each in 'mv')
        m = np.float32(0.9) * m + np.float32(0.1) * g
        v = np.float32(0.999) * v + np.float32(0.001) * g * g
        after = w - rate * self.adam(m / np.float32(1 - 0.9 ** k), v / np.float32(1 - 0.999 ** k))
        self.keep(n, **{f'{moments}m': m, f'{moments}v': v, f'{name}.after': after})

    def adam(self, m, v):
        return m / (np.sqrt(v) + np.float32(1e-8))

    # Algorithm 1

    def run(self, case):
        self.made = dict(case)
        self.made['input.FO'] = self.flow(self.made['input.spikes'].astype(np.float32))
        for n in range(1, self.N + 1):
            self.currents(n)
            self.neurons(n)
            self.flows(n)
        for n in filter(self.has_neurons, range(1, self.N + 1)):
            self.scales(n)
        self.outputs()
        self.losses()
        for n in range(self.N, 0, -1):
            self.gradients(n)
            if not is_pool(self.layers[n - 1]):
                self.weight_gradient(n)
                if 'learningRate' in self.made:
                    self.update(n)
        return self.made

    def outputs(self):
        self.made['output'] = self.of(self.N, 'potential.end') / (self.T * self.threshold(self.N))

    def losses(self):
        self.made['loss.sample'] = self.loss(self.error())
        self.made['loss'] = self.over_batch(self.made['loss.sample'].sum())

    def gradients(self, n):
        if n == self.N:
            self.keep(n, dFI=self.output_gradient(self.error()))
            return
        w = None if is_pool(self.layers[n]) else self.of(n + 1, 'weight')
        self.keep(n, dFO=self.to_input(n + 1, self.of(n + 1, 'dFI'), w))
        self.keep(n, dFI=self.through_neuron(n, self.of(n, 'dFO')))

    def weight_gradient(self, n):
        d = self.of(n, 'dFI')
        self.keep(n, dw=self.learnt(n, self.to_weight(n, d)))
        if self.layers[n - 1].get('bias'):
            # A bias is the weight of a neuron that always fires, with FO = T.
            self.keep(n, db=self.learnt(n, (d * np.float32(self.T)).sum((0, *range(2, d.ndim)))))

    def learnt(self, n, total):
        return np.zeros_like(total) if self.choice['still'] and n == self.N else self.over_batch(total)

    def over_batch(self, total):
        return total / len(self.made['label']) if self.choice['mean'] else total


def main():
    from numpy_cases import make_case, save
    from numpy_mistakes import mistakes

    parser = argparse.ArgumentParser()
    parser.add_argument('out')
    parser.add_argument('--variant', choices=list(VARIANTS), default='paper')
    parser.add_argument('--mistake', choices=list(mistakes))
    parser.add_argument('--small', action='store_true')
    given = parser.parse_args()
    network, case = make_case()
    kind = mistakes[given.mistake] if given.mistake else Step
    made = kind(network, given.variant).run(case)
    if given.small:
        made = {key: array for key, array in made.items() if key.partition('.')[2] not in LARGE}
    save(given.out, network, given.variant, made)


if __name__ == '__main__':
    main()
