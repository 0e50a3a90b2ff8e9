"""Training steps as users of the frameworks write them, each recorded by examples/oracle/asfbp_record.py.

    python3 steps.py FOLDER [FRAMEWORK …] [--standins]

Writes FOLDER/NAME.npz of the frameworks that Python finds, or of classes of the same interfaces (standins.py).
"""

import contextlib
import importlib
import io
import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

sys.path.insert(0, str(Path(__file__).parents[2] / 'examples' / 'oracle'))
from asfbp_record import Recorder, record  # noqa: E402, F401

if '--standins' in sys.argv:
    sys.path.insert(0, str(Path(__file__).parent))
    importlib.import_module('standins').install()


MISSING = {}


def found(name):
    """A module of a framework, or None if Python does not find it; MISSING gets the reason."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        MISSING[name] = error


snn, snn_surrogate, norse = found('snntorch'), found('snntorch.surrogate'), found('norse.torch')
box, norse_reset = found('norse.torch.functional.lif_box'), found('norse.torch.functional.reset')
functional, layer, neuron, surrogate = (
    found(f'spikingjelly.activation_based.{name}') for name in ('functional', 'layer', 'neuron', 'surrogate')
)
sa, sl = found('sinabs.activation'), found('sinabs.layers')

STEPS = {}


def step(framework, **options):
    """Keeps a function that returns (net, x, y, run); run(net, x, y) runs the step. `options` go to the recorder."""

    def keep(make):
        STEPS[make.__name__] = (framework, make, options)
        return make

    return keep


def images(T=None, B=3, shape=(1, 8, 8), classes=5):
    lead = (B,) if T is None else (T, B)
    return torch.rand(*lead, *shape), torch.randint(classes, (B,))


def spikes(T=8, B=3, shape=(12,), rate=0.4):
    x, y = images(T, B, shape)
    return (x < rate).float(), y


def with_gain(net, gain=3.0):
    """Multiplies the weights by `gain`, so that all layers fire in a short window."""
    for name, weight in net.named_parameters():
        if weight.dim() > 1:
            weight.data.mul_(gain)
        elif name.endswith('bias'):
            weight.data.add_(0.1)
    return net


# snnTorch


class Tutorial5(nn.Module):
    """docs/tutorials/tutorial_5.rst: an image is repeated T times; the loss is summed over the potentials of each step."""

    def __init__(self):
        super().__init__()
        self.fc1, self.lif1 = nn.Linear(64, 24), snn.Leaky(beta=0.95)
        self.fc2, self.lif2 = nn.Linear(24, 5), snn.Leaky(beta=0.95)

    def forward(self, x):
        mem1, mem2 = self.lif1.init_leaky(), self.lif2.init_leaky()
        all_spikes, potentials = [], []
        for _ in range(6):
            spk1, mem1 = self.lif1(self.fc1(x), mem1)
            spk2, mem2 = self.lif2(self.fc2(spk1), mem2)
            all_spikes.append(spk2)
            potentials.append(mem2)
        return torch.stack(all_spikes), torch.stack(potentials)


def tutorial5_loss(net, x, y):
    _, mem = net(x.flatten(1))
    loss = torch.zeros((1))
    for t in range(len(mem)):
        loss += nn.CrossEntropyLoss()(mem[t], y)
    loss.backward()
    return loss


@step('snntorch', loss={'name': 'ce_steps', 'on': 'mem'})
def snntorch_tutorial5():
    return (with_gain(Tutorial5()), *images(), tutorial5_loss)


class Tutorial6(nn.Module):
    """docs/tutorials/tutorial_6.rst: convolutions, functional pools, fast sigmoid."""

    def __init__(self, T=5):
        super().__init__()
        self.T, neuron = T, dict(beta=0.5, spike_grad=snn_surrogate.fast_sigmoid(slope=25))
        self.conv1, self.lif1 = nn.Conv2d(1, 4, 5), snn.Leaky(**neuron)
        self.conv2, self.lif2 = nn.Conv2d(4, 6, 5), snn.Leaky(**neuron)
        self.fc1, self.lif3 = nn.Linear(6 * 4 * 4, 10), snn.Leaky(**neuron)

    def forward(self, x):
        mem1, mem2, mem3 = self.lif1.init_leaky(), self.lif2.init_leaky(), self.lif3.init_leaky()
        out = []
        for _ in range(self.T):
            spk1, mem1 = self.lif1(F.max_pool2d(self.conv1(x), 2), mem1)
            spk2, mem2 = self.lif2(F.max_pool2d(self.conv2(spk1), 2), mem2)
            spk3, mem3 = self.lif3(self.fc1(spk2.view(x.shape[0], -1)), mem3)
            out.append(spk3)
        return torch.stack(out)


def by(loss_of):
    """A function that runs a step, with the loss `loss(output, labels)`."""

    def run(net, x, y):
        loss = loss_of(net(x), y)
        loss.backward()
        return loss

    return run


def mean_entropy(out, y):
    return sum(F.cross_entropy(z, y) for z in out) / len(out)


ce_rate = by(mean_entropy)


@step('snntorch', loss='ce_rate')
def snntorch_tutorial6():
    return (with_gain(Tutorial6()), *images(B=2, shape=(1, 28, 28)), ce_rate)


@step('snntorch', loss='ce_rate')
def snntorch_sequential_hidden():
    """nn.Sequential with init_hidden, as tutorial 6 trains: the states stay in the modules."""
    neuron = dict(beta=0.7, spike_grad=snn_surrogate.atan(alpha=2.5), init_hidden=True)
    net = nn.Sequential(
        nn.Conv2d(2, 4, 3, padding=1), nn.MaxPool2d(2), snn.Leaky(**neuron), nn.Flatten(), nn.Linear(64, 5), snn.Leaky(**neuron, output=True)
    )

    def run(net, x, y):
        reset(net)
        return by(mean_entropy)(lambda x: torch.stack([net(step)[0] for step in x]), x, y)

    return (with_gain(net), *spikes(6, 2, (2, 8, 8)), run)


def two_layers(make, lead=(12, 10, 5), gain=3.0):
    """12-10-5 with two neurons of `make`, called with the states that they return."""

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc1, self.fc2 = nn.Linear(lead[0], lead[1]), nn.Linear(lead[1], lead[2])
            self.lif1, self.lif2 = make(lead[1]), make(lead[2])

        def forward(self, x):
            state1, state2, out = (), (), []
            for step in x:
                spk1, *state1 = self.lif1(self.fc1(step), *state1)
                spk2, *state2 = self.lif2(self.fc2(spk1), *state2)
                out.append(spk2)
            return torch.stack(out)

    return with_gain(Net(), gain)


ce_sum = by(lambda out, y: F.cross_entropy(out.sum(0), y))


@step('snntorch', loss='ce_sum')
def snntorch_zero():
    grad = snn_surrogate.sigmoid(slope=5)
    return (two_layers(lambda n: snn.Leaky(beta=0.8, threshold=0.7, reset_mechanism='zero', spike_grad=grad)), *spikes(), ce_sum)


@step('snntorch', loss='ce_sum')
def snntorch_same_step():
    return (two_layers(lambda n: snn.Leaky(beta=0.9, reset_delay=False)), *spikes(), ce_sum)


@step('snntorch', loss='ce_sum')
def snntorch_synaptic():
    return (two_layers(lambda n: snn.Synaptic(alpha=0.7, beta=0.85), gain=2), *spikes(), ce_sum)


@step('snntorch', loss='ce_sum')
def snntorch_lapicque():
    return (two_layers(lambda n: snn.Lapicque(R=5, C=1, time_step=1), gain=4), *spikes(), ce_sum)


@step('snntorch', loss='ce_sum')
def snntorch_recurrent():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc1, self.lif1 = nn.Linear(12, 10), snn.RLeaky(beta=0.8, linear_features=10)
            self.fc2, self.lif2 = nn.Linear(10, 5), snn.RLeaky(beta=0.8, all_to_all=False, V=torch.rand(5))

        def forward(self, x):
            (spk1, mem1), (spk2, mem2), out = self.lif1.init_rleaky(), self.lif2.init_rleaky(), []
            for step in x:
                spk1, mem1 = self.lif1(self.fc1(step), spk1, mem1)
                spk2, mem2 = self.lif2(self.fc2(spk1), spk=spk2, mem=mem2)
                out.append(spk2)
            return torch.stack(out)

    return (with_gain(Net(), 2), *spikes(), ce_sum)


@step('snntorch', loss='ce_sum')
def snntorch_recurrent_by_hand():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc1, self.back, self.lif1 = nn.Linear(12, 10), nn.Linear(10, 10, bias=False), snn.Leaky(beta=0.8)
            self.fc2, self.lif2 = nn.Linear(10, 5), snn.Leaky(beta=0.8)

        def forward(self, x):
            mem1, mem2, spk1, out = self.lif1.reset_mem(), self.lif2.reset_mem(), torch.zeros(x.shape[1], 10), []
            for step in x:
                spk1, mem1 = self.lif1(self.back(spk1) + self.fc1(step), mem1)
                spk2, mem2 = self.lif2(self.fc2(spk1), mem2)
                out.append(spk2)
            return torch.stack(out)

    return (with_gain(Net(), 2), *spikes(), ce_sum)


# SpikingJelly


def encode(net, x, y, T=8):
    """examples/lif_fc_mnist.py: a Poisson encoder, the mean of the spikes, MSE with the one-hot label."""
    torch.manual_seed(3)
    return by(mse)(lambda x: sum(net((torch.rand_like(x) <= x).float()) for _ in range(T)) / T, x, y)


@step('spikingjelly', loss='mse_mean')
def spikingjelly_lif_fc_mnist():
    class SNN(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Sequential(
                layer.Flatten(), layer.Linear(64, 5, bias=False), neuron.LIFNode(tau=2.0, surrogate_function=surrogate.ATan())
            )

        def forward(self, x):
            return self.layer(x)

    return (with_gain(SNN(), 6), *images(), encode)


def mse(rate, y):
    return F.mse_loss(rate, F.one_hot(y, rate.shape[1]).float())


mse_mean = by(lambda out, y: mse(out.mean(0), y))


@step('spikingjelly', loss='mse_mean')
def spikingjelly_cnn():
    """CSNN of the framework's examples, without normalization. One call computes all steps."""
    def lif():
        return neuron.IFNode(surrogate_function=surrogate.ATan())

    net = nn.Sequential(
        layer.Conv2d(2, 4, 3, padding=1, bias=False), lif(), layer.MaxPool2d(2, 2), layer.Flatten(), layer.Linear(36, 5, bias=False), lif()
    )
    functional.set_step_mode(net, 'm')
    return (with_gain(net), *spikes(6, 2, (2, 6, 6)), mse_mean)


