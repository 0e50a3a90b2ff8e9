"""Records one training step for `npx asf-bp check`.

Surrogate gradients, in PyTorch with snnTorch, SpikingJelly, Norse, Sinabs or neurons of your own:

    from asfbp_record import record
    with record(net, 'step.npz'):
        loss = loss_fn(net(x), y); loss.backward()

A block holds one step, from rest. Besides: `loss='ce_rate', label=y` (a formula of the form, or a dict of its name and numbers);
`neurons={MyLIF: dict(neuron='Leaky', framework='snntorch', args={'beta': 0.9}, surrogate={'name': 'snntorch.atan', 'alpha': 2})}` for a
class that no framework has (args and surrogate may be functions of the module; `layout='time'` or `'batch'`: its first axis is time, or
batch, and time the second); `with record(…) as step` has `step.put(key, array)` for what a recorder cannot see.

ASF-BP, or any step by hand; NumPy, JAX and others need no PyTorch:

    step = Recorder('lenet.json', 'paper', optimiser)  # before the step: the network's JSON file, or the same as a dict
    step.layer(1, synapses=conv1, neuron=if1)          # weights, currents and spikes by hooks; layers count from 1, pools too
    step.put('input.spikes', spikes)                   # a whole array; add(key, array): one step of the window
    step.gradient('layer1.dFO', FO1)                   # before backward(): a tensor of the graph whose gradient is asked for
    step.each(FI=FIs, FO=FOs, S_before=scales)         # an array a layer, from layer 1; None where you have none
    step.save('step.npz')                              # a step of another rule: Recorder() and save(path, meta)
"""

import inspect
import json
import re
import sys
from pathlib import Path

import numpy as np


def plain(array):
    """A copy in NumPy: frameworks write into their arrays later."""
    if hasattr(array, 'detach'):
        array = array.detach().cpu()
        array = array.float() if str(array.dtype) == 'torch.bfloat16' else array
    return np.array(array)


def compact(array):
    """In bytes, where all numbers are whole and fit: spikes are most of a recording."""
    fits = array.dtype == bool or array.dtype.kind == 'f' and bool(np.all((array >= 0) & (array <= 255) & (array % 1 == 0)))
    return array.astype(np.uint8) if fits else array


class Recorder:
    def __init__(self, network=None, variant='paper', optimiser=None):
        """Before the step: an optimiser has its rate and decay, and what the steps before left."""
        self.network = json.loads(Path(network).read_text()) if isinstance(network, (str, Path)) else network
        self.variant, self.optimiser = variant, optimiser
        self.arrays, self.trains, self.weights, self.gradients, self.hooks = {}, {}, {}, {}, []
        if optimiser is not None:
            [group, *_] = optimiser.param_groups
            self.put('learningRate', group['lr'])
            self.put('weightDecay', group['weight_decay'])

    def put(self, key, array):
        array = plain(array)
        self.arrays[key] = compact(array) if key.endswith(('input', '.spikes')) else array

    def each(self, **lists):
        """Of each layer an array, or for spikes and currents a list of one array a step; S_before is the key S.before."""
        for what, arrays in lists.items():
            for n, array in enumerate(arrays, 1):
                if array is not None:
                    steps = isinstance(array, (list, tuple))
                    self.put(f'layer{n}.{what.replace("_", ".")}', np.stack([plain(step) for step in array]) if steps else array)

    def add(self, key, array):
        """One time step. Calls after the window, as of an equivalent network, are not of it."""
        train = self.trains.setdefault(key, [])
        if self.network is None or len(train) < self.network['timeWindow']:
            train.append(plain(array))

    def layer(self, n, synapses=None, neuron=None):
        """A module that makes the current of layer n, and one that makes its spikes."""
        for key, module in ((f'layer{n}.current', synapses), (f'layer{n}.spikes', neuron)):
            if module is not None:
                self.hooks.append(module.register_forward_hook(lambda _module, _inputs, output, key=key: self.add(key, output)))
        weight = getattr(synapses, 'weight', None)
        if weight is not None:
            self.weights[n] = (weight, None if weight.grad is None else plain(weight.grad))
            self.put(f'layer{n}.weight', weight)
            self.put_moments(n, '.before')

    def gradient(self, key, tensor):
        """The gradient that a tensor of the graph will have after backward()."""
        tensor.retain_grad()
        self.gradients[key] = tensor

    def save(self, path, meta=None):
        for hook in self.hooks:
            hook.remove()
        for key, train in self.trains.items():
            if self.network is None or len(train) == self.network['timeWindow']:
                self.put(key, np.stack(train))
        for key, tensor in self.gradients.items():
            if tensor.grad is not None:
                self.put(key, tensor.grad)
        for n, (weight, old) in self.weights.items():
            if weight.grad is not None and not np.array_equal(plain(weight.grad), old):  # not of an earlier step
                self.put(f'layer{n}.dw', weight.grad)
            if self.optimiser is not None:
                self.put(f'layer{n}.weight.after', weight)
                self.put_moments(n)
        np.savez(path, meta=np.array(json.dumps(meta or {'network': self.network, 'variant': self.variant})), **self.arrays)

    def put_moments(self, n, when=''):
        """Adam's, where it has made a step."""
        state = {} if self.optimiser is None else self.optimiser.state.get(self.weights[n][0], {})
        for what, name in (('m', 'exp_avg'), ('v', 'exp_avg_sq')):
            if name in state:
                self.put(f'layer{n}.{what}{when}', state[name])
        if 'step' in state:
            self.put('step', int(state['step']) + (1 if when else 0))


