"""Small classes with the interfaces of snnTorch, SpikingJelly, Norse and Sinabs, for machines without these frameworks.

Names, arguments, attributes, results and gradients are those of the frameworks; the code is not.
"""

import math
import sys
import types
from collections import namedtuple
from dataclasses import dataclass
from typing import Optional

import torch
from torch import nn


def module(name, **members):
    """Adds `members` to the module `name`. Functions and classes get it as their __module__."""
    made = sys.modules.setdefault(name, types.ModuleType(name))
    for key, value in members.items():
        if isinstance(value, type) or callable(value):
            value.__module__ = name
        setattr(made, key, value)
    if '.' in name:
        parent, _, last = name.rpartition('.')
        setattr(module(parent), last, made)
    return made


class Step(torch.autograd.Function):
    """1 where fires(y), with the derivative slope(y)."""

    @staticmethod
    def forward(context, y, slope, fires):
        context.save_for_backward(slope(y))
        return fires(y).to(y)

    @staticmethod
    def backward(context, d):
        return d * context.saved_tensors[0], None, None


def above(y):
    return y > 0


def reached(y):
    return y >= 0


# snnTorch: functions with constants; states are passed and returned


def atan(alpha=2.0):
    alpha = alpha

    def inner(x):
        return Step.apply(x, lambda y: alpha / 2 / (1 + (math.pi / 2 * alpha * y) ** 2), above)

    return inner


def fast_sigmoid(slope=25):
    slope = slope

    def inner(x):
        return Step.apply(x, lambda y: 1 / (1 + slope * y.abs()) ** 2, above)

    return inner


def sigmoid(slope=25):
    slope = slope

    def inner(x):
        return Step.apply(x, lambda y: slope * torch.sigmoid(slope * y) * torch.sigmoid(-slope * y), above)

    return inner


class Leaky(nn.Module):
    def __init__(
        self, beta, threshold=1.0, spike_grad=None, init_hidden=False, reset_mechanism='subtract', output=False, reset_delay=True
    ):
        super().__init__()
        self.beta, self.threshold = torch.as_tensor(beta), torch.as_tensor(threshold)
        self.spike_grad, self.init_hidden, self.output = spike_grad or atan(), init_hidden, output
        self.reset_mechanism, self.reset_delay = reset_mechanism, reset_delay
        self.reset_mem()

    def reset_mem(self):
        self.mem = torch.zeros(0)
        return self.mem

    init_leaky = reset_mem

    def forward(self, input_, mem=None):
        if mem is not None:
            self.mem = mem
        if self.mem.shape != input_.shape:
            self.mem = torch.zeros_like(input_)
        before = self.spike_grad(self.mem - self.threshold).detach()
        zero = self.reset_mechanism == 'zero'
        self.mem = self.beta * (self.mem * (1 - before) if zero else self.mem) + input_ - (0 if zero else before * self.threshold)
        spk = self.spike_grad(self.mem - self.threshold)
        if not self.reset_delay:
            self.mem = self.mem - (spk - before) * (self.mem if zero else self.threshold)
        return spk if self.init_hidden and not self.output else (spk, self.mem)


class Synaptic(Leaky):
    def __init__(self, alpha, beta, **options):
        super().__init__(beta, **options)
        self.alpha = torch.as_tensor(alpha)

    def forward(self, input_, syn=None, mem=None):
        syn = self.alpha * (0 if syn is None else syn) + input_
        spk, mem = super().forward(syn, mem)
        return spk, syn, mem


class Lapicque(Leaky):
    def __init__(self, R, C, time_step, **options):
        super().__init__(1 - time_step / (R * C), **options)
        self.R, self.C, self.time_step = torch.as_tensor(R), torch.as_tensor(C), torch.as_tensor(time_step)

    def forward(self, input_, mem=None):
        return super().forward(self.time_step / self.C * input_, mem)


class RecurrentOneToOne(nn.Module):
    def __init__(self, V):
        super().__init__()
        self.V = V

    def forward(self, x):
        return x * self.V


class RLeaky(Leaky):
    def __init__(self, beta, V=1.0, all_to_all=True, linear_features=None, **options):
        super().__init__(beta, **options)
        self.recurrent = nn.Linear(linear_features, linear_features) if all_to_all else RecurrentOneToOne(nn.Parameter(V))

    def init_rleaky(self):
        return torch.zeros(0), torch.zeros(0)

    def forward(self, input_, spk=None, mem=None):
        spk = spk if spk is not None and spk.shape == input_.shape else torch.zeros_like(input_)
        return super().forward(input_ + self.recurrent(spk), mem)


