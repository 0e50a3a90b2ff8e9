"""Records one training step by surrogate gradients in PyTorch, for `npx asf-bp check`. A block runs one step, from rest:

    from asfbp_record import record
    with record(net, 'step.npz'):
        loss = loss_fn(net(x), y); loss.backward()
docs/surrogates.md has details. `Recorder` is for ASF-BP, and for manual steps without PyTorch.
"""

import json
import sys
from pathlib import Path

import numpy as np

def plain(array):
    """A copy in NumPy, because frameworks write into their arrays later."""
    if hasattr(array, 'detach'):
        array = array.detach().cpu()
        array = array.float() if str(array.dtype) == 'torch.bfloat16' else array
    return np.array(array)

def compact(array):
    """Converts whole numbers that fit to bytes, because most of a recording is spikes."""
    fits = array.dtype == bool or array.dtype.kind == 'f' and bool(np.all((array >= 0) & (array <= 255) & (array % 1 == 0)))
    return array.astype(np.uint8) if fits else array

class Gradient:
    """The gradient of equal tensors, summed over calls of backward(); `steps` moves time and batch to the front."""
    def __init__(self, *tensors, steps=np.asarray):
        self.first, self.steps, self.value, self.was_there = tensors[0], steps, None, False
        self.start = plain(self.first) if self.first.is_leaf else None  # weights before an optimiser changes them
        self.tensors, self.hooks = [tensor for tensor in tensors if tensor.requires_grad], []
        self.listen()

    def listen(self):
        """Hears gradients after all hooks so far, which may change them."""
        self.remove()
        self.hooks = [type(tensor).register_hook(tensor, self.add) for tensor in self.tensors]

    def remove(self):
        for hook in self.hooks:
            hook.remove()

    def add(self, gradient):
        if self.value is None and self.first.is_leaf:
            self.was_there = self.first.grad is not None and bool(self.first.grad.any())
        self.value = gradient.detach().clone() if self.value is None else self.value + gradient.detach()

    def array(self):
        return self.steps(plain(self.first) * 0 if self.value is None else plain(self.value))

class Recorder:
    def __init__(self, network=None, variant='paper', optimiser=None):
        """Before the step: records the optimiser's rate, decay and state."""
        self.network = json.loads(Path(network).read_text()) if isinstance(network, (str, Path)) else network
        self.variant, self.optimiser = variant, optimiser
        self.arrays, self.trains, self.weights, self.hooks = {}, {}, {}, []
        if optimiser is not None:
            self.put('learningRate', optimiser.param_groups[0]['lr'])
            self.put('weightDecay', optimiser.param_groups[0]['weight_decay'])

    def gradient(self, *tensors, **steps):
        self.hooks.append(Gradient(*tensors, **steps))
        return self.hooks[-1]

    def put(self, key, array):
        self.arrays[key] = compact(plain(array)) if key.endswith(('input', '.spikes')) else plain(array)

    def each(self, **lists):
        for what, arrays in lists.items():
            for n, array in enumerate(arrays, 1):
                if array is not None:
                    steps = [plain(step) for step in array] if isinstance(array, (list, tuple)) else array
                    self.put(f'layer{n}.{what.replace("_", ".")}', steps)

    def layer(self, n, synapses=None, neuron=None):
        for key, module in ((f'layer{n}.current', synapses), (f'layer{n}.spikes', neuron)):
            train = self.trains.setdefault(key, [])
            if module is not None:
                self.hooks.append(module.register_forward_hook(lambda _module, _inputs, output, train=train: train.append(plain(output))))
        weight = getattr(synapses, 'weight', None)
        if weight is not None:
            self.weights[n] = self.gradient(weight)
            self.put(f'layer{n}.weight', weight)
            self.put_moments(n, '.before')

    def save(self, path, meta=None):
        for hook in self.hooks:
            hook.remove()
        for key, train in self.trains.items():  # a call after the window, for example of an equivalent network, does not belong to it
            if len(train) >= self.network['timeWindow']:
                self.put(key, np.stack(train[: self.network['timeWindow']]))
        for n, gradient in self.weights.items():
            if gradient.value is not None:
                self.put(f'layer{n}.dw', gradient.value)
            if self.optimiser is not None:
                self.put(f'layer{n}.weight.after', gradient.first)
                self.put_moments(n)
        meta = json.dumps(meta or {'network': self.network, 'variant': self.variant}, default=value_of)
        np.savez(path, meta=np.array(json.dumps(json.loads(meta, parse_constant=str))), **self.arrays)  # JSON has no Infinity, so it becomes text

    def put_moments(self, n, when=''):
        state = {} if self.optimiser is None else self.optimiser.state.get(self.weights[n].first, {})  # Adam's state, if it has made a step
        for key, name in ((f'layer{n}.m{when}', 'exp_avg'), (f'layer{n}.v{when}', 'exp_avg_sq'), ('step', 'step')):
            if name in state:
                self.put(key, int(state[name]) + bool(when) if name == 'step' else state[name])

