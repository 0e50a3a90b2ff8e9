"""Tests the notes and arrays of the recorder for right and wrong ways to write a training step, with snnTorch or its stand-in."""

import contextlib
import io
import json
import sys
import tempfile
import traceback
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from steps import Recorder, ce_sum, found, neuron, norse, record, reset, sl, snn, spikes, two_layers, with_gain

VARIANTS = []


def variant(says='', framework='snntorch', ops=None, unjudged=()):
    """Keeps a function that records to a path. A note must contain `says`. '' allows no notes; None allows all."""

    def keep(run):
        VARIANTS.append((run, framework, says, ops, unjudged))
        return run

    return keep


def leaky(**options):
    return two_layers(lambda n: snn.Leaky(**{'beta': 0.9, **options}))


def trained(net, path, run=ce_sum, data=None, **options):
    x, y = data or spikes()
    with record(net, path, **options):
        run(net, x, y)


def entropy(out, mems, y):
    return F.cross_entropy(torch.stack(out).sum(0), y)


def looped(net, path, first=None, second=None, loss=entropy, given=lambda mem: mem, data=None, within=record, **options):
    """A loop over t: `first(x, t)` and `second(spk1, x, t)` compute the currents of the layers, `given` the potentials for the next step."""
    x, y = data or spikes()
    with within(net, path, **options):
        mem1, mem2, out, mems = net.lif1.reset_mem(), net.lif2.reset_mem(), [], []
        for t in range(len(x)):
            spk1, mem1 = net.lif1(first(x, t) if first else net.fc1(x[t]), mem=given(mem1))
            spk2, mem2 = net.lif2(input_=second(spk1, x, t) if second else net.fc2(spk1), mem=given(mem2))
            out.append(spk2)
            mems.append(mem2)
        loss(out, mems, y).backward()


@variant()
def state_by_keyword(path):
    looped(leaky(), path)


@variant()
def potentials_detached(path):
    looped(leaky(), path, given=torch.Tensor.detach)


def clamped_data(mem):
    mem.data.clamp_(min=0)
    return mem


def hooked(mem):
    if mem.requires_grad:
        mem.register_hook(lambda d: 0.1 * d)
    return mem


@variant(None)
def states_changed_in_silence(path):
    net, data = leaky(), spikes()
    for given in (clamped_data, hooked):
        gradients = []
        for within in (record, lambda *_: contextlib.nullcontext()):
            net.zero_grad()
            looped(net, path, given=given, data=data, within=within)
            gradients.append(net.fc1.weight.grad.clone())
        assert gradients[0].any() and torch.equal(*gradients), given.__name__


@variant('layer1.dw is 0')
def spikes_detached(path):
    net = leaky()
    looped(net, path, second=lambda spk1, x, t: net.fc2(spk1.detach()))
    assert not np.load(path)['layer1.dspikes'].any()


@variant('as without zero_grad()')
def gradients_there_before(path):
    net, (x, y) = leaky(), spikes()
    ce_sum(net, x, y)
    first = net.fc1.weight.grad.clone()
    reset(net)
    trained(net, path, data=(x, y))
    assert np.array_equal(np.load(path)['layer1.dw'], first.numpy())


@variant()
def no_backward(path):
    net, (x, y) = leaky(), spikes()
    ce_sum(net, x, y)
    with record(net, path):
        net(x)
    assert not [key for key in np.load(path) if '.d' in key]


@variant('the weights of')
def skip(path):
    net = leaky()
    net.fc3 = nn.Linear(12, 5)
    looped(net, path, second=lambda spk1, x, t: net.fc2(spk1) + net.fc3(x[t]))


@variant('layer 1 feeds layer 2 and layer 3: the way back to it is not judged')
def residual(path):
    net, mem3, sent = leaky(), [torch.zeros(0)], []
    net.fc3, net.lif3 = nn.Linear(12, 10), snn.Leaky(beta=0.9)
    net = with_gain(net)

    def first(x, t):
        spk3, mem3[0] = net.lif3(net.fc3(x[t]), mem3[0])
        sent.append(spk3)
        return net.fc1(torch.cat([spk3, spk3[:, :2]], 1))

    looped(net, path, first, lambda spk1, x, t: net.fc2(spk1 + sent[t]))
    assert 'layer2.input' in np.load(path)