# What the frameworks' objects say of themselves. None is imported: a class is known by where it is defined, and by an attribute.

NEURONS = {
    'snntorch': ('snntorch._neurons.', 'threshold'),
    'spikingjelly': ('spikingjelly.activation_based.neuron', 'step_mode'),
    'norse': ('norse.torch.module.', 'dt'),
    'sinabs': ('sinabs.layers.', 'spike_fn'),
}
SURROGATES = ('spike_grad', 'surrogate_function', 'surrogate_grad_fn')
#: Arguments that change nothing that is computed, or that stand elsewhere in the file.
NOT_ARGUMENTS = re.compile(
    r'self|args|kwargs|p|V|init_hidden|output|shape|dt|learn_\w+|\w*surrogate\w*|spike_grad|step_mode|backend|store_v_seq|record_states'
    r'|batch_size|num_timesteps|\w+_features|conv2d_channels|kernel_size|all_to_all|\w+_size|\w+_weights|rec_connect|activation\w*|state_fallback'
)
INTEGRATOR = re.compile(r'LI(?!F)|NonSpiking|ExpLeak')


def value_of(value):
    """As JSON has it: binary32 in its shortest decimals; of a function or an object its name."""
    if hasattr(value, 'detach'):
        numbers = [float(str(number)) for number in plain(value).ravel()]
        return numbers if len(numbers) > 1 else numbers[0]
    return value if value is None or isinstance(value, (bool, int, float, str)) else getattr(value, '__name__', type(value).__name__)


def numbers_of(thing):
    """The public numbers of a dataclass, or of a surrogate's module."""
    numbers = {name: value_of(value) for name, value in vars(thing).items() if not name.startswith('_')}
    return {name: value for name, value in numbers.items() if isinstance(value, (int, float)) and not isinstance(value, bool)}


def surrogate_of(spike):
    """{name, numbers} of a surrogate: a function made over its constants, the apply of an autograd function, or an object."""
    if inspect.isfunction(spike):
        constants = {name: value_of(cell.cell_contents) for name, cell in zip(spike.__code__.co_freevars, spike.__closure__ or ())}
        return {'name': f'{spike.__module__.split(".")[0]}.{spike.__qualname__.split(".<locals>")[0]}', **constants}
    owner = getattr(spike, '__self__', spike)
    cls, constants = (owner, {}) if isinstance(owner, type) else (type(owner), numbers_of(owner))
    return {'name': f'{cls.__module__.split(".")[0]}.{cls.__qualname__}', **constants}