@step('spikingjelly', loss='ce_mean')
def spikingjelly_subtract():
    def lif():
        sigmoid = surrogate.PiecewiseLeakyReLU()
        return neuron.LIFNode(tau=2.0, decay_input=False, v_reset=None, detach_reset=True, surrogate_function=sigmoid, step_mode='m')

    net = nn.Sequential(layer.Linear(12, 10, step_mode='m'), lif(), layer.Linear(10, 5, step_mode='m'), lif())

    return (with_gain(net), *spikes(), by(lambda out, y: F.cross_entropy(out.mean(0), y)))


@step('spikingjelly', loss='mse_mean')
def spikingjelly_containers():
    net = nn.Sequential(
        layer.SeqToANNContainer(nn.Conv2d(2, 4, 3, stride=2, padding=1), nn.AvgPool2d(2)),
        layer.MultiStepContainer(neuron.ParametricLIFNode(init_tau=3.0)),
        nn.Flatten(2),
        nn.Linear(16, 5),
        neuron.LIFNode(step_mode='m'),
    )
    return (with_gain(net, 20), *spikes(6, 2, (2, 8, 8)), mse_mean)


# Norse


ce_max = by(lambda out, y: F.nll_loss(F.log_softmax(out.max(0)[0], 1), y))


@step('norse', loss={'name': 'ce_max', 'on': 'mem'})
def norse_mnist():
    """task/mnist.py with a recurrent hidden layer, as in the tutorials: LIFRecurrentCell, then LILinearCell."""
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.l1 = norse.LIFRecurrentCell(12, 10, p=norse.LIFParameters(alpha=torch.as_tensor(100.0), v_th=torch.as_tensor(0.5)))
            self.fc_out, self.out = nn.Linear(10, 5, bias=False), norse.LICell()

        def forward(self, x):
            s1, so, voltages = None, None, []
            for step in x:
                z, s1 = self.l1(step, s1)
                vo, so = self.out(self.fc_out(z), so)
                voltages += [vo]
            return torch.stack(voltages)

    return (with_gain(Net(), 4), *spikes(), ce_max)


