"""Writes steps with the neurons of other libraries as .npz, to see their diagnosis.

    python3 other_semantics.py OUT.npz snntorch|snntorch-zero|snntorch-zero-0.7|norse

Written from their documentation, without the libraries. All except the neurons is as in ASF-BP.
"""

import argparse

import numpy as np

from numpy_asfbp import Step
from numpy_cases import make_case, save


class SnnTorch(Step):
    """Leaky: fires at u > Vth, and subtracts Vth one step later, since 0.8.0 after the leak (earlier, before it).

    With reset_delay=False, which this file lacks, a spike resets in its own step.
    """

    def fires(self, u, Vth):
        return u > Vth

    def after(self, u, x, o, Vth, leak):
        return leak * u + x - o * Vth

    def run_neurons(self, n, x):
        Vth, leak = self.threshold(n), self.leak(n)
        u, o, potential, spikes = np.zeros_like(x[0]), np.zeros_like(x[0]), [], []
        for t in range(self.T):
            u = self.after(u, x[t], o, Vth, leak)
            o = self.fires(u, Vth).astype(x.dtype)
            potential.append(u)
            spikes.append(o)
        self.keep(n, potential=np.stack(potential))
        return np.stack(spikes)


class SnnTorchZero(SnnTorch):
    """Leaky with reset_mechanism='zero' since 0.8.0: u is 0 before the next leak, and the input of that step remains."""

    def after(self, u, x, o, Vth, leak):
        return leak * ((1 - o) * u) + x


class SnnTorchZeroOld(SnnTorch):
    """Leaky before 0.8.0, and RLeaky, Synaptic and Lapicque still: the input of the step of the reset is lost too."""

    def after(self, u, x, o, Vth, leak):
        return (1 - o) * (leak * u + x)


class Norse(Step):
    """LIFCell: x goes through a synaptic current, which reaches u one step later; fires at u > Vth."""

    def run_neurons(self, n, x):
        membrane, synapse = np.float32(0.1), np.float32(0.2)
        u, i, potential, spikes = np.zeros_like(x[0]), np.zeros_like(x[0]), [], []
        for t in range(self.T):
            u = u + membrane * (i - u)
            o = (u > self.threshold(n)).astype(x.dtype)
            u = (1 - o) * u
            i = i - synapse * i + x[t]
            potential.append(u)
            spikes.append(o)
        self.keep(n, potential=np.stack(potential))
        return np.stack(spikes)


semantics = {'snntorch': SnnTorch, 'snntorch-zero': SnnTorchZero, 'snntorch-zero-0.7': SnnTorchZeroOld, 'norse': Norse}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('out')
    parser.add_argument('library', choices=list(semantics))
    given = parser.parse_args()
    network, case = make_case()
    save(given.out, network, 'paper', semantics[given.library](network).run(case))


if __name__ == '__main__':
    main()