def arguments_of(module, classes):
    """The constructor's arguments as they are now: numbers and names always, others where they differ from the default."""
    found, defaults = {}, {'alpha_mem': None, 'alpha_syn': None}
    for cls in reversed(classes):
        defaults.update({name: parameter.default for name, parameter in inspect.signature(cls.__init__).parameters.items()})
    for name, default in defaults.items():
        value = getattr(module, name, None)
        is_default = value is None and name != 'v_reset' or isinstance(value, bool) and value == default
        if not is_default and not NOT_ARGUMENTS.fullmatch(name):
            found[name] = value_of(value)
            if hasattr(value, '__dataclass_fields__'):  # Sinabs' spike_fn and reset_fn
                found.update({field.replace('max_num_spikes_per_bin', 'most'): number for field, number in numbers_of(value).items()})
    return found


def describe(module):
    """What the form says of a neuron, and its `layout`: whether a call is one step, or has time or batch in front. None: no neuron."""
    for framework, (place, mark) in NEURONS.items():
        classes = [cls for cls in type(module).__mro__ if cls.__module__.startswith(place)]
        if classes and hasattr(module, mark) and 'Encoder' not in classes[0].__name__:
            break
    else:
        return None
    about = {'framework': framework, 'neuron': classes[0].__name__, 'args': arguments_of(module, classes), 'layout': 'step'}
    spikes = [getattr(module, name) for name in SURROGATES if getattr(module, name, None) is not None]
    if spikes and getattr(module, 'spike_fn', True) is not None:
        about['surrogate'] = surrogate_of(spikes[0])
    if framework == 'sinabs':
        about['layout'] = 'batch'
    if framework == 'spikingjelly':
        about['layout'] = 'step' if module.step_mode == 's' else 'time'
        if 'Parametric' in about['neuron']:
            about['args']['tau'] = value_of(1 / module.w.sigmoid())
        if not module.training:
            about['training'] = False
    if framework == 'norse':
        about['layout'] = 'time' if {cls.__name__ for cls in classes} & {'SNN', 'SNNRecurrent'} else 'step'
        parameters = {name: value_of(value) for name, value in module.p._asdict().items()}
        if 'method' in parameters:
            about['surrogate'] = {'name': f'norse.{parameters.pop("method")}', 'alpha': parameters.pop('alpha')}
        about['args'].update(parameters, dt=module.dt)
    return about


def recurrent_of(module):
    """The weights, and their bias, by which a neuron's spikes come back to its layer inside of its module."""
    inner = getattr(module, 'recurrent', getattr(module, 'rec_connect', None))
    for part in inner.modules() if inner is not None else []:
        weight = getattr(part, 'weight', getattr(part, 'V', None))
        if weight is not None:
            return {'recurrent': weight, 'recurrent_bias': getattr(part, 'bias', None)}
    return {'recurrent': getattr(module, 'recurrent_weights', None)}


# What passes through PyTorch


class Gradient:
    """What backward() brings to tensors that are the same, added over calls of it."""

    def __init__(self, *tensors):
        self.first, self.value, self.was_there, self.hooks = tensors[0], None, False, []
        self.start = plain(self.first) if self.first.is_leaf else None  # weights, before an optimiser changes them
        self.watch(*tensors)

    def watch(self, *tensors):
        self.hooks += [tensor.register_hook(self.add) for tensor in tensors if tensor.requires_grad]

    def add(self, gradient):
        if self.value is None and self.first.is_leaf:
            self.was_there = self.first.grad is not None and bool(self.first.grad.any())
        self.value = gradient.detach().clone() if self.value is None else self.value + gradient.detach()

    def array(self):
        return plain(self.first) * 0 if self.value is None else plain(self.value)


