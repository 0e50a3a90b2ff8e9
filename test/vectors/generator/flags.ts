/** Flags: which mistake a case catches, as a question to its arrays, so that it is never only a claim. In the order of the data. */
import {
  biasesOf,
  neuronsOf,
  outputLayer,
  weightsOf,
  type Layer,
  type Network,
} from '../../../spec/network.ts';
import { computeScaleOf } from '../../../spec/scale.ts';
import type { Values } from '../../../src/engine/rounding.ts';
import { keyOf, type StageName } from '../../../src/oracle/keys.ts';
import type { Draft } from './case.ts';
import { fixedFlags } from './fixed.ts';

/** The arrays of a case, what enters and what is expected. */
interface View {
  readonly draft: Draft;
  readonly network: Network;
  readonly arrays: ReadonlyMap<string, Values>;
}

type Test = (view: View) => boolean;

const list = (values: Values | undefined): number[] => (values ? Array.from(values) : []);
const of = ({ arrays }: View, n: number, what: string): number[] => list(arrays.get(keyOf(n, what)));
const someLayer =
  (test: (layer: Layer, view: View) => boolean): Test =>
  (view) =>
    view.network.layers.some((layer) => test(layer, view));
const some = (what: string, test: (value: number, layer: Layer) => boolean): Test =>
  someLayer((layer, view) => of(view, layer.n, what).some((value) => test(value, layer)));
const input =
  (key: string, test: (value: number) => boolean): Test =>
  ({ arrays }) =>
    list(arrays.get(key)).some(test);
const has = ({ arrays }: View, key: string): boolean => arrays.has(key);

/** u of the step before that is kept, so that a leak before or after the decision matters. */
const leakMatters = someLayer(({ n, λ, Vth, spikes }, view) => {
  const u = of(view, n, 'compared');
  return spikes && λ < 1 && u.some((value) => value > Vth && λ * value < Vth);
});

/** A window in which the greatest flow is there twice. */
const hasTie = someLayer(({ n, kind, output, synapses }, view) => {
  const FO = of(view, n - 1, 'FO');
  if (!kind.silent || FO.length === 0) return false;
  return Array.from({ length: neuronsOf(output) }, (_, i) => {
    const { j, count } = synapses.into(i);
    const flows = Array.from(j.slice(0, count), (place) => FO[place]);
    const most = Math.max(...flows);
    return most > 0 && flows.filter((flow) => flow === most).length > 1;
  }).some(Boolean);
});

/** Weights that are others when they are turned around. */
const turned = (isIt: (layer: Layer) => boolean): Test =>
  someLayer((layer, view) => {
    const w = of(view, layer.n, 'weight');
    return isIt(layer) && layer.weightShape.length > 0 && w.some((value, k) => value !== w[w.length - 1 - k]);
  });

interface Flag {
  readonly name: string;
  /** Stages whose cases may have it; those of whole steps may have all. */
  readonly stages: readonly StageName[];
  readonly catches: string;
  isIn(view: View): boolean;
}

const flag = (name: string, stages: string, catches: string, isIn: Test): Flag => ({
  name,
  stages: stages.split(' ') as StageName[],
  catches,
  isIn,
});

export const flags: readonly Flag[] = [
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
  flag(
    'FlowBelowOutput',
    'scale',
    'sums over all neurons for those with FI ≥ FO, or the reverse',
    someLayer(({ n }, view) => of(view, n, 'FI').some((FI, i) => FI < of(view, n, 'FO')[i])),
  ),
  flag(
    'SilentLayer',
    'flow scale',
    'a layer without a spike: 0/0, or S = 0',
    someLayer(({ n }, view) => has(view, keyOf(n, 'FO')) && of(view, n, 'FO').every((FO) => FO === 0)),
  ),
  flag(
    'RatioBeyond',
    'scale',
    'a ratio above 1/Vth taken, where the variant refuses it',
    some('ratio', (ratio, { Vth }) => ratio > 1 / Vth),
  ),
  flag(
    'NegativeRatio',
    'scale',
    'ΣFI ≤ 0 not seen: S negative, or the floor missing',
    someLayer(
      ({ n }, view) => has(view, keyOf(n, 'ratio')) && of(view, n, 'FI').reduce((a, b) => a + b, 0) <= 0,
    ),
  ),
  flag(
    'OldScale',
    'scale',
    'S that forgets, or keeps, its old value',
    someLayer((layer, view) => {
      const [ratio] = of(view, layer.n, 'ratio');
      const [before] = of(view, layer.n, 'S.before');
      if (ratio === undefined || before === undefined) return false;
      const { variant, precision } = view.network;
      const other = {
        ...variant,
        scaleMemory: variant.scaleMemory === 'blend' ? 'replace' : 'blend',
      } as const;
      return (
        computeScaleOf(ratio, before, layer, variant, precision).S !==
        computeScaleOf(ratio, before, layer, other, precision).S
      );
    }),
  ),
  flag(
    'FrozenScale',
    'scale',
    'S updated in a step that has no update',
    input('scale.update', (isUpdate) => isUpdate === 0),
  ),
  flag(
    'OffTarget',
    'loss',
    'the ½ of Eq. 6 missing or there: L is not 0',
    input('loss', (L) => L > 0),
  ),
  flag(
    'WindowScale',
    'loss backward',
    'T or Vth missing, or there twice: T·Vth is not 1',
    ({ network }) => network.T !== 1 && network.T * outputLayer(network).Vth !== 1,
  ),
  flag(
    'SeveralSamples',
    'loss backward',
    'mean for sum over the batch, or the reverse',
    ({ draft }) => draft.B > 1,
  ),
  flag(
    'GateMatters',
    'backward',
    'the gate missing, or there: ∂L/∂FO is not 0 where FI ≤ 0',
    someLayer(({ n, spikes }, view) => {
      const dFO = of(view, n, 'dFO');
      return spikes && of(view, n, 'FI').some((FI, i) => FI <= 0 && dFO[i] !== 0);
    }),
  ),
  flag('PoolTie', 'backward', 'the gradient of a maximum pool to the last maximum, or to all', hasTie),
  flag(
    'Layers',
    'backward',
    'FO of the wrong layer in Eq. 11: more than two layers',
    ({ network }) => network.layers.length > 2,
  ),
  flag(
    'ZeroGradient',
    'update',
    'ε missing or inside the root: some gradients are 0',
    some('dw', (dw) => dw === 0),
  ),
  flag(
    'WeightDecay',
    'update',
    'decay left out, or decoupled',
    input('weightDecay', (decay) => decay > 0),
  ),
  flag(
    'LaterStep',
    'update',
    'the bias correction of step 1 in a later one',
    input('step', (k) => k > 1),
  ),
  flag(
    'FirstStep',
    'update',
    'the bias correction missing',
    input('step', (k) => k === 1),
  ),
];

/** The table of docs/vectors.md, in Markdown. */
export function flagTable(): string {
  const rows = [...flags, ...fixedFlags].map(
    ({ name, stages, catches }) => `| \`${name}\` | ${stages.join(', ')} | ${catches} |`,
  );
  return ['| flag | stages | catches |', '|---|---|---|', ...rows].join('\n');
}

/** The flags of a case, in the order of the table. */
export function flagsOf(view: View): string[] {
  const { stage } = view.draft;
  const belongs = ({ stages }: Flag): boolean => stage === 'step' || stages.some((name) => name === stage);
  return flags.filter((row) => belongs(row) && row.isIn(view)).map(({ name }) => name);
}
