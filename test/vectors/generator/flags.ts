/** Flags name the mistakes that a case detects; docs/vectors.md describes the flags. Each flag is a test on the arrays. */
import { readFileSync } from 'node:fs';
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
import { keyOf } from '../../../src/oracle/keys.ts';
import type { Draft } from './case.ts';

/** The arrays of a case, inputs and results. */
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

/** A potential is above Vth, but would not be after the leak. */
const leakMatters = someLayer(({ n, λ, Vth, spikes }, view) => {
  const u = of(view, n, 'compared');
  return spikes && λ < 1 && u.some((value) => value > Vth && λ * value < Vth);
});

/** A window has its greatest flow twice. */
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

/** Tests whether reverse order changes the weights of a layer that `isIt` accepts. */
const turned = (isIt: (layer: Layer) => boolean): Test =>
  someLayer((layer, view) => {
    const w = of(view, layer.n, 'weight');
    return isIt(layer) && layer.weightShape.length > 0 && w.some((value, k) => value !== w[w.length - 1 - k]);
  });

/** The test of each flag. */
const questions: Readonly<Record<string, Test>> = {
  WordAtBound: ({ arrays, network, draft }) => {
    const scale = draft.variant.input === 'scaledIntensity' ? network.inputScale : 1;
    const bounds = list(arrays.get('image')).map((x) => Math.floor(Math.abs(x) * scale * 2 ** 32));
    return list(arrays.get('encode.word')).some((word, i) => word === bounds[i % bounds.length]);
  },
  RandomWords: (view) => has(view, 'encode.seed'),
  NegativeInput: input('input.spikes', (o) => o < 0),
  EventCounts: input('input.spikes', (o) => o > 1),
  Padding: someLayer((layer) => layer.window.padding > 0),
  KernelOrder: turned(({ window }) => window.size > 1),
  Transposed: turned(({ weightShape: [out, into, ...space] }) => space.length === 0 && out === into),
  ChannelOrder: someLayer(
    (layer) => layer.input.channels > 1 && layer.input.height > 1 && layer.weightShape.length > 0,
  ),
  Bias: someLayer((layer) => biasesOf(layer) > 0),
  AtThreshold: some('compared', (u, { Vth }) => u === Vth),
  AboveThreshold: some('compared', (u, { Vth }) => u > Vth),
  NegativePotential: some('compared', (u) => u < 0),
  LeakOrder: leakMatters,
  PoolNeuron: someLayer((layer) => weightsOf(layer) === 0 && layer.spikes),
  OutputIntegrates: someLayer(
    ({ isOutput, n, Vth }, view) => isOutput && of(view, n, 'potential').some((u) => u > Vth),
  ),
  LeakInFlow: someLayer(({ n, λ }, view) => λ < 1 && has(view, keyOf(n, 'FI'))),
  NegativeFlow: some('FI', (FI) => FI < 0),
  ZeroFlow: some('FI', (FI) => FI === 0),
  FlowBelowOutput: someLayer(({ n }, view) => of(view, n, 'FI').some((FI, i) => FI < of(view, n, 'FO')[i])),
  SilentLayer: someLayer(
    ({ n }, view) => has(view, keyOf(n, 'FO')) && of(view, n, 'FO').every((FO) => FO === 0),
  ),
  RatioBeyond: some('ratio', (ratio, { Vth }) => ratio > 1 / Vth),
  NegativeRatio: someLayer(
    ({ n }, view) => has(view, keyOf(n, 'ratio')) && of(view, n, 'FI').reduce((a, b) => a + b, 0) <= 0,
  ),
  OldScale: someLayer((layer, view) => {
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
  FrozenScale: input('scale.update', (isUpdate) => isUpdate === 0),
  OffTarget: input('loss', (L) => L > 0),
  WindowScale: ({ network }) => network.T !== 1 && network.T * outputLayer(network).Vth !== 1,
  SeveralSamples: ({ draft }) => draft.B > 1,
  GateMatters: someLayer(({ n, spikes }, view) => {
    const dFO = of(view, n, 'dFO');
    return spikes && of(view, n, 'FI').some((FI, i) => FI <= 0 && dFO[i] !== 0);
  }),
  PoolTie: hasTie,
  Layers: ({ network }) => network.layers.length > 2,
  ZeroGradient: some('dw', (dw) => dw === 0),
  WeightDecay: input('weightDecay', (decay) => decay > 0),
  LaterStep: input('step', (k) => k > 1),
  FirstStep: input('step', (k) => k === 1),
};

/**
 * The rows of the table in docs/vectors.md: each flag, and the stages whose cases may have it. The path is relative to the root of
 * the repository.
 */
export const documented = Array.from(
  readFileSync('docs/vectors.md', 'utf8').matchAll(/^\| `(\w+)` \| ([a-z, ]+) \| .* \|$/gm),
  ([, name, stages]) => ({ name: name!, stages: stages!.split(', ') }),
);

/** The flags of cases in binary32. */
export const flagNames = Object.keys(questions);

/** The flags of a case, in the order of the table. A whole step may have any flag. */
export function flagsOf(view: View): string[] {
  const { stage } = view.draft;
  return documented
    .filter(({ name, stages }) => (stage === 'step' || stages.includes(stage)) && questions[name]?.(view))
    .map(({ name }) => name);
}