class Op:
    """What a step goes through. `parents`: the operations that made what it hears; `calls`: what each call brought."""

    def __init__(self, kind, parents, **fields):
        self.kind, self.parents, self.fields, self.calls, self.trained = kind, parents, fields, [], {}

    def sources(self):
        """The weights or neurons that it hears, through whatever is between."""
        found = [[op] if op.kind in ('weights', 'neuron') else op.sources() for op in self.parents]
        return list(dict.fromkeys(op for ops in found for op in ops))

    def path(self):
        """The operations between the first of these and itself, in this order."""
        between = [op for op in self.parents[:1] if op.kind not in ('weights', 'neuron')]
        return [*between[0].path(), *between] if between else []


POOLS = {'max_pool2d': 'maxpool', 'avg_pool2d': 'avgpool', 'lp_pool2d': 'sumpool'}
SUMS = ('add', '__add__', '__radd__', 'add_', '__iadd__')
#: Functions that hand on the same numbers, in another shape or type.
SHAPING = set(
    'view reshape flatten unflatten stack cat concat unbind split chunk squeeze unsqueeze permute transpose t contiguous float to type clone'
    ' detach movedim swapaxes expand repeat requires_grad_ detach_ retain_grad select narrow __getitem__ __get__ cpu cuda double half'.split()
)


def one_or_both(pair):
    pair = list(pair) if isinstance(pair, (tuple, list)) else [pair]
    return pair[0] if len(set(pair)) == 1 else pair


def mapped(value, change):
    """A nest of tuples, lists and dicts with each tensor changed."""
    if hasattr(value, 'detach'):
        return change(value)
    if isinstance(value, dict):
        return {key: mapped(part, change) for key, part in value.items()}
    if isinstance(value, (tuple, list)):
        parts = [mapped(part, change) for part in value]
        return type(value)(*parts) if hasattr(value, '_fields') else type(value)(parts)
    return value


def tensors_in(value):
    found = []
    mapped(value, found.append)
    return found


def origin(tensor):
    return getattr(tensor, 'asfbp_op', None)