# SpikingJelly: the module keeps its states, for one step or many


class SurrogateFunctionBase(nn.Module):
    def __init__(self, **numbers):
        super().__init__()
        self.spiking, self._sg_param_names = True, tuple(numbers)
        for name, value in numbers.items():
            setattr(self, name, value)

    def forward(self, x):
        return Step.apply(x, self.slope, reached)


class Sigmoid(SurrogateFunctionBase):
    def __init__(self, alpha=4.0):
        super().__init__(alpha=alpha)

    def slope(self, y):
        return self.alpha * torch.sigmoid(self.alpha * y) * torch.sigmoid(-self.alpha * y)


class ATan(SurrogateFunctionBase):
    def __init__(self, alpha=2.0):
        super().__init__(alpha=alpha)

    def slope(self, y):
        return self.alpha / 2 / (1 + (math.pi / 2 * self.alpha * y) ** 2)


class PiecewiseLeakyReLU(SurrogateFunctionBase):
    def __init__(self, w=1.0, c=0.01):
        super().__init__(w=w, c=c)

    def slope(self, y):
        return torch.where(y.abs() < self.w, 1 / (2 * self.w), self.c)


class BaseNode(nn.Module):
    def __init__(self, v_threshold=1.0, v_reset=0.0, surrogate_function=None, detach_reset=False, step_mode='s', backend='torch', store_v_seq=False):
        super().__init__()
        self.v_threshold, self.v_reset, self.detach_reset, self.step_mode = v_threshold, v_reset, detach_reset, step_mode
        self.surrogate_function, self.backend, self.store_v_seq = surrogate_function or Sigmoid(), backend, store_v_seq
        self.reset()

    def reset(self):
        self.v, self.v_seq = self.v_reset or 0.0, None

    def single_step_forward(self, x):
        u = self.charge(x, self.v if torch.is_tensor(self.v) else torch.full_like(x, self.v))
        spike = self.surrogate_function(u - self.v_threshold) if self.training else (u >= self.v_threshold).to(u)
        sent = spike.detach() if self.detach_reset else spike
        self.v = u - sent * self.v_threshold if self.v_reset is None else (1 - sent) * u + sent * self.v_reset
        return spike

    def forward(self, x):
        if self.step_mode == 's':
            return self.single_step_forward(x)
        spikes, potentials = [], []
        for step in x:
            spikes.append(self.single_step_forward(step))
            potentials.append(self.v)
        self.v_seq = torch.stack(potentials) if self.store_v_seq else None
        return torch.stack(spikes)


class IFNode(BaseNode):
    def charge(self, x, v):
        return v + x


class LIFNode(BaseNode):
    def __init__(self, tau=2.0, decay_input=True, **options):
        super().__init__(**options)
        self.tau, self.decay_input = tau, decay_input

    def charge(self, x, v):
        rest = v - (self.v_reset or 0.0)
        return v + (x - rest) / self.tau if self.decay_input else v - rest / self.tau + x


class ParametricLIFNode(BaseNode):
    def __init__(self, init_tau=2.0, **options):
        super().__init__(**options)
        self.w = nn.Parameter(torch.as_tensor(-math.log(init_tau - 1)))

    def charge(self, x, v):
        return v + (x - v) * self.w.sigmoid()


def folded(x, forward):
    """Calls `forward` with time and batch as one axis."""
    y = forward(x.flatten(0, 1))
    return y.unflatten(0, x.shape[:2])


def stepped(cls):
    class Stepped(cls):
        def __init__(self, *args, step_mode='s', **options):
            super().__init__(*args, **options)
            self.step_mode = step_mode

        def forward(self, x):
            return super().forward(x) if self.step_mode == 's' else folded(x, super().forward)

    Stepped.__name__ = Stepped.__qualname__ = cls.__name__
    return Stepped


class SeqToANNContainer(nn.Sequential):
    def forward(self, x):
        return folded(x, super().forward)


class MultiStepContainer(nn.Sequential):
    def forward(self, x):
        return torch.stack([super(MultiStepContainer, self).forward(step) for step in x])


def set_step_mode(net, step_mode):
    for part in net.modules():
        if hasattr(part, 'step_mode'):
            part.step_mode = step_mode


# Norse: cells take (spikes, state), with the parameters in p