@variant('layer 1 feeds layer 2 and the loss: the way back to it is not judged')
def hidden_spikes_in_the_loss(path):
    net, sent = leaky(), []
    second = lambda spk1, x, t: sent.append(spk1) or net.fc2(spk1)  # noqa: E731
    looped(net, path, second=second, loss=lambda out, mems, y: entropy(out, mems, y) + 1e-3 * sum(z.sum() for z in sent))


@variant()
def optimiser_steps_inside(path):
    net, (x, y) = leaky(), spikes()
    before = net.fc1.weight.detach().clone()
    optimiser = torch.optim.Adam(net.parameters(), 0.1)
    with record(net, path):
        ce_sum(net, x, y)
        optimiser.step()
        optimiser.zero_grad()
    assert np.array_equal(np.load(path)['layer1.weight'], before.numpy()) and np.load(path)['layer1.dw'].any()


@variant('Mine is taken for the Leaky')
def subclass(path):
    class Mine(snn.Leaky):
        pass

    trained(two_layers(lambda n: Mine(beta=0.9)), path)


class Spike(torch.autograd.Function):
    @staticmethod
    def forward(context, u):
        context.save_for_backward(u)
        return (u > 0).float()

    @staticmethod
    def backward(context, d):
        return d / (1 + 10 * context.saved_tensors[0].abs()) ** 2


class Mine(nn.Module):
    def __init__(self, beta=0.9):
        super().__init__()
        self.beta = beta

    def forward(self, current, mem=None):
        mem = current if mem is None else self.beta * mem + current - (mem > 1).float()
        return Spike.apply(mem - 1), mem


@variant('neurons={Mine: dict(neuron=…)}')
def own_neuron(path):
    trained(two_layers(lambda n: Mine()), path)
    assert 'layer2.input' in np.load(path)


@variant(ops=['linear', 'neuron', 'linear', 'neuron'])
def own_neuron_described(path):
    surrogate = {'name': 'snntorch.fast_sigmoid', 'slope': 10}
    about = dict(neuron='Leaky', framework='snntorch', args=lambda module: {'beta': module.beta}, surrogate=surrogate)
    trained(two_layers(lambda n: Mine()), path, neurons={Mine: about})
    assert 'layer1.mem' in np.load(path)


@variant(ops=['linear', 'neuron', 'linear', 'neuron'])
def own_neuron_with_a_state(path):
    class Stateful(Mine):
        def forward(self, current, state=None):
            spk, mem = super().forward(current, state if state is None or hasattr(state, 'detach') else state[0])
            return spk, mem, (mem, spk)

    net, (x, y) = two_layers(lambda n: Stateful()), spikes()
    about = dict(neuron='Leaky', framework='snntorch', args={'beta': 0.9}, surrogate={'name': 'snntorch.fast_sigmoid', 'slope': 10})
    with record(net, path, neurons={Stateful: about}):
        first = second = None
        for step in x:
            spk, mem, first = net.lif1(net.fc1(step), first)
            _, out, second = net.lif2(net.fc2(spk), second)
        F.cross_entropy(out, y).backward()
    assert np.array_equal(np.load(path)['layer1.mem'][-1], mem.detach().numpy())


@variant(framework='norse')
def own_integrator_with_its_output_as_state(path):
    class Integrator(nn.Module):
        given = staticmethod(torch.clone)

        def forward(self, x, state=None):
            i, u = state or (torch.zeros_like(x), torch.zeros_like(x))
            i = i + x
            u = u + 0.1 * (i - u)
            return u, (0.8 * i, self.given(u))

    about = dict(neuron='LICell', framework='norse', args={'tau_mem_inv': 100.0, 'tau_syn_inv': 200.0, 'dt': 0.001})
    net, (x, y), found = with_gain(nn.ModuleList([nn.Linear(12, 5), Integrator()])), spikes(), []
    for Integrator.given in (staticmethod(torch.clone), staticmethod(lambda u: u)):
        state, out = None, []
        net.zero_grad()
        with record(net, path, neurons={Integrator: about}):
            for step in x:
                u, state = net[1](net[0](step), state)
                out.append(u)
            F.cross_entropy(torch.stack(out).max(0)[0], y).backward()
        found.append(np.load(path)['layer1.dmem'])
    assert found[0].any() and np.array_equal(*found)