#: No framework is imported. A neuron is recognised by the module of its class, and by an attribute.
NEURONS = dict(snntorch=('snntorch._neurons.', 'threshold'), spikingjelly=('spikingjelly.activation_based.neuron', 'step_mode'))
NEURONS.update(norse=('norse.torch.module.', 'dt'), sinabs=('sinabs.layers.', 'spike_fn'))
ARGUMENTS = (  # attributes that are arguments and change a neuron's results
    'beta alpha threshold reset_mechanism reset_delay graded_spikes_factor inhibition state_quant R C time_step'  # snnTorch
    ' tau decay_input v_threshold v_reset detach_reset dt autapses'  # SpikingJelly, Norse
    ' tau_mem tau_syn alpha_mem alpha_syn spike_threshold spike_fn reset_fn min_v_mem norm_input'  # Sinabs
).split()
INTEGRATORS = 'LI LICell LILinearCell LIBox LIBoxCell NonSpikingIFNode NonSpikingLIFNode ExpLeak ExpLeakSqueeze'.split()

def value_of(value):
    """Converts a value to JSON: binary32 in the shortest decimals; a function or an object by its name."""
    if hasattr(value, 'detach'):
        numbers = [float(str(number)) for number in plain(value).ravel()]
        return numbers[0] if len(numbers) == 1 else numbers
    return value if value is None or isinstance(value, (bool, int, float, str)) else getattr(value, '__name__', type(value).__name__)

def numbers_of(thing):
    """The public numbers of a dataclass or of a surrogate's module."""
    return {name: value for name, value in vars(thing).items() if type(value) in (int, float) and not name.startswith('_')}

def surrogate_of(spike):
    """{name, numbers} of a surrogate: a closure over its constants, the apply of an autograd function, or an object."""
    if hasattr(spike, '__code__') and not hasattr(spike, '__self__'):
        owner, constants = spike, {name: value_of(cell.cell_contents) for name, cell in zip(spike.__code__.co_freevars, spike.__closure__ or ())}
    else:
        owner = getattr(spike, '__self__', spike)
        owner, constants = (owner, {}) if isinstance(owner, type) else (type(owner), numbers_of(owner))
    return {'name': f'{owner.__module__.split(".")[0]}.{owner.__qualname__.split(".<locals>")[0]}', **constants}

def describe(module):
    """A neuron as the file describes it, and its `layout`: one step per call, or time or batch in front. None: no neuron."""
    found = {name: [cls for cls in type(module).__mro__ if cls.__module__.startswith(place)] for name, (place, _) in NEURONS.items()}
    framework = next((name for name, (_, mark) in NEURONS.items() if found[name] and hasattr(module, mark)), None)
    if framework is None or 'Encoder' in found[framework][0].__name__:
        return None
    names, args = [cls.__name__ for cls in found[framework]], {}
    for name in ARGUMENTS:
        value = getattr(module, name, None)
        if value is not None or name in ('v_reset', 'spike_fn') and hasattr(module, name):
            args[name] = value_of(value)
            if hasattr(value, '__dataclass_fields__'):  # Sinabs' spike_fn and reset_fn
                args.update({field.replace('max_num_spikes_per_bin', 'most'): number for field, number in numbers_of(value).items()})
    is_timed = getattr(module, 'step_mode', 's') == 'm' or {'SNN', 'SNNRecurrent'} & set(names)
    layout = 'batch' if framework == 'sinabs' else 'time' if is_timed else 'step'
    about = {'framework': framework, 'neuron': names[0], 'args': args, 'layout': layout, 'training': module.training}
    for name in ('spike_grad', 'surrogate_function', 'surrogate_grad_fn'):
        if getattr(module, name, None) is not None and getattr(module, 'spike_fn', True) is not None:
            about['surrogate'] = surrogate_of(getattr(module, name))
    if 'Parametric' in names[0]:
        args['tau'] = value_of(1 / module.w.sigmoid())
    if framework == 'norse':
        args.update({name: value_of(value) for name, value in module.p._asdict().items()})
        if 'method' in args:
            about['surrogate'] = {'name': f'norse.{args.pop("method")}', 'alpha': args.pop('alpha')}
    return about