@step('norse', loss={'name': 'ce_max', 'on': 'mem'})
def norse_convnet():
    """models/conv.py, smaller: cells in a loop, functional pools, view, LILinearCell."""
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv1, self.lif0 = nn.Conv2d(1, 4, 3), norse.LIFCell(p=norse.LIFParameters(v_th=torch.as_tensor(0.2)))
            self.fc1, self.lif1 = nn.Linear(36, 10), norse.LIFCell()
            self.out = norse.LILinearCell(10, 5)

        def forward(self, x):
            s0 = s1 = so = None
            voltages = torch.zeros(len(x), x.shape[1], 5)
            for ts in range(len(x)):
                z, s0 = self.lif0(self.conv1(x[ts]), s0)
                z = F.max_pool2d(z, 2, 2)
                z, s1 = self.lif1(self.fc1(z.view(-1, 36)), s1)
                voltages[ts, :, :], so = self.out(z, so)
            return voltages

    return (with_gain(Net(), 8), *spikes(6, 2, (1, 8, 8)), ce_max)


@step('norse', loss='ce_sum')
def norse_sequential():
    """SequentialState and Lift. One call computes all steps."""
    net = norse.SequentialState(
        norse.Lift(nn.Conv2d(2, 4, 3, padding=1)), norse.LIF(), nn.Flatten(2), nn.Linear(144, 5), norse.LIF()
    )

    return (with_gain(net, 20), *spikes(6, 2, (2, 6, 6)), by(lambda out, y: F.cross_entropy(out[0].sum(0), y)))