@variant(ops=['linear', 'neuron', 'linear', 'neuron'])
def own_surrogate(path):
    trained(two_layers(lambda n: snn.Leaky(beta=0.9, spike_grad=Spike.apply)), path)
    meta = json.loads(str(np.load(path)['meta']))
    assert meta['ops'][1]['surrogate']['name'].endswith('.Spike'), meta


def in_a_list(lifs, mems, path):
    net, (x, y), out = with_gain(nn.ModuleList([nn.Linear(12, 10), nn.Linear(10, 5)])), spikes(), []
    with record(net, path):
        for z in x:
            for n in range(2):
                z, mems[n] = lifs[n](net[n](z), mems[n])
            out.append(z)
        F.cross_entropy(torch.stack(out).sum(0), y).backward()


@variant()
def neurons_in_a_list(path):
    in_a_list([snn.Leaky(beta=0.9), snn.Leaky(beta=0.9)], [None, None], path)


@variant(ops=['linear', 'neuron', 'linear', 'neuron'])
def one_module_for_two_layers(path):
    in_a_list([snn.Leaky(beta=0.9)] * 2, [torch.zeros(3, 10), torch.zeros(3, 5)], path)


@variant('neurons that I know')
def no_modules(path):
    """A loop over plain weights and functions, without modules."""
    w1, w2, (x, y) = torch.randn(10, 12, requires_grad=True), torch.randn(5, 10, requires_grad=True), spikes()
    with record([w1, w2], path) as step:
        u1, u2, trains = torch.zeros(3, 10), torch.zeros(3, 5), ([], [])
        for z in x:
            u1 = 0.9 * u1 + F.linear(z, w1)
            z1 = Spike.apply(u1 - 1)
            u1 = u1 - z1.detach()
            u2 = 0.9 * u2 + F.linear(z1, w2)
            z2 = Spike.apply(u2 - 1)
            u2 = u2 - z2.detach()
            trains[0].append(z1), trains[1].append(z2)
        F.cross_entropy(sum(trains[1]), y).backward()
        step.each(spikes=trains)
    data = np.load(path)
    assert np.allclose(data['layer2.dw'], w2.grad) and data['layer1.spikes'].shape == (8, 3, 10) and data['layer1.dcurrent'].any()


@variant(unjudged=['a Leaky'])
def products_by_hand(path):
    """The loss, which is stated, is of neurons that are not judged."""

    def run(net, x, y):
        mem1, mem2, counts = net.lif1.reset_mem(), net.lif2.reset_mem(), 0
        for step in x:
            spk1, mem1 = net.lif1(net.fc1(step), mem1)
            spk2, mem2 = net.lif2(spk1 @ net.fc2.weight.T, mem2)
            counts = counts + spk2
        F.cross_entropy(counts, y).backward()

    trained(leaky(), path, run, loss='ce_sum')
    assert json.loads(str(np.load(path)['meta']))['loss'] is None


@variant('layer 2, the last, is not computed once a step')
def readout_of_counts(path):
    net, (x, y) = leaky(), spikes()
    with record(net, path, loss='ce_sum', label=y):
        mem, counts = net.lif1.reset_mem(), 0
        for step in x:
            spk, mem = net.lif1(net.fc1(step), mem)
            counts = counts + spk
        F.cross_entropy(net.fc2(counts), y).backward()
    meta = json.loads(str(np.load(path)['meta']))
    assert (meta['layers'], meta['loss']) == (1, None)


@variant('weights are computed from other parameters')
def transposed_parameter(path):
    """A view shares the memory of its parameter."""
    net = leaky()
    net.back = nn.Parameter(net.fc2.weight.detach().t().clone())
    looped(net, path, second=lambda spk1, x, t: F.linear(spk1, net.back.t(), net.fc2.bias))
    assert np.allclose(np.load(path)['layer2.dw'], net.back.grad.t())


@variant(ops=['linear', 'unknown', 'neuron', 'linear', 'neuron'])
def dropout(path):
    net = leaky()
    net.fc1 = nn.Sequential(net.fc1, nn.Dropout(0.2))
    trained(net, path)


@variant()
def steps_and_batch_alike(path):
    trained(leaky(), path, data=spikes(T=3, B=3))


@variant()
def all_currents_first(path):
    """fc on (B, T, n), then a loop over t."""
    net, all_x = leaky(), []

    def first(x, t):
        if t == 0:
            all_x.extend((x, net.fc1(x.transpose(0, 1))))
        return all_x[1][:, t]

    looped(net, path, first)
    data = np.load(path)
    assert np.array_equal(data['input'], all_x[0].numpy()) and 'layer1.dcurrent' in data


