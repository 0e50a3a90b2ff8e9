"""Puts published bugs back into the installed frameworks, and records a training step with each.

    python3 bugs.py FOLDER [FRAMEWORK | FILE …]

Writes FOLDER/FRAMEWORK_BUG.npz and FOLDER/bugs.json: for each file, the number of its bug in notes/surrogates.md, and the names of the expected findings.
"""

import contextlib
import functools
import io
import json
import math
import sys
from pathlib import Path
from unittest import mock

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from steps import STEPS, batch_first, ce_sum, found, functional, neuron, record, sa, sl, snn, snn_surrogate, spikes, surrogate, two_layers, with_gain

BUGS = {}
ZERO = 'surrogate-missing spikes-detached'  # both make dw 0, so a file cannot tell them apart


def bug(number, name, names, make, *patches, loss='ce_sum', before=lambda net, x: None):
    """`make`: (net, x, y, run); `patches`: (owner, attribute, replacement); `before`: called with the net and x before the step."""
    BUGS[name] = dict(bug=number, names=names.split(), make=make, patches=patches, loss=loss, before=before)


def backward(cls, slope):
    """A patch: an autograd function of snnTorch or Norse gets another `slope`, a function of y and its constant."""
    constant = lambda context: getattr(context, 'slope', getattr(context, 'alpha', None))  # noqa: E731
    return cls, 'backward', staticmethod(lambda context, d: (d * slope(context.saved_tensors[0], constant(context)), None))


def with_gradient_of(value, other):
    """`value`, with the gradient of `other`."""
    return value.detach() + (other - other.detach())


def batch_before(net, x):
    """Runs another batch, and does not reset the states after it."""
    with torch.no_grad():
        net(1 - x)


def chain(neuron, gain, run):
    net = nn.Sequential(nn.Linear(12, 10), neuron(), nn.Linear(10, 5), neuron())
    return with_gain(net, gain), *spikes(), run


def pool_to_all(x, *_, pool=torch.max_pool2d):
    """A 2 × 2 maximum pool. All inputs equal to the maximum get its gradient."""
    most = pool(x, 2).detach()
    return with_gradient_of(most, 4 * F.avg_pool2d(x * (x == F.interpolate(most, scale_factor=2)), 2))