def reset_value(z, v, reset, th):
    return (1 - z) * v + z * reset


def reset_subtract(z, v, reset, th):
    return v - z * th


NUMBERS = dict(tau_syn_inv=200.0, tau_mem_inv=100.0, v_leak=0.0, v_th=1.0, v_reset=0.0, alpha=100.0)


def parameters(name, fields, **others):
    values = {**{field: torch.as_tensor(NUMBERS[field]) for field in fields.split()}, **others}
    return namedtuple(name, values, defaults=values.values())


LIFParameters = parameters('LIFParameters', 'tau_syn_inv tau_mem_inv v_leak v_th v_reset alpha', method='super')
LIFBoxParameters = parameters('LIFBoxParameters', 'tau_mem_inv v_leak v_th v_reset alpha', method='super', reset_method=reset_value)
LIParameters = parameters('LIParameters', 'tau_syn_inv tau_mem_inv v_leak')
State, RecurrentState, BoxState = namedtuple('State', 'v i'), namedtuple('RecurrentState', 'z v i'), namedtuple('BoxState', 'v')


def threshold(y, p):
    slopes = {'super': lambda y: 1 / (1 + p.alpha * y.abs()) ** 2, 'tanh': lambda y: 1 - torch.tanh(p.alpha * y) ** 2}
    return Step.apply(y, slopes[p.method], above)


def charged(x, v, i, p, dt):
    i = i + x
    return v + dt * p.tau_mem_inv * (p.v_leak - v + i), i - dt * p.tau_syn_inv * i


class SNNCell(nn.Module):
    def __init__(self, p=LIFParameters(), dt=0.001):
        super().__init__()
        self.p, self.dt = p, dt

    def forward(self, x, state=None):
        return self.advance(x, self.start(x) if state is None else state)

    def start(self, x):
        return State(self.p.v_leak.clone().requires_grad_(), torch.zeros_like(x))


class LIFCell(SNNCell):
    def advance(self, x, state):
        u, i = charged(x, state.v, state.i, self.p, self.dt)
        z = threshold(u - self.p.v_th, self.p)
        return z, State((1 - z) * u + z * self.p.v_reset, i)


class LICell(SNNCell):
    def __init__(self, p=LIParameters(), **options):
        super().__init__(p, **options)

    def advance(self, x, state):
        u, i = charged(x, state.v, state.i, self.p, self.dt)
        return u, State(u.clone(), i)


class LIFBoxCell(SNNCell):
    def start(self, x):
        return BoxState(self.p.v_leak.clone().requires_grad_())

    def advance(self, x, state):
        u = state.v + self.dt * self.p.tau_mem_inv * (self.p.v_leak - state.v + x)
        z = threshold(u - self.p.v_th, self.p)
        return z, BoxState(self.p.reset_method(z, u, self.p.v_reset, self.p.v_th))


class LIFRecurrentCell(nn.Module):
    def __init__(self, input_size, hidden_size, p=LIFParameters(), dt=0.001, autapses=False):
        super().__init__()
        self.p, self.dt, self.autapses = p, dt, autapses
        self.input_weights = nn.Parameter(torch.randn(hidden_size, input_size) * (2 / hidden_size) ** 0.5)
        self.recurrent_weights = nn.Parameter((torch.randn(hidden_size, hidden_size) * (2 / hidden_size) ** 0.5).fill_diagonal_(0))
        self.recurrent_weights.register_hook(lambda gradient: gradient.clone().fill_diagonal_(0))

    def forward(self, x, state=None):
        zeros = torch.zeros(len(x), len(self.input_weights))
        z, v, i = (zeros, zeros, zeros) if state is None else state
        jump = nn.functional.linear(x, self.input_weights) + nn.functional.linear(z, self.recurrent_weights)
        u, i = charged(jump, v, i, self.p, self.dt)
        z = threshold(u - self.p.v_th, self.p)
        return z, RecurrentState(z, (1 - z.detach()) * u + z.detach() * self.p.v_reset, i)


class LILinearCell(nn.Module):
    def __init__(self, input_size, hidden_size, p=LIParameters(), dt=0.001):
        super().__init__()
        self.p, self.dt, self.input_weights = p, dt, nn.Parameter(torch.randn(hidden_size, input_size) / input_size**0.5)

    def forward(self, x, state=None):
        zeros = torch.zeros(len(x), len(self.input_weights))
        v, i = (zeros, zeros) if state is None else state
        u, i = charged(nn.functional.linear(x, self.input_weights), v, i, self.p, self.dt)
        return u, State(u, i)