@variant(ops=['linear', 'neuron', 'linear', 'neuron'])
def currents_written_into_a_tensor(path):
    net, (x, y) = leaky(), spikes()
    with record(net, path):
        currents, sent, mem1, mem2 = torch.zeros(*x.shape[:2], 10), torch.zeros(len(x), len(y), 5), net.lif1.reset_mem(), net.lif2.reset_mem()
        for t in range(len(x)):
            currents[t] = net.fc1(x[t])
        for t in range(len(x)):
            spk1, mem1 = net.lif1(currents[t], mem1)
            sent[t], mem2 = net.lif2(net.fc2(spk1), mem2)
        F.cross_entropy(sent.sum(0), y).backward()


@variant('layer 1 is computed 1 times for 8 steps')
def current_computed_once(path):
    net, once = leaky(), []
    looped(net, path, lambda x, t: (once or once.append(net.fc1(x[0])) or once)[0])
    assert np.load(path)['input'].shape == (8, 3, 12)


@variant('layer 1 is computed 1 times for 8 steps', ops=['linear', 'unknown', 'neuron', 'linear', 'neuron'])
def current_through_relu_computed_once(path):
    net, once = leaky(), []
    looped(net, path, lambda x, t: (once or once.append(F.relu(net.fc1(x[0]))) or once)[0])
    dcurrent = np.load(path)['layer1.dcurrent']
    assert len(np.unique(dcurrent.reshape(len(dcurrent), -1), axis=0)) > 1, 'each step has the sum of all steps'


@variant(ops=['linear', 'neuron', 'unknown', 'linear', 'neuron'])
def relu_of_spikes(path):
    net = leaky()
    looped(net, path, second=lambda spk1, *_: net.fc2(F.relu(spk1)))
    assert 'layer2.input' in np.load(path)


@variant()
def one_step_late(path):
    net, sent = leaky(), [torch.zeros(3, 10)]
    looped(net, path, second=lambda spk1, x, t: net.fc2((sent.append(spk1) or sent)[t]))


@variant('layer 2 feeds 0 neurons')
def readout_without_neurons(path):
    net, (x, y) = leaky(), spikes()
    with record(net, path):
        mem1, out = net.lif1.reset_mem(), []
        for step in x:
            spk1, mem1 = net.lif1(net.fc1(step), mem1)
            out.append(net.fc2(spk1))
        F.cross_entropy(torch.stack(out).mean(0), y).backward()


def validated_in(mode, path):
    net, (x, y) = leaky(), spikes()
    with record(net, path):
        with mode():
            net(x)
        reset(net)
        ce_sum(net, x, y)


@variant()
def validated_inside(path):
    validated_in(torch.no_grad, path)


@variant()
def frozen(path):
    net = leaky()
    net.fc1.weight.requires_grad = False
    trained(net, path)
    assert 'layer1.dw' not in np.load(path) and 'layer1.db' in np.load(path)


@variant()
def frozen_from_below(path):
    net = leaky()
    net.fc1.requires_grad_(False)
    trained(net, path)
    data = np.load(path)
    assert not [key for key in data if key.startswith('layer1.d')] and data['layer2.dcurrent'].any() and data['layer2.dw'].any()


def without_gradients(net, path, in_first=lambda t: False, in_second=lambda t: True):
    x, y = spikes()
    with record(net, path):
        mem1, mem2, out = net.lif1.reset_mem(), net.lif2.reset_mem(), []
        for t, step in enumerate(x):
            with torch.set_grad_enabled(in_first(t)):
                spk1, mem1 = net.lif1(net.fc1(step), mem1)
            with torch.set_grad_enabled(in_second(t)):
                spk2, mem2 = net.lif2(net.fc2(spk1), mem2)
            out.append(spk2)
        entropy(out, [], y).backward()


@variant()
def first_steps_without_gradients(path):
    without_gradients(leaky(), path, in_first=lambda t: t > 2, in_second=lambda t: t > 2)


@variant()
def validated_in_inference_mode(path):
    validated_in(torch.inference_mode, path)


@variant()
def backward_of_autograd(path):
    net, (x, y) = leaky(), spikes()
    with record(net, path):
        torch.autograd.backward(F.cross_entropy(net(x).sum(0), y))
    data = np.load(path)
    assert np.array_equal(data['layer1.dw'], net.fc1.weight.grad) and data['loss'] > 0