def snntorch():
    def net(cls=snn.Leaky, gain=3.0, run=ce_sum, **options):
        return lambda: (two_layers(lambda n: cls(**{'beta': 0.8, **options}), gain=gain), *spikes(), run)

    bug(9, 'sigmoid_overflows', 'surrogate-overflows', net(spike_grad=snn_surrogate.sigmoid(slope=25), gain=8.0))  # not patched: the framework still has this bug
    less = (snn.Leaky, '_base_sub', lambda self, x: self._base_state_function(x) - (self.reset - self.threshold))
    bug(10, 'reset_e_less_theta', 'reset-spike-less-threshold', net(threshold=0.7), less)

    def at(step):
        """A patch: at step n, the surrogate takes the potential of another step, seen[step(n)]."""

        def fire(self, mem):
            seen = vars(self).setdefault('seen', [torch.zeros_like(mem)])
            n, through = len(seen) - 1, mem.clone()
            through.register_hook(lambda d: d / (1 + (math.pi * (seen[step(n)] - self.threshold)) ** 2))
            seen.append(mem.detach())
            return with_gradient_of((mem > self.threshold).float(), through)

        return snn.Leaky, 'fire', fire

    bug(11, 'surrogate_of_step_before', 'surrogate-one-step-late', net(), at(lambda n: n))
    bug(11, 'surrogate_of_last_step', 'surrogate-of-last-step', net(), at(lambda n: -1))
    dropped = (snn.Leaky, '_base_zero', lambda self, x: (1 - self.reset) * self._base_state_function(x))
    bug(12, 'zero_drops_input', 'reset=zeroAfterLeak', net(reset_mechanism='zero'), dropped)
    leaked = (snn.Leaky, '_base_sub', lambda self, x: self.beta * (self.mem - self.reset * self.threshold) + x)
    bug(13, 'reset_leaks', 'reset=subtractBeforeLeak', net(), leaked)
    taken = (snn.Synaptic, 'forward', lambda self, x, syn=None, mem=None, right=snn.Synaptic.forward: right(self, x, mem, mem))
    bug(14, 'syn_is_mem', 'synapse-takes-potential', net(snn.Synaptic, alpha=0.6, gain=2.0), taken)
    left = (snn.RLeaky, 'init_rleaky', lambda self: (self.spk.detach(), self.mem.detach()))
    bug(17, 'state_left', 'state-kept', net(), before=batch_before)
    bug(17, 'recurrent_spikes_left', 'state-kept', STEPS['snntorch_recurrent'][1], left, before=batch_before)
    attached = (snn.Leaky, 'mem_reset', lambda self, mem: self.spike_grad(mem - self.threshold))
    bug(29, 'reset_not_detached', 'resetGradient=flows', net(), attached)
    for number, name, names, θ, slope in (
        (28, 'surrogate_of_u', 'surrogate-of-potential', 1, lambda y, k: 1 / (k * (y + 1).abs() + 1) ** 2),
        (28, 'surrogate_around_one', 'surrogate-around-one', 0.6, lambda y, k: 1 / (k * (y - 0.4).abs() + 1) ** 2),
        (30, 'slope_squared', 'surrogate-steepness', 1, lambda y, k: 1 / (k**2 * y.abs() + 1) ** 2),
        (30, 'no_square', 'surrogate-not-squared', 1, lambda y, k: 1 / (k * y.abs() + 1)),
        (30, 'times_slope', 'surrogate-times-slope', 1, lambda y, k: k / (k * y.abs() + 1) ** 2),
    ):
        bug(number, name, names, net(spike_grad=snn_surrogate.fast_sigmoid(6), threshold=θ), backward(snn_surrogate.FastSigmoid, slope))
    by_pi = backward(snn_surrogate.ATan, lambda y, alpha: 1 / math.pi / (1 + (math.pi / 2 * alpha * y) ** 2))
    bug(32, 'one_by_pi', 'surrogate-height', net(), by_pi)
    for name, names, loss in (
        ('summed_over_t', 'loss-times loss=ce_steps.spikes', lambda z, y: sum(F.cross_entropy(each, y) for each in z)),
        ('summed_over_b', 'loss-times', lambda z, y: sum(F.cross_entropy(each, y, reduction='sum') for each in z) / len(z)),
        ('halved', 'loss-times', lambda z, y: sum(F.cross_entropy(each, y) for each in z) / len(z) / 2),
        ('of_last_step', 'loss=ce_last.spikes', lambda z, y: F.cross_entropy(z[-1], y)),
    ):
        bug(33, f'loss_{name}', names, net(run=lambda net, x, y, loss=loss: loss(net(x), y).backward()), loss='ce_rate')

    cut = lambda net, x: net.fc2.register_forward_pre_hook(lambda _, heard: heard[0].detach())  # noqa: E731
    bug(34, 'spikes_detached', ZERO, net(), before=cut)
    for cls, name, options in ((snn.Leaky, 'potential', {}), (snn.Synaptic, 'state', {'alpha': 0.6})):
        detached = lambda self, x, *states, right=cls.forward: right(self, x, *(state.detach() for state in states))  # noqa: E731
        bug(35, f'{name}s_detached', f'{name}-detached', net(cls, **options), (cls, 'forward', detached))