#: The names in the file for the weights of a neuron's module.
WEIGHTS = dict(weight='recurrent', V='recurrent', recurrent_weights='recurrent', bias='recurrent_bias', input_weights=None)

def recurrent_of(module):
    """The recurrent weights inside a neuron's module, and their bias."""
    inner = getattr(module, 'recurrent', getattr(module, 'rec_connect', None))
    parts = [] if inner is None else [part for part in inner.modules() if hasattr(part, 'weight') or hasattr(part, 'V')]
    part = [*parts, module][0]
    return {key: getattr(part, name) for name, key in WEIGHTS.items() if key and hasattr(getattr(part, name, None), 'detach')}

NOWHERE = ((), ())
OWN = 'a hook of a module, or an autograd function, by view_as'
NO_WEIGHTS = 'it hears no weights that I know: those of F.linear and of convolutions'
IDLE = 'no gradient reaches it, as under no_grad() or through sign(); requires_grad_(False) says that this is on purpose'
POOLS = {'max_pool2d': 'maxpool', 'avg_pool2d': 'avgpool', 'lp_pool2d': 'sumpool'}
SHAPING = set(  # functions that return the same numbers, in another shape or type
    'view reshape flatten unflatten stack cat concat unbind split chunk squeeze unsqueeze permute transpose t contiguous float to type'
    ' clone detach movedim swapaxes expand repeat requires_grad_ detach_ retain_grad select narrow __getitem__ __setitem__ __get__ double half'.split()
)

def is_turned(name, given, output):
    """Whether the axes (C,H,W) of a map change places."""
    return name in ('permute', 'transpose', 'movedim', 'swapaxes') and given[0].ndim > 3 and given[0].stride()[-3:] != output.stride()[-3:]

class Op:
    """Weights or neurons. `came`: the sources of its input, and the operations between; `calls`: the arrays of each call."""
    def __init__(self, kind, came, **fields):
        self.kind, self.came, self.fields, self.calls, self.trained = kind, came, fields, [], {}

def mapped(value, change):
    """Nested tuples and lists, with `change` applied to each tensor."""
    if hasattr(value, 'detach'):
        return change(value)
    if isinstance(value, (tuple, list)):
        parts = [mapped(part, change) for part in value]
        return type(value)(*parts) if hasattr(value, '_fields') else type(value)(parts)
    return value

def tensors_in(value):
    found = []
    mapped(value, found.append)
    return found

def noted(method):
    """An unknown operation does not stop the program: it is named, and all else is recorded."""
    def run(self, what, *args):
        try:
            return method(self, what, *args)
        except Exception as error:
            self.notes.append(f'{str(what).splitlines()[0]}: {method.__name__}() of the recorder failed on it, {error!r}')

    return run