@step('norse', loss='ce_sum')
def norse_box():
    def cell(_):
        options = dict(method='tanh', alpha=torch.as_tensor(20.0), reset_method=norse_reset.reset_subtract)
        return norse.LIFBoxCell(p=box.LIFBoxParameters(v_th=torch.as_tensor(0.4), **options))

    return (two_layers(cell, gain=8), *spikes(), ce_sum)


# Sinabs


def batch_first(net, x, y):
    return ce_sum(lambda x: net(x.transpose(0, 1)).transpose(0, 1), x, y)


@step('sinabs', loss='ce_sum')
def sinabs_lif():
    net = nn.Sequential(nn.Linear(12, 10), sl.LIF(tau_mem=10.0), nn.Linear(10, 5), sl.LIF(tau_mem=10.0, tau_syn=4.0, norm_input=False))
    return (with_gain(net, 12), *spikes(), batch_first)


@step('sinabs', loss='ce_sum')
def sinabs_cnn():
    """Layers for (B·T, …), such as from_model makes."""
    iaf = dict(batch_size=2, min_v_mem=-1.0, surrogate_grad_fn=sa.PeriodicExponential(), spike_fn=sa.MaxSpike(2), reset_fn=sa.MembraneReset())
    net = nn.Sequential(
        nn.Conv2d(2, 4, 3, padding=1, bias=False), sl.IAFSqueeze(**iaf), sl.SumPool2d(2), nn.Flatten(), nn.Linear(36, 5), sl.IAFSqueeze(**iaf)
    )

    def run(net, x, y):
        return ce_sum(lambda x: net(x.transpose(0, 1).flatten(0, 1)).unflatten(0, (2, -1)).transpose(0, 1), x, y)

    return (with_gain(net), *spikes(6, 2, (2, 6, 6)), run)


@step('sinabs', loss='ce_sum')
def sinabs_recurrent():
    net = nn.Sequential(
        nn.Linear(12, 10), sl.LIFRecurrent(tau_mem=5.0, rec_connect=nn.Linear(10, 10, bias=False)), nn.Linear(10, 5), sl.ExpLeak(tau_mem=5.0)
    )
    return (with_gain(net, 6), *spikes(), batch_first)


def problems_of(path, loss, gradients):
    """Compares the file with the same step without the recorder. `asf-bp check` judges everything else."""
    data = np.load(path)
    made = [data[name] for name in data if name.endswith(('.dw', '.db', '.drecurrent', '.drecurrent_bias'))]
    if not np.array_equal(data['loss'], loss.ravel()):
        yield f'loss {data["loss"]}, expected {loss}'
    for name, gradient in gradients:
        if not any(own.shape == gradient.shape and np.abs(own - gradient).max() <= 1e-5 * np.abs(gradient).max() for own in made):
            yield f'{name} {gradient.shape}: its gradient is in no array'


def reset(net):
    """Resets the states, as users do between batches."""
    for module in net.modules():
        for name in ('reset', 'reset_states', 'reset_mem'):
            if callable(getattr(module, name, None)):
                getattr(module, name)()
                break


def main():
    folder, *names = [name for name in sys.argv[1:] if not name.startswith('--')]
    Path(folder).mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    failed = 0
    for framework in sorted({framework for framework, *_ in STEPS.values()}):
        if not found(framework):
            print(f'{framework}: not found ({MISSING[framework]})')
    for name, (framework, make, options) in STEPS.items():
        if not found(framework) or names and framework not in names and name not in names:
            continue
        torch.manual_seed(1)
        net, x, y, run = make()
        reset(net)
        plain_loss = run(net, x, y)
        gradients = [(key, weight.grad.numpy()) for key, weight in net.named_parameters() if weight.grad is not None and weight.dim() > 0]
        net.zero_grad(set_to_none=True)
        reset(net)
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            with record(net, f'{folder}/{name}.npz', label=y, **options):
                run(net, x, y)
        problems = [*problems_of(f'{folder}/{name}.npz', plain_loss.detach().numpy(), gradients)]
        failed += bool(problems)
        print(f'{"✗" if problems else "✓"} {name}', *problems, *said.getvalue().strip().split('\n'), sep='\n    ')
    sys.exit(1 if failed else 0)


if __name__ == '__main__':
    main()
