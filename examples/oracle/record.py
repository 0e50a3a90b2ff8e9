"""Captures one training step of somebody's network for `asf-bp check`, under its keys.

PyTorch, by hooks; layers are counted from 1, pools too:

    record = Recorder('mine.json', 'paper', optimiser)  # the network's JSON file, or the same as a dict
    record.layer(1, synapses=conv1, neuron=if1)    # before the step: weights, currents, spikes
    record.put('input.spikes', spikes)             # (T,B,C,H,W)
    record.put('label', labels)
    ...                                            # the window; then, before loss.backward():
    record.gradient('layer1.dFO', FO1)             # a tensor of the graph whose gradient is asked for
    ...                                            # loss.backward(), optimiser.step()
    record.each(FI=FIs, FO=FOs)                    # an array a layer, from layer 1; None where you have none
    record.save('step.npz')

Of a later step than the first, `record.each(S_before=scales)` before it.

NumPy, JAX and others, by plain calls: `put(key, array)` for a whole array, `add(key, array)` for one step of the window.
"""

import json
from pathlib import Path

import numpy as np


def plain(array):
    """A copy: frameworks write into their arrays later."""
    return np.array(array.detach().cpu() if hasattr(array, 'detach') else array)


class Recorder:
    def __init__(self, network, variant='paper', optimiser=None):
        """Before the step: an optimiser has its rate and decay, and what the steps before left."""
        self.network = network if isinstance(network, dict) else json.loads(Path(network).read_text())
        self.variant = variant
        self.optimiser = optimiser
        self.arrays, self.trains, self.weights, self.gradients, self.hooks = {}, {}, {}, {}, []
        if optimiser is not None:
            [group, *_] = optimiser.param_groups
            self.put('learningRate', group['lr'])
            self.put('weightDecay', group['weight_decay'])

    def put(self, key, array):
        array = plain(array)
        # Spikes are most of a recording: in bytes, where they are whole.
        if key.endswith('.spikes') and np.array_equal(array, array.astype(np.int8)):
            array = array.astype(np.int8)
        self.arrays[key] = array

    def each(self, **lists):
        """Of each layer an array, or for spikes and currents a list of one array a step; S_before is the key S.before."""
        for what, arrays in lists.items():
            what = what.replace('_', '.')
            for n, array in enumerate(arrays, 1):
                if isinstance(array, (list, tuple)):
                    array = np.stack([plain(step) for step in array])
                if array is not None:
                    self.put(f'layer{n}.{what}', array)

    def add(self, key, array):
        """One time step. Calls after the window, as of an equivalent network, are not of it."""
        train = self.trains.setdefault(key, [])
        if len(train) < self.network['timeWindow']:
            train.append(plain(array))

    def layer(self, n, synapses=None, neuron=None):
        """A module that makes the current of layer n, and one that makes its spikes."""
        if synapses is not None:
            self.watch(f'layer{n}.current', synapses)
            if getattr(synapses, 'weight', None) is not None:
                self.put(f'layer{n}.weight', synapses.weight)
                self.weights[n] = synapses.weight
                self.save_moments(n, synapses.weight, '.before')
        if neuron is not None:
            self.watch(f'layer{n}.spikes', neuron)

    def watch(self, key, module):
        self.hooks.append(module.register_forward_hook(lambda _module, _inputs, output: self.add(key, output)))

    def gradient(self, key, tensor):
        """The gradient that a tensor of the graph will have after backward()."""
        tensor.retain_grad()
        self.gradients[key] = tensor

    def save(self, path):
        for hook in self.hooks:
            hook.remove()
        for key, train in self.trains.items():
            if len(train) == self.network['timeWindow']:
                self.put(key, np.stack(train))
        for key, tensor in self.gradients.items():
            if tensor.grad is not None:
                self.put(key, tensor.grad)
        for n, weight in self.weights.items():
            self.save_weight(n, weight)
        meta = {'network': self.network, 'variant': self.variant}
        np.savez(path, meta=np.array(json.dumps(meta)), **self.arrays)

    def save_weight(self, n, weight):
        if weight.grad is not None:
            self.put(f'layer{n}.dw', weight.grad)
        if self.optimiser is not None:
            self.put(f'layer{n}.weight.after', weight)
            self.save_moments(n, weight)

    def save_moments(self, n, weight, when=''):
        """Adam's, where it has made a step."""
        state = {} if self.optimiser is None else self.optimiser.state.get(weight, {})
        for what, name in (('m', 'exp_avg'), ('v', 'exp_avg_sq')):
            if name in state:
                self.put(f'layer{n}.{what}{when}', state[name])
        if 'step' in state:
            self.put('step', int(state['step']) + (1 if when else 0))