class record(Recorder):
    """The block of one step. While it runs, it sees each call of a module or of PyTorch's functions."""
    def __init__(self, net, path, loss=None, label=None, neurons=None):
        super().__init__()
        self.path, self.loss, self.own = path, {'name': loss} if isinstance(loss, str) else loss, neurons or {}
        if not all(isinstance(own, dict) and isinstance(own.get('neuron', ''), (str, type(plain))) for own in getattr(self.own, 'values', lambda: [0])()):
            raise TypeError(f"record: neurons= expected {{MyLIF: dict(framework='snntorch', neuron='Leaky', …)}}, your class and names as texts, got {neurons}")
        self.ops, self.abouts, self.unknown, self.notes, self.changed, self.lost, self.seen = {}, {}, {}, [], [], set(), set()
        parameters = [pair for pair in getattr(net, 'named_parameters', list)() if pair[1].requires_grad]
        self.parameters = {parameter.data_ptr(): (name, self.gradient(parameter)) for name, parameter in parameters}
        self.inside, self.total, self.is_partial, self.stops = None, None, False, []
        self.arrays.update({} if label is None else {'label': plain(label)})

    def __enter__(self):
        import torch

        class Watch(torch.overrides.TorchFunctionMode):
            def __torch_function__(_mode, function, _types, args=(), kwargs=None):
                return self.ran(function, args, kwargs or {})

        def backward(tensors, *args, function=torch.autograd.backward, **kwargs):  # Tensor.backward() calls this too
            self.total = sum(map(plain, tensors_in([tensors]))) + (0 if self.total is None else self.total)
            self.lost.update(op for tensor in tensors_in([tensors]) for op in getattr(tensor, 'asfbp_came', NOWHERE)[0])
            self.is_partial |= function is not self.back or bool(kwargs.get('inputs'))
            for _, gradient in self.parameters.values():
                gradient.listen()
            return function(tensors, *args, **kwargs)

        self.torch, self.call, self.back, self.watch = torch, torch.nn.Module.__call__, torch.autograd.backward, Watch()
        torch.nn.Module.__call__ = lambda module, *args, **kwargs: self.called(module, args, kwargs)
        torch.autograd.backward = self.backward = backward
        self.watch.__enter__()
        return self

    def __exit__(self, error, *rest):
        self.watch.__exit__(error, *rest)
        self.torch.nn.Module.__call__, self.torch.autograd.backward = self.call, self.back
        for hook in self.hooks:
            hook.remove()
        for module, name in self.changed:
            setattr(module, name, False)
        if error is None:
            self.save(self.path, self.finished('the step') or {'ops': [], 'notes': self.notes})
            print(*(f'asfbp_record: {note}' for note in dict.fromkeys(self.notes)), f'npx asf-bp check {self.path}', sep='\n')

    def ran(self, function, args, kwargs):
        name, op = getattr(function, '__name__', ''), None
        if name in ('linear', 'conv1d', 'conv2d', 'conv3d') and self.torch.is_grad_enabled():
            given = {**dict(zip(('input', 'weight', 'bias', 'stride', 'padding', 'dilation', 'groups'), args)), **kwargs}
            if self.inside is None or given['weight'] is getattr(self.inside, 'input_weights', None):
                op = self.multiplied(name, given)
        if op is not None and any(source.kind == 'neuron' and op in source.came[0] for source in getattr(args[0], 'asfbp_came', NOWHERE)[0]):
            args = (self.own_tensor(args[0]), *args[1:])  # recurrent: the returned gradient is not that of the layer's output
        output = self.backward(*args, function=function, **kwargs) if name == 'grad' else function(*args, **kwargs)
        if op is not None:
            output.asfbp_came = ((op,), ())
            op.calls.append({'heard': compact(plain(given['input'])), 'dcurrent': self.gradient(output)})
        elif self.inside is None:
            self.follow(name, args, kwargs, output)
        return output

    def parameter_of(self, weight):
        """The gradient of the parameter with these numbers in this order. A view such as W.t() is another array."""
        gradient = self.parameters.get(weight.data_ptr(), (None, None))[1]
        is_same = gradient is not None and (gradient.first.shape, gradient.first.stride()) == (weight.shape, weight.stride())
        return gradient if is_same else None

    def multiplied(self, name, given):
        weight, came = given['weight'], getattr(given['input'], 'asfbp_came', NOWHERE)
        is_own = self.parameter_of(weight) is not None or weight.requires_grad and weight.is_leaf  # or .data of a parameter
        op = self.ops.setdefault(weight.data_ptr() if is_own else (weight.shape, came[0]), Op('weights', came, **given))
        if weight.requires_grad and not weight.is_leaf:
            self.notes.append('weights are computed from other parameters, whose gradients are not judged')
        for key in [key for key in ('weight', 'bias') if given.get(key) is not None]:
            gradient = op.trained[key] = op.trained.get(key) or self.parameter_of(given[key]) or self.gradient(given[key])
            if given[key] is not gradient.first and given[key].requires_grad:  # computed again, for example by weight_norm
                given[key].register_hook(gradient.add)
        op.came = op.came if op.came[0] else came
        self.stops += [] if self.total is None else ['a second forward pass']
        return op

    def follow(self, name, args, kwargs, output):
        given = tensors_in([args, [*kwargs.values()]])
        self.seen.update(tensor.data_ptr() for tensor in given if self.total is None)
        parents = [tensor.asfbp_came for tensor in given if hasattr(tensor, 'asfbp_came')]
        sources, path = tuple(dict.fromkeys(op for came in parents for op in came[0])), parents[0][1] if parents else ()
        if name in POOLS:
            sizes = dict(zip(('input', 'kernel_size', 'stride', 'padding'), args[:1] + args[2:] if name == 'lp_pool2d' else args))
            size, stride, padding = ({**sizes, **kwargs}.get(key) for key in ('kernel_size', 'stride', 'padding'))
            path += ({'op': POOLS[name], 'size': size, 'stride': stride or size, 'padding': padding or 0},)
        elif len(sources) > 1 and 'add' not in name or len(sources) == 1 and (name not in SHAPING or is_turned(name, given, output)):
            path += () if name == 'dropout' and not kwargs.get('training', True) else ({'op': 'unknown', 'name': OWN if name == 'view_as' else name},)
        for tensor in tensors_in(args[0] if name == '__setitem__' else output) if sources else []:
            tensor.asfbp_came = (sources, path)

    def called(self, module, args, kwargs):
        """Calls a module. A neuron gets its own tensors, and the user gets copies, whose gradients are those of its output."""
        about = self.about(module) if self.inside is None else None
        heard = (tensors_in([args, *kwargs.values()]) or [None])[0]
        op = about and self.neuron(module, about, heard) if self.torch.is_grad_enabled() else None
        if op is None:
            return self.call(module, *args, **kwargs)
        self.inside = module
        # Behind an unknown operation, a current gets its gradient in each call.
        alone = heard.view_as(heard) if any(part['op'] == 'unknown' for part in op.came[1]) else heard
        args, *given = (mapped(part, lambda tensor: alone if tensor is heard is not alone else self.own_tensor(tensor, module)) for part in (args, *kwargs.values()))
        kwargs = dict(zip(kwargs, given))
        output = self.call(module, *args, **kwargs)
        self.inside, made, copies = None, tensors_in(output), {}
        for own in made:
            is_first = getattr(heard, 'requires_grad', False) and own.is_floating_point() and not own.requires_grad
            copies[id(own)] = copy = (own.detach().requires_grad_() if is_first else own).clone()  # its input affects later steps
            copy.asfbp_came, copy.asfbp_own = ((op,), ()), (own, module, copy.grad_fn, copy._version)
            if own.requires_grad:
                copy.register_hook = own.register_hook  # a hook of the user changes all that goes back through the output
        shown = [part for part in output if hasattr(part, 'detach')] if isinstance(output, tuple) else made
        potentials = [output[-1].v] if isinstance(output, tuple) and hasattr(output[-1], 'v') else (shown[1:] or made[1:])[-1:]
        self.fired(module, about, made, potentials, copies, op, alone)
        return mapped(output, lambda own: copies[id(own)])

    def own_tensor(self, tensor, module=None):
        """The neuron's own tensor for a copy of the user, unless the copy was changed or detached."""
        own, maker, function, version = getattr(tensor, 'asfbp_own', (None,) * 4)
        is_same = own is not None and tensor.grad_fn is function and tensor._version == version and module in (None, maker)
        return own if is_same and tensor.equal(own) else tensor  # a change through .data leaves the version

    def about(self, module):
        if id(module) in self.abouts:
            return self.abouts[id(module)][1]
        about, cls = describe(module), type(module)
        own = next((self.own[base] for base in cls.__mro__ if base in self.own), None)
        if own is not None:
            own = {key: value(module) if callable(value) else value for key, value in own.items()}
            about = {**(about or {'framework': None, 'neuron': cls.__name__, 'args': {}, 'layout': 'step'}), **own}
        elif about is None and ('neuron' in cls.__module__ or not (cls.__module__.startswith(('torch.', *NEURONS)) or any(module.children()))):
            self.unknown[cls.__qualname__.split('.')[-1]] = f'{cls.__module__}.{cls.__qualname__}'
        elif about is not None and not cls.__module__.startswith(about['framework']):
            self.notes.append(f'{cls.__module__}.{cls.__qualname__} is taken for the {about["neuron"]} that it is made from')
        if about is not None and about['framework'] != 'norse' and getattr(module, 'backend', 'torch') == 'torch':
            for name in [name for name in ('store_v_seq', 'record_states') if getattr(module, name, None) is False]:
                setattr(module, name, True)  # SpikingJelly and Sinabs then store the potentials of a window
                self.changed.append((module, name))
        self.abouts[id(module)] = (module, about)
        return about

    def neuron(self, module, about, heard):
        """The operation of a call. One module may be the neurons of several layers."""
        came, weight = getattr(heard, 'asfbp_came', NOWHERE), getattr(module, 'input_weights', None)
        if weight is not None:
            came = ((self.ops.setdefault(weight.data_ptr(), Op('weights', came, weight=weight)),), ())
        op = self.ops.setdefault(('neuron', id(module), came[0]), Op('neuron', came, module=module, about=about))
        op.trained = op.trained or {name: self.parameter_of(weight) or self.gradient(weight) for name, weight in recurrent_of(module).items()}
        return op

    def fired(self, module, about, made, potentials, copies, op, heard):
        """Records a call: spikes, potentials (returned, or stored in the module), and later their gradients."""
        spikes = made[0]
        def steps(array):
            if array.ndim == spikes.ndim and getattr(module, 'num_timesteps', None):  # Sinabs' squeezed layers
                array = array.reshape(module.batch_size, module.num_timesteps, *array.shape[1:])
            return array[None] if about['layout'] == 'step' else array.swapaxes(0, 1) if about['layout'] == 'batch' else array

        is_silent = about['neuron'] in INTEGRATORS or about['args'].get('spike_fn', True) is None
        potentials = [spikes, *potentials] if is_silent else potentials
        sent = {'spikes': compact(steps(plain(spikes))), 'dspikes': self.gradient(copies[id(spikes)], steps=steps)}
        kept = [(getattr(module, 'recordings', None) or {}).get('v_mem'), *(getattr(module, name, None) for name in ('v_seq', 'mem', 'v'))]
        shown = [tensor for tensor in [*potentials, *kept] if hasattr(tensor, 'detach') and tensor.numel() == spikes.numel()]
        mem = {'mem': steps(plain(shown[0]))} if shown else {}
        if potentials and shown:
            mem['dmem'] = self.gradient(*{copies[id(own)] for own in potentials}, steps=steps)
        if any(part['op'] == 'unknown' for part in op.came[1]):  # between weights and neurons
            mem.update(current=steps(plain(heard)), dcurrent=self.gradient(heard, steps=steps))
        op.calls.append(mem if is_silent or np.inf in map(value_of, about['args'].values()) else {**sent, **mem})  # no potential is above an infinite threshold

    def finished(self, _what):
        """Records the arrays of each layer. Returns the description."""
        neurons, weights = ([op for op in self.ops.values() if op.kind == kind and op.calls] for kind in ('neuron', 'weights'))
        for op in neurons:  # weights whose input is the output of the neurons that they feed are recurrent
            for back in [source for source in op.came[0] if len(op.came[0]) > 1 and op in source.came[0]]:
                op.trained = {{'weight': 'recurrent', 'bias': 'recurrent_bias'}[key]: gradient for key, gradient in back.trained.items()}
                weights.remove(back)
        heard = {op: [layer for layer in op.came[0] if layer in weights] for op in neurons}
        timed = next((op for op in neurons if heard[op]), Op('', (), about={'framework': None, 'layout': 'step'}))
        trains = [call.get('spikes', call.get('mem')) for call in timed.calls]
        first = weights[0].calls if weights else [{'heard': np.zeros((1, 1))}]
        self.T, self.B = (sum(map(len, trains)), trains[0].shape[1]) if trains else (len(first), len(first[0]['heard']))
        framework, self.is_batch_first, ops = timed.fields['about']['framework'], timed.fields['about']['layout'] == 'batch', []
        unheard = [op for op in neurons if not heard[op]]
        if weights[1:] and not any(weights[-1] in layers for layers in heard.values()) and self.heard_by(weights[-1]) is None:
            unheard.append(weights.pop())
            self.notes.append(f'layer {len(weights) + 1}, the last, is not computed once a step: it and the loss are not judged')
            self.lost.add(unheard[-1])
        if self.lost & set(unheard):  # the loss is of no layer that is judged
            self.loss = None
        self.notes += [] if weights else [f'no layer: a neuron is not judged if {NO_WEIGHTS}'] if neurons else ['no layer, and no neuron that I know']
        self.layers = weights
        for n, layer in enumerate(weights, 1):
            fed = [op for op in neurons if layer in heard[op]]
            own = self.put_neuron(n, fed[0], layer) or [] if fed else []
            ops += [*(self.put_weights(n, layer) or []), *own]
            if fed and fed[0].fields['about']['framework'] == 'spytorch':  # it receives a current in a later step
                self.arrays.pop(f'layer{n}.dcurrent', None)
            for name, gradient in [*layer.trained.items(), *(fed[0].trained.items() if fed else ())]:
                key = f'layer{n}.d{name[0] if name in ("weight", "bias") else name}'
                self.put(f'layer{n}.{name}', gradient.first if gradient.start is None else gradient.start)
                if self.has_reached(gradient):
                    self.put(key, gradient.array())
                    self.notes += [] if gradient.value is not None else [f'{key} is 0: no gradient reached these weights']
            if len(fed) != 1:
                own = ''.join(f'; neurons={{{name}: dict(neuron=…)}} describes {place}' for name, place in self.unknown.items())
                self.notes.append(f'layer {n} feeds {len(fed)} neurons that I know, where the form has one{own}')
        stray = [(op.fields['about']['neuron'], len(layers)) for op, layers in heard.items() if len(layers) != 1]
        self.notes += [f'a {name} hears the weights of {count} layers, where the form has one' for name, count in stray if count > 0]
        ops = [*({'op': 'unknown', 'name': name} for name in dict.fromkeys(self.stops)), *ops]
        used = [gradient for op in self.ops.values() for gradient in op.trained.values()]
        lost = {place: own for place, own in self.parameters.items() if own[1] not in used and not np.any(own[1].array())}
        idle = [name for place, (name, gradient) in lost.items() if place in self.seen and gradient.first.ndim > 1]
        self.arrays.update({} if self.total is None else {'loss': np.atleast_1d(self.total)})
        if any(gradient.was_there for gradient in used):
            self.notes.append('weights had gradients before backward(), as without zero_grad(); recorded is what this step added to them')
        versions = {name: str(getattr(sys.modules.get(name), '__version__', 'unknown')) for name in ('torch', 'numpy', framework) if name}
        meta = {'framework': framework, 'of': framework and f'{framework} {versions[framework]}', 'T': self.T, 'B': self.B}
        meta.update(layers=len(weights), ops=ops, loss=self.loss, versions=versions, notes=list(dict.fromkeys(self.notes)))
        unjudged = {f'a {name}': NO_WEIGHTS for name, count in stray if count == 0}
        unjudged.update(dict.fromkeys(idle if not self.is_partial and self.total is not None else [], IDLE))
        meta.update({'unjudged': unjudged} if unjudged else {})
        self.notes.append(f'{framework or "no framework"}, {len(weights)} layers, T {self.T}, B {self.B}: {len(self.arrays)} arrays')
        return meta

    def has_reached(self, gradient):
        """Whether a gradient is needed: frozen layers have none, and grad() stops at its inputs."""
        return self.total is not None and bool(gradient.hooks) and not (self.is_partial and gradient.value is None)

    def by_steps(self, arrays, features):
        """(T, B, …) from one array per call, or None if these are not T steps; `features`: axes of a sample."""
        sample, parts = arrays[0].shape[arrays[0].ndim - features :], []
        for array in arrays:
            steps = array.size // max(1, self.B * int(np.prod(sample)))
            is_turned = self.is_batch_first or array.ndim == features + 2 and len(array) != steps
            if array.size != steps * self.B * np.prod(sample):
                return None
            parts.append(array.reshape(self.B, steps, *sample).swapaxes(0, 1) if is_turned else array.reshape(steps, self.B, *sample))
        return np.concatenate(parts) if sum(map(len, parts)) == self.T else None

    def heard_by(self, layer):
        return self.by_steps([call['heard'] for call in layer.calls], layer.fields['weight'].ndim - 1)

    def put_weights(self, n, layer):
        """Records weights, their inputs and gradients. Returns the operations from the neuron before to the weights."""
        spikes, shape, (before, path) = self.arrays.get(f'layer{n - 1}.spikes'), layer.fields['weight'].shape, layer.came
        all_heard, heard = [call['heard'] for call in layer.calls], self.heard_by(layer)
        if heard is None:
            self.notes.append(f'layer {n} is computed {len(all_heard)} times for {self.T} steps: without dcurrent')
            self.stops += [f'layer {n}, computed more than once a step, as where layers share weights'] if len(all_heard) > self.T else []
            heard = np.broadcast_to(all_heard[0], (self.T, *all_heard[0].shape)) if len(all_heard) == n == 1 else np.stack(all_heard)
        elif f'layer{n}.current' not in self.arrays and any(self.has_reached(call['dcurrent']) for call in layer.calls):
            self.put(f'layer{n}.dcurrent', self.by_steps([call['dcurrent'].array() for call in layer.calls], len(shape) - 1))
        is_same = spikes is not None and np.array_equal(spikes.ravel(), heard.ravel())
        if n > 1 and before and before[0].kind == 'neuron' and self.layers[n - 2] not in before[0].came[0]:
            path = [{'op': 'unknown', 'name': f'neurons that layer {n - 1} does not feed, by forward'}]
        is_sent = before and before[0].kind == 'neuron' and all(op['op'] != 'unknown' for op in path)
        skips = [f'layer {m}' for m, other in enumerate(self.layers, 1) if m > n and before and before[0] in other.came[0]]
        skips += ['the loss'] if before and before[0] in self.lost else []
        if n == 1:
            self.put('input', heard)
        elif skips:
            self.put(f'layer{n}.input', heard)
            self.notes.append(f'layer {n - 1} feeds layer {n} and {" and ".join(skips)}: the way back to it is not judged')
        elif not is_sent or not path and not is_same:
            self.put(f'layer{n}.input', heard)
        ops = [*path] if n > 1 else []
        if len(shape) == 2:
            return [*ops, *([{'op': 'flatten'}] if spikes is not None and spikes.ndim > 3 else []), {'op': 'linear', 'layer': n}]
        padding = {'same': [size // 2 for size in shape[2:]], 'valid': 0}.get(str(layer.fields.get('padding')), layer.fields.get('padding', 0))
        sizes = {name: layer.fields.get(name, 1) for name in ('stride', 'dilation', 'groups')}
        return [*ops, {'op': 'conv' if len(shape) == 4 else f'conv{len(shape) - 2}d', 'layer': n, 'padding': padding, **sizes}]

    def put_neuron(self, n, neuron, layer):
        """Records spikes and potentials of neurons. Returns the operations from their weights to them."""
        for key in ('current', 'spikes', 'mem', 'dcurrent', 'dspikes', 'dmem'):
            parts = [call[key] for call in neuron.calls if key in call]
            if key[0] == 'd' and not any(map(self.has_reached, [*parts, *(call['dcurrent'] for call in layer.calls)])):
                continue
            train = np.concatenate([part.array() if isinstance(part, Gradient) else part for part in parts]) if parts else np.zeros(0)
            if parts and key != 'dmem' or train.any():
                self.put(f'layer{n}.{key}', train)
                self.notes += [f'{key} of layer {n} are of {len(train)} steps, not of {self.T}'] if len(train) != self.T else []
        own = [name for name, value in neuron.fields['module'].named_parameters(recurse=False) if value.requires_grad and name not in WEIGHTS]
        self.notes += [f'{name} of layer {n} is trained: its gradient is not judged' for name in own]
        described = {key: value for key, value in neuron.fields['about'].items() if key != 'layout'}
        return [*neuron.came[1], {'op': 'neuron', 'layer': n, **described}]

for name in ('about', 'neuron', 'multiplied', 'follow', 'fired', 'finished', 'put_weights', 'put_neuron'):
    setattr(record, name, noted(getattr(record, name)))