class SNN(SNNCell):
    def forward(self, x, state=None):
        out = []
        state = self.start(x[0]) if state is None else state
        for step in x:
            z, state = self.advance(step, state)
            out.append(z)
        return torch.stack(out), state


class LIF(SNN):
    advance = LIFCell.advance


class Lift(nn.Module):
    def __init__(self, lifted_module):
        super().__init__()
        self.lifted_module = lifted_module

    def forward(self, x):
        return torch.stack([self.lifted_module(step) for step in x])


class SequentialState(nn.Sequential):
    def forward(self, x, state=None):
        states = []
        for n, part in enumerate(self):
            is_stateful = isinstance(part, (SNNCell, LIFRecurrentCell, LILinearCell))
            x, new = part(x, None if state is None else state[n]) if is_stateful else (part(x), None)
            states.append(new)
        return x, states


# Sinabs: arrays are (B, T, …), the module keeps its states, and surrogates are dataclasses


@dataclass
class SingleExponential:
    grad_width: float = 0.5
    grad_scale: float = 1.0

    def __call__(self, v, threshold):
        width = threshold * self.grad_width
        return self.grad_scale / width * torch.exp(-(v - threshold).abs() / width)


@dataclass
class PeriodicExponential(SingleExponential):
    def __call__(self, v, threshold):
        part = v / threshold - 0.5
        periodic = threshold * (2 * (part - part.floor()) - 1)
        return self.grad_scale * torch.exp(-torch.where(v < threshold, v - threshold, periodic).abs() / self.grad_width)


class MultiSpike(torch.autograd.Function):
    @staticmethod
    def forward(context, v, threshold, slope, most=None):
        context.save_for_backward(slope(v, threshold))
        return (v > 0) * torch.div(v, threshold, rounding_mode='trunc').clamp(max=math.inf if most is None else most)

    @staticmethod
    def backward(context, d):
        return d * context.saved_tensors[0], None, None, None


@dataclass
class MaxSpike:
    max_num_spikes_per_bin: Optional[int] = None

    def apply(self, v, threshold, slope):
        return MultiSpike.apply(v, threshold, slope, self.max_num_spikes_per_bin)


@dataclass
class MembraneSubtract:
    subtract_value: Optional[float] = None

    def __call__(self, spikes, v, threshold):
        return v - spikes * threshold


@dataclass
class MembraneReset:
    reset_value: float = 0.0

    def __call__(self, spikes, v, threshold):
        return v * (spikes == 0) + self.reset_value


class SinabsLIF(nn.Module):
    def __init__(
        self, tau_mem, tau_syn=None, spike_threshold=1.0, spike_fn=MultiSpike, reset_fn=MembraneSubtract(),
        surrogate_grad_fn=SingleExponential(), min_v_mem=None, norm_input=True, record_states=False,
    ):
        super().__init__()
        self.tau_mem = None if tau_mem is None else nn.Parameter(torch.as_tensor(tau_mem))
        self.tau_syn = None if tau_syn is None else nn.Parameter(torch.as_tensor(tau_syn))
        self.spike_threshold, self.min_v_mem, self.norm_input = torch.as_tensor(spike_threshold), min_v_mem, norm_input
        self.spike_fn, self.reset_fn, self.surrogate_grad_fn, self.record_states = spike_fn, reset_fn, surrogate_grad_fn, record_states
        self.reset_states()

    def reset_states(self):
        self.v_mem, self.i_syn = torch.zeros(0), 0.0

    def back(self, spikes):
        return 0

    def forward(self, input_data):
        decay = 1.0 if self.tau_mem is None else torch.exp(-1 / self.tau_mem)
        v, i, more, out, kept = self.v_mem if len(self.v_mem) else torch.zeros_like(input_data[:, 0]), self.i_syn, 0, [], []
        for x in input_data.unbind(1):
            i = x + more if self.tau_syn is None else torch.exp(-1 / self.tau_syn) * (i + x + more)
            v = decay * v + ((1 - decay) * i if self.norm_input else i)
            spikes = v.clone()
            if self.spike_fn is not None:
                spikes = self.spike_fn.apply(v, self.spike_threshold, self.surrogate_grad_fn)
                v = self.reset_fn(spikes, v, self.spike_threshold)
            if self.min_v_mem is not None:
                v = torch.relu(v - self.min_v_mem) + self.min_v_mem
            more = self.back(spikes)
            out.append(spikes)
            kept.append(v.clone())
        self.v_mem, self.i_syn = v, i
        self.recordings = {'v_mem': torch.stack(kept, 1)} if self.record_states else {}
        return torch.stack(out, 1)


