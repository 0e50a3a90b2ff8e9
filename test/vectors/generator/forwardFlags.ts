/** Flags of the stages encode, current, neuron and flow. */
import { biasesOf, weightsOf } from '../../../spec/network.ts';
import { keyOf } from '../../../src/oracle/keys.ts';
import { flag, type Flag } from './flag.ts';
import { has, input, leakMatters, list, of, some, someLayer, turned } from './questions.ts';

export const forwardFlags: readonly Flag[] = [
  flag('WordAtBound', 'encode', 'word ≤ bound for word < ⌊p·2³²⌋', ({ arrays, network, draft }) => {
    const scale = draft.variant.input === 'scaledIntensity' ? network.inputScale : 1;
    const bounds = list(arrays.get('image')).map((x) => Math.floor(Math.abs(x) * scale * 2 ** 32));
    return list(arrays.get('encode.word')).some((word, i) => word === bounds[i % bounds.length]);
  }),
  flag('RandomWords', 'encode', 'another layout of key and counter, or another generator', (view) =>
    has(view, 'encode.seed'),
  ),
  flag(
    'NegativeInput',
    'encode current',
    'unsigned input: −1 taken for 0 or 1',
    input('input.spikes', (o) => o < 0),
  ),
  flag(
    'EventCounts',
    'current flow',
    'counts of events taken for single spikes',
    input('input.spikes', (o) => o > 1),
  ),
  flag(
    'Padding',
    'current backward',
    'padding off by one, or values other than 0 around the map',
    someLayer((layer) => layer.window.padding > 0),
  ),
  flag(
    'KernelOrder',
    'current backward',
    'the kernel flipped: convolution for correlation',
    turned(({ window }) => window.size > 1),
  ),
  flag(
    'Transposed',
    'current backward',
    'square weights transposed',
    turned(({ weightShape: [out, into, ...space] }) => space.length === 0 && out === into),
  ),
  flag(
    'ChannelOrder',
    'current backward',
    'channels last, or in another order',
    someLayer((layer) => layer.input.channels > 1 && layer.input.height > 1 && layer.weightShape.length > 0),
  ),
  flag(
    'Bias',
    'current backward update',
    'the bias missing, its gradient without T, or weight decay of it',
    someLayer((layer) => biasesOf(layer) > 0),
  ),
  flag(
    'AtThreshold',
    'neuron',
    '> for ≥, or the reverse: some u is Vth exactly',
    some('compared', (u, { Vth }) => u === Vth),
  ),
  flag(
    'AboveThreshold',
    'neuron',
    'Vth subtracted for a reset to 0: some u is above Vth when it fires',
    some('compared', (u, { Vth }) => u > Vth),
  ),
  flag(
    'NegativePotential',
    'neuron',
    'potentials clamped at 0',
    some('compared', (u) => u < 0),
  ),
  flag('LeakOrder', 'neuron', 'the leak before the decision: u > Vth > λ·u', leakMatters),
  flag(
    'PoolNeuron',
    'neuron',
    'an average pool without a neuron, or with another threshold',
    someLayer((layer) => weightsOf(layer) === 0 && layer.spikes),
  ),
  flag(
    'OutputIntegrates',
    'neuron',
    'an output layer that fires, is reset or leaks',
    someLayer(({ isOutput, n, Vth }, view) => isOutput && of(view, n, 'potential').some((u) => u > Vth)),
  ),
  flag(
    'LeakInFlow',
    'flow',
    'a leak in FI: λ < 1',
    someLayer(({ n, λ }, view) => λ < 1 && has(view, keyOf(n, 'FI'))),
  ),
  flag(
    'NegativeFlow',
    'flow backward',
    'FI < 0: a gate, a mask or a clamp that is not asked for, or is missing',
    some('FI', (FI) => FI < 0),
  ),
  flag(
    'ZeroFlow',
    'flow backward',
    'FI = 0: ≥ for > in the gate',
    some('FI', (FI) => FI === 0),
  ),
];