class record(Recorder):
    """The block of one step: while it runs, each call of a module or of PyTorch's functions passes here."""

    def __init__(self, net, path, loss=None, label=None, neurons=None):
        super().__init__()
        self.net, self.path, self.loss, self.own = net, path, {'name': loss} if isinstance(loss, str) else loss, neurons or {}
        self.ops, self.abouts, self.copies, self.notes, self.unknown, self.changed = {}, {}, {}, [], {}, []
        self.inside, self.total, self.is_backward = None, 0, False
        if label is not None:
            self.put('label', label)

    def __enter__(self):
        if self.net is not None:
            import torch
            from torch.overrides import TorchFunctionMode

            class Watch(TorchFunctionMode):
                def __torch_function__(_mode, function, _types, args=(), kwargs=None):
                    return self.ran(function, args, kwargs or {})

            self.torch, self.call, self.watch = torch, torch.nn.Module.__call__, Watch()
            torch.nn.Module.__call__ = lambda module, *args, **kwargs: self.called(module, args, kwargs)
            self.watch.__enter__()
        return self

    def __exit__(self, error, *rest):
        if self.net is not None:
            self.watch.__exit__(error, *rest)
            self.torch.nn.Module.__call__ = self.call
            for hook in [hook for op in self.ops.values() for gradient in op.trained.values() for hook in gradient.hooks]:
                hook.remove()
            for module, name in self.changed:
                setattr(module, name, False)
        if error is None:
            self.save(self.path, {'loss': self.loss} if self.net is None else self.finished())
            print(*(f'asfbp_record: {note}' for note in self.notes), f'npx asf-bp check {self.path}', sep='\n')

    def say(self, note):
        if note not in self.notes:
            self.notes.append(note)

    def ran(self, function, args, kwargs):
        """A function of PyTorch's."""
        name = getattr(function, '__name__', '')
        if name == 'backward':
            self.is_backward, self.total = True, self.total + plain(args[0])
        given = self.product(name, args, kwargs) if self.torch.is_grad_enabled() else None
        if given is not None:
            return self.multiplied(name, given, function, args, kwargs)
        output = function(*args, **kwargs)
        if self.inside is None and name != 'backward':
            self.follow(name, args, kwargs, output)
        return output

    def product(self, name, args, kwargs):
        """The arguments of a function that multiplies by weights: outside of neurons, or by a neuron's input weights."""
        if name in ('linear', 'conv1d', 'conv2d', 'conv3d'):
            given = {**dict(zip(('input', 'weight', 'bias', 'stride', 'padding', 'dilation', 'groups'), args)), **kwargs}
        elif name in ('matmul', 'mm', '__matmul__'):
            right = args[1] if args[1]._base is None else args[1]._base
            given = {'input': args[0], 'weight': right, 'is_turned': right is args[1]}
            if right.ndim != 2 or not (right.is_leaf and right.requires_grad):
                return None
        else:
            return None
        return given if self.inside is None or given['weight'] is getattr(self.inside, 'input_weights', None) else None

    def multiplied(self, name, given, function, args, kwargs):
        weight, bias, heard, source = given['weight'], given.get('bias'), given['input'], origin(given['input'])
        op = self.ops.setdefault(id(weight) if weight.is_leaf else (name, weight.shape, source), Op('weights', [], **given))
        for key, tensor in (('weight', weight), ('bias', bias)):
            if tensor is not None and key not in op.trained:
                op.trained[key] = Gradient(tensor)
            elif tensor is not None and tensor is not op.trained[key].first:  # computed anew, as by weight_norm
                op.trained[key].watch(tensor)
        if source is not None:
            op.parents = op.parents or [source]
            if source.kind == 'neuron' and op in source.sources():
                args = (self.own_tensor(heard), *args[1:])  # recurrent: what comes back is no gradient of the layer's output
        output = function(*args, **kwargs)
        output.asfbp_op = op
        op.calls.append((compact(plain(heard)), Gradient(output)))
        return output

    def follow(self, name, args, kwargs, output):
        """Marks what a function makes by the operation that it is."""
        parents = list(dict.fromkeys(op for op in map(origin, tensors_in([args, kwargs])) if op is not None))
        if not parents:
            return
        op = parents[0]
        if name in POOLS:
            given = dict(zip(('input', 'kernel_size', 'stride', 'padding'), args[:1] + args[2:] if name == 'lp_pool2d' else args))
            size, stride, padding = (one_or_both({**given, **kwargs}.get(key)) for key in ('kernel_size', 'stride', 'padding'))
            other = {'stride': stride or size, 'padding': padding or 0} if (stride or size) != size or padding else {}
            op = self.made('pool', parents, op=POOLS[name], size=size, **other)
        elif name in SUMS and len(parents) > 1:
            op = self.made('sum', parents)
        elif not (name in SHAPING and len(parents) == 1 or name == 'dropout' and not kwargs.get('training', True)):
            op = self.made('unknown', parents, op='unknown', name=name)
        for tensor in tensors_in(output):
            tensor.asfbp_op = op

    def made(self, kind, parents, **fields):
        return self.ops.setdefault((kind, *parents, str(fields)), Op(kind, parents, **fields))

    def called(self, module, args, kwargs):
        """A module: neurons are called with their own tensors, and the user is given copies."""
        about = self.about(module) if self.inside is None and self.torch.is_grad_enabled() else None
        if about is None:
            return self.call(module, *args, **kwargs)
        [heard, *_] = tensors_in([args, kwargs])
        args, kwargs = mapped([args, kwargs], lambda tensor: self.own_tensor(tensor, module))
        self.inside = module
        try:
            output = self.call(module, *args, **kwargs)
        finally:
            self.inside = None
        return self.fired(module, about, self.neuron(module, about, heard), output)

    def about(self, module):
        """What is known of a module; None: it is no neuron, or none that is known."""
        if id(module) not in self.abouts:
            about, cls = describe(module), type(module)
            own = next((self.own[base] for base in cls.__mro__ if base in self.own), None)
            if own is not None:
                own = {key: value(module) if callable(value) else value for key, value in own.items()}
                about = {'framework': None, 'neuron': cls.__name__, 'args': {}, 'layout': 'step', **own}
            elif about is None and not cls.__module__.startswith(('torch.', *NEURONS)) and not any(module.children()):
                self.unknown[cls.__qualname__.split('.')[-1]] = f'{cls.__module__}.{cls.__qualname__}'
            elif about is not None and not cls.__module__.startswith(about['framework']):
                self.say(f'{cls.__module__}.{cls.__qualname__} is taken for the {about["neuron"]} that it is made from')
            if about is not None and about['framework'] in ('spikingjelly', 'sinabs') and getattr(module, 'backend', 'torch') == 'torch':
                for name in ('store_v_seq', 'record_states'):  # they then keep the potentials of a window
                    if getattr(module, name, None) is False:
                        setattr(module, name, True)
                        self.changed.append((module, name))
            self.abouts[id(module)] = (module, about)
        return self.abouts[id(module)][1]

    def own_tensor(self, tensor, module=None):
        """The neuron's own tensor for the copy that the user was given, unless it was changed or detached since."""
        copy, own, maker, function, version = self.copies.get(id(tensor), (None,) * 5)
        is_kept = copy is not None and copy.grad_fn is function and copy._version == version and module in (None, maker)
        return own if is_kept else tensor

    def neuron(self, module, about, heard):
        """The operation that a call is of: a module may be the neurons of several layers, and hears what comes back from step 2 on."""
        source = self.ops.get(id(getattr(module, 'input_weights', None)), origin(heard))
        new = Op('neuron', [source] if source else [], module=module, about=about)
        for op in self.ops.values():
            is_same = set(op.sources()) & set(new.sources()) or not (op.parents or new.parents)
            if op.kind == 'neuron' and op.fields['module'] is module and is_same:
                op.parents = max(op.parents, new.parents, key=lambda parents: len(Op('', parents).sources()))
                return op
        new.trained = {name: Gradient(weight) for name, weight in recurrent_of(module).items() if weight is not None}
        return self.ops.setdefault(('neuron', len(self.ops)), new)

    def fired(self, module, about, op, output):
        """Hands out copies, whose gradients are what leaves the neuron; its own tensors have what flows through its state, too."""
        made, copies, is_integrator = tensors_in(output), {}, INTEGRATOR.match(about['neuron'])
        for tensor in made:
            copies[id(tensor)] = copy = tensor.clone() if tensor.requires_grad else tensor
            copy.asfbp_op = op
            if copy is not tensor:
                self.copies[id(copy)] = (copy, tensor, module, copy.grad_fn, copy._version)

        def steps(array):
            if getattr(module, 'num_timesteps', None):
                array = array.reshape(module.batch_size, module.num_timesteps, *array.shape[1:])
            return array[None] if about['layout'] == 'step' else array.swapaxes(0, 1) if about['layout'] == 'batch' else array

        potentials = [output[-1].v] if isinstance(output, tuple) and hasattr(output[-1], 'v') else made[1:][-1:]
        if is_integrator:
            potentials = [made[0], *potentials]
        call = {} if is_integrator else {'spikes': steps(plain(made[0])), 'dspikes': (steps, Gradient(copies[id(made[0])]))}
        mem = steps(plain(potentials[0])) if potentials else self.kept_in(module, about)
        if mem is not None and mem.shape == call.get('spikes', mem).shape:
            call['mem'] = mem
            call['dmem'] = (steps, Gradient(*(copies[id(tensor)] for tensor in potentials))) if potentials else None
        op.calls.append(call)
        return mapped(output, lambda tensor: copies[id(tensor)])

    def kept_in(self, module, about):
        """The potentials of a call that a module keeps, steps first."""
        if getattr(module, 'recordings', None):
            return plain(module.recordings['v_mem']).swapaxes(0, 1)
        if about['layout'] == 'time' and getattr(module, 'v_seq', None) is not None:
            return plain(module.v_seq)
        kept = [getattr(module, name) for name in ('mem', 'v', 'v_mem') if hasattr(getattr(module, name, None), 'detach')]
        return plain(kept[0])[None] if kept and about['layout'] == 'step' else None

    def finished(self):
        """Puts the arrays of each layer; returns the description."""
        neurons, weights = ([op for op in self.ops.values() if op.kind == kind] for kind in ('neuron', 'weights'))
        for op in neurons:  # weights that hear the neuron which they feed are recurrent
            for back in [source for source in op.sources() if len(op.sources()) > 1 and op in source.sources()]:
                op.trained = {name.replace('weight', 'recurrent').replace('bias', 'recurrent_bias'): part for name, part in back.trained.items()}
                weights.remove(back)
        heard = {op: [layer for layer in op.sources() if layer in weights] for op in neurons}
        framework = next((op.fields['about']['framework'] for op in neurons), None)
        self.measure(weights, [op for op in neurons if heard[op]])
        ops = []
        for n, layer in enumerate(weights, 1):
            fed = [op for op in neurons if layer in heard[op]]
            ops += self.put_weights(n, layer) + (self.put_neuron(n, fed[0]) if fed else [])
            if len(fed) != 1:
                own = ''.join(f'; neurons={{{name}: dict(neuron=…)}} describes {place}' for name, place in self.unknown.items())
                self.say(f'layer {n} feeds {len(fed)} neurons that I know, where the form has one{own}')
        for op in neurons:
            if len(heard[op]) != 1:
                self.say(f'a {op.fields["about"]["neuron"]} hears the weights of {len(heard[op])} layers, where the form has one')
        if self.is_backward:
            self.put('loss', np.atleast_1d(self.total))
        else:
            self.say('no backward() ran in the block: no gradients are recorded')
        if any(gradient.was_there for op in self.ops.values() for gradient in op.trained.values()):
            self.say('weights had gradients before backward(), as without zero_grad(); what this step added is recorded, without them')
        versions = {name: getattr(sys.modules.get(name), '__version__', None) for name in ('torch', 'numpy', framework)}
        of = f'{framework} {versions[framework] or "of unknown version"}' if framework else None
        meta = {'framework': framework, 'of': of, 'T': self.T, 'B': self.B, 'layers': len(weights), 'ops': ops, 'loss': self.loss}
        meta.update(versions={name: str(version) for name, version in versions.items() if version}, notes=[*self.notes])
        self.say(f'{of or "no framework"}, {len(weights)} layers, {self.T} steps, batch {self.B}: {len(self.arrays)} arrays')
        return meta

    def measure(self, weights, neurons):
        """T and B, by the neurons, or else by the first weights."""
        self.T, self.B, self.is_batch_first = 1, 1, False
        trains = [call.get('spikes', call.get('mem')) for op in neurons[:1] for call in op.calls]
        if trains and trains[0] is not None:
            self.T, self.B, self.is_batch_first = sum(map(len, trains)), trains[0].shape[1], neurons[0].fields['about']['layout'] == 'batch'
        elif weights:
            calls = weights[0].calls
            lead = calls[0][0].shape[: 1 - weights[0].fields['weight'].dim()]
            self.T, self.B = lead if len(lead) == 2 else (len(calls), int(np.prod(lead)))

    def by_steps(self, layer, arrays):
        """(T, B, …) of one array a call, or None where these are not T steps."""
        features, first = layer.fields['weight'].dim() - 1, arrays[0].shape
        whole = np.concatenate([array.reshape(-1, *first[len(first) - features :]) for array in arrays])
        if self.T % len(arrays) or len(whole) != self.T * self.B:
            return None
        steps = self.T // len(arrays)
        if self.is_batch_first or len(first) == features + 2 and first[0] != steps:
            whole = whole.reshape(len(arrays), self.B, steps, *whole.shape[1:]).swapaxes(1, 2)
        return whole.reshape(self.T, self.B, *first[len(first) - features :])

    def put_weights(self, n, layer):
        """Weights, what they hear, and their gradients. Returns what a step goes through from the neuron before to here."""
        path, before, spikes = layer.path(), layer.sources(), self.arrays.get(f'layer{n - 1}.spikes')
        heard = self.by_steps(layer, [heard for heard, _ in layer.calls])
        if heard is None:
            self.say(f'layer {n} is computed {len(layer.calls)} times for {self.T} steps: without dcurrent')
            heard = np.stack([heard for heard, _ in layer.calls])
            heard = np.broadcast_to(heard[0], (self.T, *heard.shape[1:])) if len(heard) == n == 1 else heard
        elif self.is_backward:
            self.put(f'layer{n}.dcurrent', self.by_steps(layer, [gradient.array() for _, gradient in layer.calls]))
        is_sent = before and before[0].kind == 'neuron' and all(op.kind == 'pool' for op in path)
        is_other = not path and spikes is not None and not (spikes.size == heard.size and np.array_equal(spikes.ravel(), heard.ravel()))
        self.put('input' if n == 1 else f'layer{n}.input', heard)
        if n > 1 and is_sent and not is_other:
            del self.arrays[f'layer{n}.input']
        elif n > 1:
            self.say(f'layer {n} hears something else than the spikes of layer {n - 1} of that step: recorded as layer{n}.input')
        for name, gradient in layer.trained.items():
            turn = np.transpose if name == 'weight' and layer.fields.get('is_turned') else np.asarray
            self.put(f'layer{n}.{name}', turn(plain(gradient.first) if gradient.start is None else gradient.start))
            self.put_gradient(f'layer{n}.d{name[0]}', gradient, turn)
        ops = [op.fields for op in path if op.kind != 'sum'] if n > 1 else []
        kernel, padding = layer.fields['weight'].shape[2:], layer.fields.get('padding', 0)
        if not kernel:
            return [*ops, *([{'op': 'flatten'}] if spikes is not None and spikes.ndim > 3 else []), {'op': 'linear', 'layer': n}]
        padding = one_or_both([size // 2 for size in kernel] if padding == 'same' else 0 if padding == 'valid' else padding)
        name = 'conv' if len(kernel) == 2 else f'conv{len(kernel)}d'
        stride, dilation, groups = (one_or_both(layer.fields.get(name, 1)) for name in ('stride', 'dilation', 'groups'))
        conv = {'op': name, 'layer': n, 'kernel': one_or_both(kernel), 'padding': padding, 'stride': stride}
        return [*ops, {**conv, **({} if dilation == groups == 1 else {'dilation': dilation, 'groups': groups})}]

    def put_gradient(self, key, gradient, turn=np.asarray):
        if self.is_backward and gradient.hooks:
            self.put(key, turn(gradient.array()))
            if gradient.value is None:
                self.say(f'{key} is 0: no gradient reached these weights')

    def put_neuron(self, n, neuron):
        """What neurons send and keep. Returns what a step goes through from their weights to them."""
        for key in ('spikes', 'mem'):
            if all(key in call for call in neuron.calls):
                self.put(f'layer{n}.{key}', np.concatenate([call[key] for call in neuron.calls]))
            gradients = [call[f'd{key}'] for call in neuron.calls if call.get(f'd{key}')]
            if self.is_backward and gradients and (key == 'spikes' or any(gradient.value is not None for _, gradient in gradients)):
                self.put(f'layer{n}.d{key}', np.concatenate([steps(gradient.array()) for steps, gradient in gradients]))
        count = len(self.arrays.get(f'layer{n}.spikes', range(self.T)))
        if count != self.T:
            self.say(f'the neurons of layer {n} make {count} steps, and those of layer 1 {self.T}')
        for name, gradient in neuron.trained.items():
            self.put(f'layer{n}.{name}', gradient.start)
            self.put_gradient(f'layer{n}.d{name}', gradient)
        path = [op.fields for op in neuron.path() if op.kind != 'sum']
        for op in [op for op in path if op['op'] == 'unknown']:
            self.say(f'{op["name"]}() stands between the weights and neurons of layer {n}: the form has no such operation')
        described = {key: about for key, about in neuron.fields['about'].items() if key not in ('framework', 'layout')}
        return [*path, {'op': 'neuron', 'layer': n, **described}]