@variant()
def grad_of_autograd(path):
    net, (x, y) = leaky(), spikes()
    with record(net, path):
        dw, _ = torch.autograd.grad(F.cross_entropy(net(x).sum(0), y), [net.fc2.weight, net.fc2.bias])
    data = np.load(path)
    assert np.array_equal(data['layer2.dw'], dw) and 'layer1.dw' not in data and 'layer1.dspikes' not in data


@variant(ops=['unknown', 'linear', 'neuron', 'linear', 'neuron'])
def halves_of_a_batch(path):
    net, (x, y) = leaky(), spikes(B=4)
    with record(net, path):
        for half in (slice(2), slice(2, 4)):
            reset(net)
            ce_sum(net, x[:, half], y[half])


@variant('layer 1 feeds 2 neurons', ops=['unknown', 'linear', 'neuron', 'linear', 'neuron'])
def tied_weights(path):
    net, memory = leaky(), [torch.zeros(0)]
    net.fc1 = nn.Linear(10, 10)
    net.fc3, net.lif3 = net.fc1, snn.Leaky(beta=0.9)

    def second(spk1, x, t):
        spk3, memory[0] = net.lif3(net.fc3(spk1), memory[0])
        return net.fc2(spk3)

    looped(net, path, second=second, data=spikes(shape=(10,)))


@variant(ops=['linear', 'unknown', 'neuron', 'linear', 'neuron'])
def bias_added_again(path):
    net = leaky()
    looped(net, path, first=lambda x, t: net.fc1(x[t]) + net.fc1.bias)
    data = np.load(path)
    assert np.allclose(data['layer1.current'], data['input'] @ data['layer1.weight'].T + 2 * data['layer1.bias'], atol=1e-5)
    assert np.allclose(data['layer1.dcurrent'].sum((0, 1)) * 2, data['layer1.db'], rtol=1e-4, atol=1e-6)


@variant(ops=['linear', 'unknown', 'neuron', 'linear', 'neuron'])
def hook_of_a_module(path):
    net = leaky()
    net.fc1.register_full_backward_hook(lambda module, given, got: None)
    trained(net, path)


@variant('about() of the recorder failed')
def what_the_recorder_does_not_understand(path):
    class Odd(snn.Leaky):
        alpha = property(lambda self: 1 / 0)

    trained(two_layers(lambda n: Odd(beta=0.9)), path)
    assert 'layer2.input' in np.load(path)


@variant('finished() of the recorder failed')
def spikes_without_axes(path):
    fc, lif = nn.Linear(12, 1), snn.Leaky(beta=0.9)
    with record(fc, path):
        spk, _ = lif(fc(torch.rand(12))[0])
        (spk - 1).square().backward()
    assert fc.weight.grad is not None and Path(path).exists()


@variant('Odd is taken for the Leaky')
def empty_arguments(path):
    class Odd(snn.Leaky):
        bias, alpha = True, torch.zeros(0)

    trained(two_layers(lambda n: Odd(beta=0.9)), path)
    assert json.loads(str(np.load(path)['meta']))['ops'][1]['args']['alpha'] == []


@variant()
def one_recurrent_weight(path):
    net = two_layers(lambda n: snn.RLeaky(beta=0.8, all_to_all=False, V=torch.tensor(0.3)))
    trained(net, path)
    assert np.load(path)['layer1.recurrent'].shape == ()


@variant('weights are computed from other parameters')
def weight_norm(path):
    net = leaky()
    net.fc1 = nn.utils.parametrizations.weight_norm(net.fc1)
    trained(net, path)
    assert np.load(path)['layer1.dw'].any()


@variant('weights are computed from other parameters', unjudged=['fc1.weight'])
def signs_of_weights(path):
    looped(net := leaky(), path, first=lambda x, t: F.linear(x[t], net.fc1.weight.sign() * 0.3, net.fc1.bias))


@variant('weights are computed from other parameters')
def signs_straight_through(path):
    through = lambda w: w + (w.sign() * 0.3 - w).detach()  # noqa: E731
    looped(net := leaky(), path, first=lambda x, t: F.linear(x[t], through(net.fc1.weight), net.fc1.bias))


@variant(unjudged=['fc1.weight'])
def layer_without_gradients(path):
    without_gradients(leaky(), path)