def spikingjelly():
    from spikingjelly.activation_based.functional import neuron as equations

    def net(spike=None, **options):
        options.update(surrogate_function=spike or surrogate.Sigmoid(), step_mode='m')
        return lambda: chain(lambda: neuron.LIFNode(**options), 6, ce_sum)

    def slope(name, function):
        return surrogate, f'{name}_backward', lambda d, y, *numbers: (d * function(y, *numbers), *(None for _ in numbers))

    def reset(function):
        return equations, 'voltage_reset', lambda v, spike, θ, v_reset, _: function(v, spike, θ, v_reset)

    soft, tailed, piecewise = surrogate.SoftSign(), surrogate.LogTailedReLU(alpha=0.2), surrogate.PiecewiseLeakyReLU(w=0.7)
    bug(1, 'soft_sign_is_0', ZERO, net(soft), slope('soft_sign', lambda y, α: 0 * y))
    bug(2, 'soft_sign_by_two_alpha', 'surrogate-height', net(soft), slope('soft_sign', lambda y, α: (2 * α * (1 / α + y.abs())) ** -2))
    added = slope('log_tailed_relu', lambda y, α: 1 + torch.where(y <= 0, α, torch.where(y > 1, 1 / y, 0)))
    bug(3, 'middle_branch_everywhere', 'surrogate-branch-everywhere', net(tailed), added)
    twice = slope('piecewise_leaky_relu', lambda y, w, c: torch.where(y.abs() < w, 1 / w, c))
    bug(4, 'one_by_w', 'surrogate-box-twice', net(piecewise), twice)

    subtract, constant = dict(v_reset=None), dict(v_reset=None, detach_reset=True)
    half = reset(lambda v, spike, θ, _: v - (spike + spike.detach()) / 2 * θ)
    bug(5, 'half_detached', 'resetGradient=half', net(**subtract), half)
    mixed = reset(lambda v, spike, θ, v_reset: spike.detach() * v_reset + (1 - spike) * v)
    bug(5, 'reset_mixes_spikes', 'reset-gradient-of-kept', net(v_reset=-0.5), mixed)
    bug(29, 'reset_detached', 'resetGradient=detached', net(**subtract), reset(lambda v, spike, θ, _: v - spike.detach() * θ))

    bug(6, 'hidden_layer_in_eval', ZERO, net(), before=lambda net, x: net[1].eval())
    bug(8, 'binary16', 'binary16', net(), before=lambda net, x: net.half())
    bug(17, 'state_left', 'state-kept', net(), before=batch_before)

    def after(x, v, tau, decay_input, θ, v_reset, spike, _):
        u = equations.lif_charge(x, v, tau, decay_input, v_reset)
        fired = (u >= θ).to(u)
        return with_gradient_of(fired, spike(u - fired * θ - θ)), u - fired * θ

    def charged(other, right=equations.lif_charge):
        """A patch: the charge has the gradient of `other`, as in a wrong hand-written kernel."""
        return equations, 'lif_charge', lambda x, v, tau, *rest: with_gradient_of(right(x, v, tau, *rest), other(x, v, tau))

    bug(31, 'surrogate_after_reset', 'surrogate=afterReset', net(**constant), (functional, 'lif_step', after))
    bug(37, 'kernel_without_leak', 'no-leak-backward', net(**constant), charged(lambda x, v, τ: v + x / τ))
    bug(37, 'kernel_without_gain', 'no-gain-backward', net(**constant), charged(lambda x, v, τ: v * (1 - 1 / τ) + x))
    bug(38, 'pool_to_all', 'pool-to-all', STEPS['spikingjelly_cnn'][1], (torch, 'max_pool2d', pool_to_all), loss='mse_mean')