class IAF(SinabsLIF):
    def __init__(self, **options):
        super().__init__(tau_mem=None, norm_input=False, **options)


class IAFSqueeze(IAF):
    def __init__(self, batch_size=-1, num_timesteps=-1, **options):
        super().__init__(**options)
        self.batch_size, self.num_timesteps = batch_size, num_timesteps

    def forward(self, input_data):
        return super().forward(input_data.reshape(self.batch_size, self.num_timesteps, *input_data.shape[1:])).flatten(0, 1)


class LIFRecurrent(SinabsLIF):
    def __init__(self, tau_mem, rec_connect, **options):
        super().__init__(tau_mem, **options)
        self.rec_connect = rec_connect

    def back(self, spikes):
        return self.rec_connect(spikes)


class ExpLeak(SinabsLIF):
    def __init__(self, tau_mem, **options):
        super().__init__(tau_mem, spike_fn=None, reset_fn=None, norm_input=False, **options)


class SumPool2d(nn.LPPool2d):
    def __init__(self, kernel_size):
        super().__init__(1, kernel_size)


def install():
    """Puts the stand-ins under the frameworks' names in sys.modules."""
    globals()['__name__'] = 'snntorch.surrogate'  # the module of the closures that atan() and others return
    surrogates = module('snntorch.surrogate', atan=atan, fast_sigmoid=fast_sigmoid, sigmoid=sigmoid)
    for cls in (Leaky, Synaptic, Lapicque, RLeaky):
        module(f'snntorch._neurons.{cls.__name__.lower()}', **{cls.__name__: cls})
    vars(module('snntorch')).update(Leaky=Leaky, Synaptic=Synaptic, Lapicque=Lapicque, RLeaky=RLeaky, surrogate=surrogates, __version__='stand-in')
    base = 'spikingjelly.activation_based'
    module(f'{base}.surrogate', Sigmoid=Sigmoid, ATan=ATan, PiecewiseLeakyReLU=PiecewiseLeakyReLU)
    module(f'{base}.neuron', BaseNode=BaseNode, IFNode=IFNode, LIFNode=LIFNode, ParametricLIFNode=ParametricLIFNode)
    layers = {cls.__name__: stepped(cls) for cls in (nn.Linear, nn.Conv2d, nn.MaxPool2d, nn.Flatten)}
    module(f'{base}.layer', SeqToANNContainer=SeqToANNContainer, MultiStepContainer=MultiStepContainer, **layers)
    module(f'{base}.functional', set_step_mode=set_step_mode)
    cells = dict(LIFCell=LIFCell, LICell=LICell, LIFBoxCell=LIFBoxCell, LIFRecurrentCell=LIFRecurrentCell, LILinearCell=LILinearCell)
    cells.update(SNN=SNN, SNNCell=SNNCell, LIF=LIF, Lift=Lift, SequentialState=SequentialState)
    module('norse.torch.module.cells', **cells)
    vars(module('norse.torch')).update(cells, LIFParameters=LIFParameters)
    module('norse.torch.functional.lif_box', LIFBoxParameters=LIFBoxParameters)
    module('norse.torch.functional.reset', reset_value=reset_value, reset_subtract=reset_subtract)
    activations = dict(SingleExponential=SingleExponential, PeriodicExponential=PeriodicExponential, MultiSpike=MultiSpike)
    module('sinabs.activation', MaxSpike=MaxSpike, MembraneReset=MembraneReset, MembraneSubtract=MembraneSubtract, **activations)
    SinabsLIF.__name__ = SinabsLIF.__qualname__ = 'LIF'
    module('sinabs.layers', LIF=SinabsLIF, LIFRecurrent=LIFRecurrent, IAF=IAF, IAFSqueeze=IAFSqueeze, ExpLeak=ExpLeak, SumPool2d=SumPool2d)
    sys.modules['sinabs.layers.neurons'] = sys.modules['sinabs.layers']
    for cls in (SinabsLIF, LIFRecurrent, IAF, IAFSqueeze, ExpLeak):
        cls.__module__ = 'sinabs.layers.neurons'