@variant()
def frozen_without_gradients(path):
    net = leaky()
    net.fc1.requires_grad_(False)
    without_gradients(net, path)


@variant()
def two_losses(path):
    net, (x, y) = leaky(), spikes()
    with record(net, path):
        out = net(x)
        F.cross_entropy(out.sum(0), y).backward(retain_graph=True)
        out.mean().backward()
    assert np.allclose(np.load(path)['layer1.dw'], net.fc1.weight.grad, rtol=1e-4, atol=1e-7)


@variant(ops=['conv', 'avgpool', 'neuron', 'flatten', 'linear', 'neuron'])
def same_padding(path):
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.pool, self.fc = nn.Conv2d(2, 3, 3, padding='same'), nn.AvgPool2d(2, 1), nn.Linear(3 * 49, 5)
            self.lif1, self.lif2 = snn.Leaky(beta=0.9), snn.Leaky(beta=0.9)

        def forward(self, x):
            mem1, mem2, out = self.lif1.reset_mem(), self.lif2.reset_mem(), []
            for step in x:
                spk1, mem1 = self.lif1(self.pool(self.conv(step)), mem1)
                spk2, mem2 = self.lif2(self.fc(spk1.reshape(len(spk1), -1)), mem2)
                out.append(spk2)
            return torch.stack(out)

    trained(with_gain(Net()), path, data=spikes(5, 2, (2, 8, 8)))
    ops = json.loads(str(np.load(path)['meta']))['ops']
    assert ops[0]['padding'] == [1, 1] and ops[1]['stride'] == 1


@variant()
def half_precision(path):
    net, (x, y) = leaky(), spikes()
    with record(net, path), torch.autocast('cpu', torch.bfloat16):
        ce_sum(net, x, y)


@variant(unjudged=['a Leaky'])
def neurons_first(path):
    net, neurons = leaky(), snn.Leaky(beta=0.5, threshold=0.4)
    memory = [neurons.reset_mem()]

    def first(x, t):
        spk, memory[0] = neurons(x[t], memory[0])
        return net.fc1(spk)

    looped(net, path, first)


def raises(path):
    """The user's exception passes through; no file is written, and no hook stays, except those of a Recorder."""
    net, (x, y) = leaky(), spikes()
    Recorder().layer(2, net.fc2)
    call, back = nn.Module.__call__, torch.autograd.backward
    with contextlib.suppress(ZeroDivisionError):
        with record(net, path):
            net(x)
            1 / 0
        raise AssertionError('the exception was lost')
    assert nn.Module.__call__ is call and torch.autograd.backward is back and not Path(path).exists()
    assert not net.fc1.weight._backward_hooks and net.fc2.weight._backward_hooks
    with contextlib.suppress(TypeError):
        raise AssertionError(f'{record(net, path, neurons={snn.Leaky: snn.Leaky})} took a class for a description')


def two_records(path):
    """A second recording gives the same arrays as the first."""
    net, (x, y) = leaky(), spikes()
    for _ in range(2):
        reset(net)
        net.zero_grad()
        trained(net, path, data=(x, y))
        data = {key: value for key, value in np.load(path).items() if key != 'meta'}
    reset(net)
    net.zero_grad()
    ce_sum(net, x, y)
    assert np.array_equal(data['layer1.dw'], net.fc1.weight.grad.numpy())


def gradients_follow(path):
    """dspikes and dmem give dcurrent by the equation of snnTorch's Leaky: they exclude gradients through the neuron's own state."""
    looped(leaky(), path, loss=lambda out, mems, y: entropy(out, mems, y) + torch.stack(mems).square().mean())
    data = np.load(path)
    for n in (1, 2):
        y = data[f'layer{n}.mem'].astype(np.float64) - 1
        slope = 1 / (1 + (np.pi * y) ** 2)
        after, expected = 0, []
        for t in reversed(range(len(y))):
            potential = data[f'layer{n}.dmem'][t] if f'layer{n}.dmem' in data else 0
            after = slope[t] * data[f'layer{n}.dspikes'][t] + potential + 0.9 * after
            expected.insert(0, after)
        assert np.allclose(data[f'layer{n}.dcurrent'], expected, rtol=1e-4, atol=1e-7), n
    assert np.allclose(data['layer1.dspikes'], data['layer2.dcurrent'] @ data['layer2.weight'], rtol=1e-4, atol=1e-7)


