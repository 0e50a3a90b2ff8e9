"""One training step of ASF-BP in NumPy, written from the paper (Wu et al., AAAI 2021); numbers in brackets are its equations.

    python3 numpy_asfbp.py OUT.npz [--variant authors] [--mistake NAME]

Everything the step makes is saved under the keys of `asf-bp check --list-keys`.
"""

import argparse

import numpy as np

from numpy_layers import is_pool, unwindow, windows

PAPER = {'strict': False, 'resetAtEnd': False, 'poolThreshold': None, 'maxOfFlows': False, 'select': False,
         'blend': False, 'gated': False, 'half': True, 'mean': True}
AUTHORS = {'strict': True, 'resetAtEnd': True, 'poolThreshold': 0.75, 'maxOfFlows': True, 'select': True,
           'blend': True, 'gated': True, 'half': False, 'mean': False}
VARIANTS = {'paper': PAPER, 'authors': AUTHORS}


class Step:
    """One step. Each method is one thing that the paper says, so that a mistake is another method."""

    def __init__(self, network, variant='paper'):
        self.network, self.layers, self.choice = network, network['layers'], VARIANTS[variant]
        self.T, self.N = network['timeWindow'], len(network['layers'])
        self.made = {}

    def threshold(self, n):
        layer = self.layers[n - 1]
        own = layer.get('threshold', self.network['threshold'])
        special = layer['kind'] == 'averagePool' and self.choice['poolThreshold']
        return np.float32(special or own)

    def leak(self, n):
        layer = self.layers[n - 1]
        none = layer['kind'] == 'averagePool' and self.choice['poolThreshold']
        return np.float32(1 if none else layer.get('leak', self.network.get('leak', 1)))

    def has_neurons(self, n):
        return n < self.N and self.layers[n - 1]['kind'] != 'maxPool'

    # Forward

    def current(self, n, o, w):
        """x of layer n (3, first line)."""
        layer = self.layers[n - 1]
        if layer['kind'] == 'linear':
            return o.reshape(len(o), -1) @ w.T
        seen = windows(o, layer)
        if layer['kind'] == 'convolution':
            return np.einsum('bchwij,ocij->bohw', seen, w, optimize=True)
        return seen.mean((-2, -1)) if layer['kind'] == 'averagePool' else seen.max((-2, -1))

    def fires(self, u, Vth):
        """(2)"""
        return u > Vth if self.choice['strict'] else u >= Vth

    def reset(self, u, o, Vth, leak):
        """The factor (1 - o) of (3), and the leak of a LIF neuron."""
        return np.where(o > 0, np.float32(0), leak * u)

    def run_layer(self, n, o, w):
        """One layer through the whole window: no layer hears from a later one."""
        x = np.stack([self.current(n, o[t], w) for t in range(self.T)])
        self.keep(n, current=x, FI=self.flow(x))
        if n == self.N:
            u = np.cumsum(x, 0, dtype=x.dtype)
            self.keep(n, potential=u, **{'potential.end': u[-1]})
        elif self.has_neurons(n):
            x = self.run_neurons(n, x)
        if n < self.N:
            self.keep(n, spikes=x, FO=self.pool_flow(n, x))
        return x

    def run_neurons(self, n, x):
        Vth, leak = self.threshold(n), self.leak(n)
        u, compared, shown, spikes = np.zeros_like(x[0]), [], [], []
        for t in range(self.T):
            u = u + x[t]
            o = self.fires(u, Vth).astype(x.dtype)
            after = self.reset(u, o, Vth, leak)
            compared.append(u)
            shown.append(after if self.choice['resetAtEnd'] else u)
            spikes.append(o)
            u = after
        self.keep(n, compared=np.stack(compared), potential=np.stack(shown), **{'potential.end': shown[-1]})
        return np.stack(spikes)

    def flow(self, train):
        """(7)"""
        return train.sum(0, dtype=train.dtype)

    def pool_flow(self, n, o):
        layer = self.layers[n - 1]
        if layer['kind'] == 'maxPool' and self.choice['maxOfFlows']:
            return windows(self.FO(n - 1), layer).max((-2, -1))
        return self.flow(o)

    # Scale

    def ratio(self, n, FI, FO):
        """(12)"""
        if self.choice['select'] and not is_pool(self.layers[n - 1]):
            FI, FO = FI[FI >= FO], FO[FI >= FO]
        if self.choice['select'] and FI.sum() < 1e-3:
            return np.float32(1)
        with np.errstate(invalid='ignore', divide='ignore'):
            return FO.sum() / FI.sum()

    def scale(self, n, ratio, before):
        if self.made.get('scale.update', 1) == 0:
            return before
        if self.choice['blend']:
            return np.float32(0.6) * ratio + np.float32(0.4) * before
        return ratio if 0 < ratio <= 1 / self.threshold(n) else before

    def scale_before(self, n):
        if f'layer{n}.S.before' in self.made:
            return np.float32(self.made[f'layer{n}.S.before'])
        return np.float32(1 if self.choice['blend'] else 1 / self.threshold(n))

    # Loss and backward

    def error(self, u, label):
        output = u / (self.T * self.threshold(self.N))
        return output, output - np.eye(output.shape[1], dtype=u.dtype)[label]

    def loss(self, error):
        """(6), of each sample"""
        return (error ** 2).sum(1) * np.float32(0.5 if self.choice['half'] else 1)

    def output_gradient(self, error):
        """The first factor of (9)"""
        return error * np.float32(1 if self.choice['half'] else 2) / (self.T * self.threshold(self.N))

    def through_neuron(self, n, dFO):
        """dFO/dFI = S of (10) and (11)"""
        if not self.has_neurons(n):
            return dFO
        d = dFO * self.made[f'layer{n}.S']
        return np.where(self.made[f'layer{n}.FI'] > 0, d, np.float32(0)) if self.choice['gated'] else d

    def to_input(self, n, d, w):
        """(9), (10): from dFI of layer n to dFO of the layer before"""
        layer, FO = self.layers[n - 1], self.FO(n - 1)
        if layer['kind'] == 'linear':
            return (d @ w).reshape(FO.shape)
        if layer['kind'] == 'convolution':
            return unwindow(np.einsum('bohw,ocij->bchwij', d, w, optimize=True), FO.shape, layer)
        size = layer['size']
        if layer['kind'] == 'averagePool':
            return unwindow(np.repeat(d[..., None], size * size, -1).reshape(*d.shape, size, size) / size ** 2,
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

    def update(self, w, g, rate, decay):
        """Adam's first step, decay added to the gradient"""
        g = g + decay * w
        m, v = np.float32(0.1) * g, np.float32(0.001) * g * g
        return m, v, w - rate * (m / (1 - 0.9)) / (np.sqrt(v / (1 - 0.999)) + 1e-8)

    # Algorithm 1

    def run(self, case):
        self.made = dict(case)
        self.forward()
        self.made['output'], error = self.error(self.made[f'layer{self.N}.potential.end'], self.made['label'])
        self.made['loss.sample'] = self.loss(error)
        self.made['loss'] = self.over_batch(self.made['loss.sample'].sum())
        self.backward(self.output_gradient(error))
        return self.made

    def forward(self):
        o = self.made['input.spikes'].astype(np.float32)
        self.made['input.FO'] = self.flow(o)
        for n in range(1, self.N + 1):
            o = self.run_layer(n, o, self.made.get(f'layer{n}.weight'))
        for n in filter(self.has_neurons, range(1, self.N + 1)):
            ratio = self.ratio(n, self.made[f'layer{n}.FI'], self.made[f'layer{n}.FO'])
            self.keep(n, ratio=ratio, S=self.scale(n, ratio, self.scale_before(n)))

    def backward(self, d):
        for n in range(self.N, 0, -1):
            w = self.made.get(f'layer{n}.weight')
            if n < self.N:
                self.keep(n, dFO=d)
                d = self.through_neuron(n, d)
            self.keep(n, dFI=d)
            if w is not None:
                dw = self.over_batch(self.to_weight(n, d))
                self.keep(n, dw=dw)
                if 'learningRate' in self.made:
                    m, v, after = self.update(w, dw, self.made['learningRate'], np.float32(0.0005))
                    self.keep(n, m=m, v=v, **{'weight.after': after})
            if n > 1:
                d = self.to_input(n, d, w)

    def over_batch(self, total):
        return total / len(self.made['label']) if self.choice['mean'] else total

    def FO(self, n):
        return self.made['input.FO' if n == 0 else f'layer{n}.FO']

    def keep(self, n, **arrays):
        self.made.update({f'layer{n}.{what}': array for what, array in arrays.items()})


def main():
    from numpy_cases import make_case, save
    from numpy_mistakes import mistakes

    parser = argparse.ArgumentParser()
    parser.add_argument('out')
    parser.add_argument('--variant', choices=list(VARIANTS), default='paper')
    parser.add_argument('--mistake', choices=list(mistakes))
    given = parser.parse_args()
    network, case = make_case()
    kind = mistakes[given.mistake] if given.mistake else Step
    save(given.out, network, given.variant, kind(network, given.variant).run(case))


if __name__ == '__main__':
    main()