def norse():
    import norse.torch as norse
    from norse.torch.functional.superspike import SuperSpike
    from norse.torch.module import lif

    def cells():
        return two_layers(lambda n: norse.LIFCell(p=norse.LIFParameters(v_th=torch.as_tensor(0.5))), gain=9), *spikes(), ce_sum

    def step(x, state, *rest, parts, right=lif.lif_feed_forward_step):
        return right(x, state._replace(**{part: getattr(state, part).detach() for part in parts}), *rest)

    for name, parts in (('potential', 'v'), ('synapse', 'i'), ('state', 'vi')):
        lost = (lif, 'lif_feed_forward_step', functools.partial(step, parts=parts))
        bug(25, f'{name}s_lose_gradients', f'{name}-detached', cells, lost)
    bug(30, 'times_slope', 'surrogate-times-slope', cells, backward(SuperSpike, lambda y, k: k / (k * y.abs() + 1) ** 2))
    bug(38, 'pool_to_all', 'pool-to-all', STEPS['norse_convnet'][1], (torch, 'max_pool2d', pool_to_all), loss={'name': 'ce_max', 'on': 'mem'})


def sinabs():
    def net(**options):
        return lambda: chain(lambda: sl.LIF(tau_mem=10.0, spike_threshold=torch.tensor(0.6), **options), 12, batch_first)

    def of_issue_97(self, v, θ):
        y = v - θ / 2
        y = torch.where(v >= θ, y - torch.div(y, θ, rounding_mode='floor'), y)
        return torch.exp(-(y - θ / 2).abs() / self.grad_width) / θ

    periodic, set_to_reset = net(surrogate_grad_fn=sa.PeriodicExponential()), net(reset_fn=sa.MembraneReset())
    alone = (sa.SingleExponential, '__call__', lambda self, v, θ: torch.exp(-(v - θ).abs() / self.grad_width) / self.grad_width)
    window = (sa.Heaviside, '__call__', lambda self, v, θ: (v >= θ - self.window).float())
    all_always = (sa.MembraneReset, '__call__', lambda self, spikes, state, θ: {**state, 'v_mem': 0 * state['v_mem'].detach()})
    silent = lambda self, spikes, state, θ: {**state, 'v_mem': state['v_mem'] * (spikes.sum(1, keepdim=True) == 0)}  # noqa: E731
    bug(17, 'state_left', 'state-kept', net(), before=lambda net, x: batch_before(net, x.transpose(0, 1)))
    bug(19, 'periodic_exponential', 'surrogate-of-issue-97', periodic, (sa.PeriodicExponential, '__call__', of_issue_97))
    bug(20, 'width_not_in_thresholds', 'surrogate-width', net(), alone)
    bug(20, 'heaviside_not_by_threshold', 'surrogate-height', net(surrogate_grad_fn=sa.Heaviside()), window)
    bug(21, 'reset_of_all', 'reset-of-all-always', set_to_reset, all_always)
    bug(21, 'reset_of_all_of_a_sample', 'reset-of-all', set_to_reset, (sa.MembraneReset, '__call__', silent))


def record_bug(path, make, patches, loss, before, **_):
    torch.manual_seed(1)
    with contextlib.ExitStack() as meanwhile, contextlib.redirect_stdout(io.StringIO()):
        for patch in patches:
            meanwhile.enter_context(mock.patch.object(*patch))
        net, x, y, run = make()
        before(net, x)
        x = x.to(next(net.parameters()).dtype)
        with record(net, path, label=y, loss=loss):
            run(net, x, y)
    data = np.load(path)
    assert all(data[key].any() for key in data if key.endswith('.spikes')), f'{path}: a layer is silent'


def main():
    folder, *names = sys.argv[1:]
    Path(folder).mkdir(parents=True, exist_ok=True)
    rows = []
    for put_back in (snntorch, spikingjelly, norse, sinabs):
        framework = put_back.__name__
        if not found(framework):
            print(f'missing: {framework}')
            continue
        BUGS.clear()
        put_back()
        for name, row in BUGS.items():
            file = f'{framework}_{name}'
            if not names or {framework, file} & set(names):
                record_bug(f'{folder}/{file}.npz', **row)
                rows.append({'bug': row['bug'], 'framework': framework, 'file': f'{file}.npz', 'names': row['names']})
    Path(folder, 'bugs.json').write_text(json.dumps(rows))


if __name__ == '__main__':
    main()