def gradients_clamped_by_a_hook(path):
    net, (x, y) = leaky(), spikes()
    with record(net, path):
        net.fc1.weight.register_hook(lambda d: d.clamp(-0.01, 0.01))
        ce_sum(net, x, y)
    assert np.array_equal(np.load(path)['layer1.dw'], net.fc1.weight.grad.numpy()) and net.fc1.weight.grad.any()


def eval_mode(path):
    net = nn.Sequential(nn.Linear(12, 10), neuron.LIFNode(step_mode='m'), nn.Linear(10, 5), neuron.LIFNode(step_mode='m'))
    with_gain(net).eval()
    x, y = spikes()
    with contextlib.suppress(RuntimeError), record(net, path):
        loss = F.cross_entropy(net(x).sum(0), y)
        if loss.requires_grad:
            loss.backward()
    assert json.loads(str(np.load(path)['meta']))['ops'][1]['training'] is False


def doubles(path):
    net = nn.Sequential(nn.Linear(12, 10), neuron.IFNode(step_mode='m'), nn.Linear(10, 5), neuron.IFNode(step_mode='m')).double()
    x, y = spikes()
    trained(with_gain(net), path, data=(x.double(), y))
    assert np.load(path)['layer1.dcurrent'].dtype == np.float64 and not any(module.store_v_seq for module in net if hasattr(module, 'store_v_seq'))


def cells_in_a_sequence(path):
    net = with_gain(norse.SequentialState(nn.Linear(12, 10), norse.LIFCell(), nn.Linear(10, 5), norse.LICell()), 9)
    x, y = spikes()
    with record(net, path):
        state, out = None, []
        for step in x:
            z, state = net(step, state)
            out.append(z)
        F.cross_entropy(torch.stack(out).max(0)[0], y).backward()
    assert {'layer1.mem', 'layer2.dmem', 'layer1.dspikes'} <= set(np.load(path))


def steps_of_one(path):
    net = with_gain(nn.Sequential(nn.Linear(12, 10), sl.IAF(), nn.Linear(10, 5), sl.IAF()))
    x, y = spikes()
    with record(net, path):
        out = torch.cat([net(step.unsqueeze(1)) for step in x], 1)
        F.cross_entropy(out.sum(1), y).backward()
    assert np.load(path)['layer1.mem'].shape == (8, 3, 10) and np.array_equal(np.load(path)['input'], x.numpy())


def window_in_uneven_parts(path):
    net = with_gain(nn.Sequential(nn.Linear(12, 10), sl.IAF(), nn.Linear(10, 5), sl.IAF()))
    x, y = spikes()
    with record(net, path):
        out = torch.cat([net(part) for part in (x[:5].swapaxes(0, 1), x[5:].swapaxes(0, 1))], 1)
        F.cross_entropy(out.sum(1), y).backward()
    assert np.load(path)['layer1.mem'].shape == (8, 3, 10) and np.array_equal(np.load(path)['input'], x.numpy())


def over_maps(path, between=lambda spk: spk, of_second=contextlib.nullcontext):
    """Two convolutions and a linear layer over three steps. Returns the description and the arrays."""
    net = nn.ModuleDict({'a': nn.Conv2d(1, 2, 3), 'b': nn.Conv2d(2, 3, 3), 'c': nn.Linear(12, 5), 'lif': nn.ModuleList(snn.Leaky(beta=0.9) for _ in range(3))})
    with record(net, path):
        out, mems = [], [lif.reset_mem() for lif in net['lif']]
        for step in (torch.rand(3, 2, 1, 6, 6) < 0.5).float():
            spk, mems[0] = net['lif'][0](5 * net['a'](step), mems[0])
            with of_second():
                current = net['b'](spk)
            spk, mems[1] = net['lif'][1](5 * current, mems[1])
            spk, mems[2] = net['lif'][2](net['c'](between(spk).flatten(1)), mems[2])
            out.append(spk)
        F.cross_entropy(torch.stack(out).sum(0), torch.tensor([1, 2])).backward()
    data = dict(np.load(path))
    return json.loads(str(data.pop('meta'))), data


def maps_turned(path):
    meta, data = over_maps(path, lambda spk: spk.permute(0, 2, 3, 1))
    assert 'permute' in [op.get('name') for op in meta['ops']] and 'layer3.input' in data
    meta, data = over_maps(path)
    assert 'permute' not in [op.get('name') for op in meta['ops']] and 'layer3.input' not in data


