"""Forward: currents, neurons, flows and S; numbers in brackets are the equations of Wu et al., AAAI 2021."""

import numpy as np

from numpy_layers import is_pool, windows

PAPER = {'strict': False, 'resetAtEnd': False, 'poolThreshold': None, 'maxOfFlows': False, 'select': False,
         'floor': False, 'fromOne': False, 'blend': False, 'gated': False, 'half': True, 'mean': True,
         'still': False, 'scale': 'layer', 'subtract': None}
AUTHORS = {**PAPER, 'strict': True, 'resetAtEnd': True, 'poolThreshold': 0.75, 'maxOfFlows': True, 'select': True,
           'floor': True, 'fromOne': True, 'blend': True, 'gated': True, 'half': False, 'mean': False}
VARIANTS = {'paper': PAPER, 'authors': AUTHORS}


class Forward:
    """The forward pass of a step, and S. Each method is one statement of the paper, so that a mistake replaces one method."""

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

    def current(self, n, o, w):
        """x of layer n (3, first line)."""
        layer = self.layers[n - 1]
        if layer['kind'] == 'linear':
            return o.reshape(len(o), -1) @ w.T
        seen = windows(o, layer)
        if layer['kind'] == 'convolution':
            return np.einsum('bchwij,ocij->bohw', seen, w, optimize=True)
        ways = {'averagePool': seen.mean, 'sumPool': seen.sum, 'maxPool': seen.max}
        return ways[layer['kind']]((-2, -1))

    def fires(self, u, Vth):
        """(2)"""
        return u > Vth if self.choice['strict'] else u >= Vth

    def reset(self, u, o, Vth, leak):
        """The factor (1 - o) of (3), and the leak of a LIF neuron. Other than in the paper, a spike may also subtract Vth."""
        if self.choice['subtract'] == 'subtractThenLeak':
            return leak * (u - o * Vth)
        return np.where(o > 0, leak * u - Vth if self.choice['subtract'] else np.float32(0), leak * u)

    def currents(self, n):
        w = None if is_pool(self.layers[n - 1]) else self.of(n, 'weight')
        o = self.made['input.spikes'].astype(np.float32) if n == 1 else self.of(n - 1, 'spikes')
        self.keep(n, current=np.stack([self.current(n, each, w) for each in o]) + self.bias(n))

    def bias(self, n):
        """One synapse per channel from a neuron that always fires."""
        if not self.layers[n - 1].get('bias'):
            return np.float32(0)
        bias = self.of(n, 'bias')
        return bias if self.layers[n - 1]['kind'] == 'linear' else bias[:, None, None]

    def neurons(self, n):
        x = self.of(n, 'current')
        if n < self.N:
            self.keep(n, spikes=self.run_neurons(n, x) if self.has_neurons(n) else x)
            return
        u = np.cumsum(x, 0, dtype=x.dtype)
        self.keep(n, potential=u, **{'potential.end': u[-1]})

    def flows(self, n):
        self.keep(n, FI=self.flow(self.of(n, 'current')))
        if n < self.N:
            self.keep(n, FO=self.pool_flow(n, self.of(n, 'spikes')))

    def run_neurons(self, n, x):
        Vth, leak = self.threshold(n), self.leak(n)
        u, compared, shown, spikes = np.zeros_like(x[0]), [], [], []
        for t in range(self.T):
            u = u + x[t]
            o = self.fires(u, Vth).astype(x.dtype)
            after = self.reset(u, o, Vth, leak)
            compared.append(u)
            shown.append(after if self.choice['resetAtEnd'] or self.choice['subtract'] else u)
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

    def ratio(self, n, FI, FO):
        """(12)"""
        if self.choice['select'] and not is_pool(self.layers[n - 1]):
            FI, FO = FI[FI >= FO], FO[FI >= FO]
        if self.choice['floor'] and FI.sum() < 1e-3:
            return np.float32(1)
        with np.errstate(invalid='ignore', divide='ignore'):
            return FO.sum() / FI.sum()

    def scale(self, n, ratio, before):
        if self.made.get('scale.update', 1) == 0 or self.choice['scale'] != 'layer':
            return before
        if not self.choice['floor'] and not 0 < ratio <= 1 / self.threshold(n):
            return before
        return np.float32(0.6) * ratio + np.float32(0.4) * before if self.choice['blend'] else ratio

    def scale_before(self, n):
        if f'layer{n}.S.before' in self.made:
            return np.float32(self.of(n, 'S.before'))
        return np.float32(1 if self.choice['fromOne'] and self.choice['scale'] != 'static' else 1 / self.threshold(n))

    def scales(self, n):
        ratio = self.ratio(n, self.of(n, 'FI'), self.of(n, 'FO'))
        self.keep(n, ratio=ratio, S=self.scale(n, ratio, self.scale_before(n)))

    def FO(self, n):
        return self.made['input.FO' if n == 0 else f'layer{n}.FO']

    def of(self, n, what):
        return self.made[f'layer{n}.{what}']

    def keep(self, n, **arrays):
        """Arrays of the case stay unchanged."""
        for what, array in arrays.items():
            self.made.setdefault(f'layer{n}.{what}', array)