def weights_without_gradients(path):
    meta, data = over_maps(path, of_second=torch.no_grad)
    assert meta['layers'] == 2 and 'layer2.input' in data and {'b.weight', 'a Leaky'} <= set(meta['unjudged'])


def never_fires(path):
    net = with_gain(nn.Sequential(nn.Linear(12, 10), neuron.LIFNode(), nn.Linear(10, 5), neuron.LIFNode(v_threshold=float('inf'))))
    x, y = spikes()
    with record(net, path):
        for step in x:
            net(step)
        F.cross_entropy(net[3].v, y).backward()
    data = np.load(path)
    assert json.loads(str(data['meta']), parse_constant=list)['ops'][3]['args']['v_threshold'] == 'Infinity'
    assert 'layer2.spikes' not in data and data['layer2.mem'].any()


def potentials_sent(path):
    net = with_gain(nn.Sequential(nn.Linear(12, 10), sl.LIF(tau_mem=5.0), nn.Linear(10, 5), sl.LIF(tau_mem=8.0, spike_fn=None)))
    x, y = spikes()
    with record(net, path):
        F.cross_entropy(net(x.swapaxes(0, 1)).sum(1), y).backward()
    data = np.load(path)
    assert json.loads(str(data['meta']))['ops'][3]['args']['spike_fn'] is None and data['layer2.dmem'].any()
    assert 'layer2.spikes' not in data


for run, framework in (
    (window_in_uneven_parts, 'sinabs'), (maps_turned, 'snntorch'), (weights_without_gradients, 'snntorch'), (never_fires, 'spikingjelly'), (potentials_sent, 'sinabs'),
    (raises, 'snntorch'), (two_records, 'snntorch'), (gradients_follow, 'snntorch'), (gradients_clamped_by_a_hook, 'snntorch'), (eval_mode, 'spikingjelly'), (doubles, 'spikingjelly'),
    (cells_in_a_sequence, 'norse'), (steps_of_one, 'sinabs'),
):
    VARIANTS.append((run, framework, None, None, ()))


def run_in_half(data):
    return data['layer1.dcurrent'].dtype != np.float32 or not np.any(data['layer1.dcurrent'].view(np.uint32) & 0xFFFF)


def product(data):
    """Says if dW of a linear layer 1 is not the sum over dcurrent times input."""
    if 'layer1.dw' not in data or 'layer1.current' in data or data['layer1.dw'].ndim != 2 or run_in_half(data):
        return ''
    dw = np.einsum('tbo,tbi->oi', data['layer1.dcurrent'].astype(np.float64), data['input'].astype(np.float64))
    return '' if np.allclose(dw, data['layer1.dw'], rtol=1e-4, atol=1e-4 * np.abs(dw).max()) else ' dw is not dcurrent times input'


def main():
    torch.set_num_threads(1)
    failed = 0
    for run, framework, says, ops, unjudged in VARIANTS:
        if not found(framework):
            continue
        torch.manual_seed(1)
        with tempfile.TemporaryDirectory() as folder:
            path, said = f'{folder}/step.npz', io.StringIO()
            problem = ''
            try:
                with contextlib.redirect_stdout(said):
                    run(path)
                if says is not None:
                    meta = json.loads(str(np.load(path)['meta']))
                    notes = meta['notes']
                    if says and not any(says in note for note in notes) or not says and notes:
                        problem = f'notes {notes}'
                    if [*meta.get('unjudged', ())] != [*unjudged]:
                        problem += f' unjudged {meta.get("unjudged")}'
                    if ops is not None and [op['op'] for op in meta['ops']] != ops:
                        problem += f' ops {meta["ops"]}'
                    problem += product(np.load(path)) if 'layer1.dcurrent' in np.load(path) else ''
                    if meta.get('layers', 0) > 1 and run.__name__ not in ('no_backward', 'frozen') and 'layer2.dw' not in np.load(path):
                        problem += ' no dw'
            except Exception as error:  # goes on, to report all variants
                problem = traceback.format_exc() if '--trace' in sys.argv else repr(error)
        failed += bool(problem)
        print(f'{"✗" if problem else "✓"} {run.__name__}', *([problem] if problem else []))
    sys.exit(1 if failed else 0)


if __name__ == '__main__':
    main()
