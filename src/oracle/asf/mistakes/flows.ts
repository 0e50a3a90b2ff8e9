/** Mistakes of the stages `flow` and `scale`: wrong sums over the window, and a wrong S. */
import type { Floats } from '../../../../spec/arithmetic.ts';
import { keyOf } from '../../keys.ts';
import type { Functions, Model } from '../model.ts';
import {
  delayed,
  fires,
  layerOf,
  makes,
  ofKind,
  replacing,
  rowsOf,
  TOf,
  type Change,
  type Row,
} from './rows.ts';

/** Sums FI or FO with the leak of the potential: F ← λ·F + the value of the step. */
const leaky = (what: 'FI' | 'FO'): Change => ({
  concerns: (stage, model) => makes(stage, what) && (layerOf(stage, model)?.λ ?? 1) !== 1,
  stage: ofKind('sum', (stage, model: Model) => {
    const { λ } = layerOf(stage, model)!; // only layers that leak are concerned
    const T = TOf(model);
    return {
      roundings: 2 * T,
      f([values], { array }) {
        const F = array(values.length / T);
        for (let i = 0; i < values.length; i++) {
          const at = i % F.length;
          F[at] = λ * F[at];
          F[at] = F[at] + values[i];
        }
        return F;
      },
    };
  }),
});

/** Sums the flows over the window without the steps that `of` removes. */
const without = (of: (values: Floats, T: number) => Floats): Change => ({
  input: (values, key, { reads }, model) =>
    key !== reads[0] || key.endsWith('FO') ? values : of(values, TOf(model)),
});

const ofFlows = rowsOf(['flow'], {
  'leak-in-FI: FI leaks as u does; Eq. 7 is the plain sum of currents.': leaky('FI'),
  'leak-in-FO: FO leaks as u does; Eq. 7 is the plain sum of spikes.': leaky('FO'),
  'flow-averaged: Flows are means over the window; Eq. 7 has sums.': {
    output: (values, _key, _stage, model) => values.map((F) => F / TOf(model)),
  },
  'flow-without-first-step: Flows begin at the second step; Eq. 7 has all T.': without((values, T) =>
    values.slice().fill(0, 0, values.length / T),
  ),
  'flow-without-last-step: Flows end before the last step; Eq. 7 has all T.': without(delayed),
  'FI-is-potential: FI is the potential after the last step; Eq. 7 has the sum of the currents, also of those that a reset threw away.':
    {
      concerns: (stage, model) => makes(stage, 'FI') && fires(stage, model),
      stage({ id, stage, n, writes }) {
        const [reads, f] = [[keyOf(n, 'potential.end')], ([u]: readonly Floats[]): Floats => u.slice()];
        return { id, stage, n, kind: 'sum', by: 'window', reads, writes, roundings: 1, f };
      },
    },
});

/** Sums other terms in place of FI and FO: over all neurons or, with the parameter 1, over those that the variant selects. */
const byTerms = (termsOf: (FI: number, FO: number) => readonly [number, number]): Change => ({
  concerns: (stage) => makes(stage, 'termFI'),
  usual: ({ variant }) => (variant.scaleOver === 'all' ? [[]] : [[1], []]),
  change: (model, [isSelected = 0]) =>
    replacing(({ flowTerms }) => ({
      flowTerms: (FI, FO, ...rest) =>
        termsOf(...(isSelected ? flowTerms(FI, FO, ...rest) : ([FI, FO] as const))),
    }))(model),
  found: () => 'Neurons that the variant leaves out are left out here too.',
});

/** Replaces the sums over the batch. */
const byBatch = (computeBatchSums: Functions['computeBatchSums']): Change => ({
  concerns: (stage, { B }) => B > 1 && makes(stage, 'ratio'),
  change: replacing({ computeBatchSums }),
});

/** Terms for an S that is the mean of ΣFO/ΣFI over neurons, with Σ over the batch. Samples after the first have terms 0. */
const ofBatchNeurons = ofKind('point', (_, { B }: Model) => ({
  f([FI, FO], { array }) {
    const [into, out] = [array(FI.length), array(FI.length)];
    const size = FI.length / B;
    for (let i = 0; i < size; i++) {
      let [a, b] = [0, 0];
      for (let at = i; at < FI.length; at += size) [a, b] = [a + FI[at], b + FO[at]];
      if (a !== 0) [into[i], out[i]] = [1, b / a];
    }
    return [into, out];
  },
}));

/** Terms whose ratio is the median of FO/FI over neurons of the batch; of two, their mean or the lesser. Further terms are 0. */
const ofMedian = ofKind('point', (_stage, _model: Model, [isPositive, isLesser]) => ({
  f([FI, FO], { array }) {
    const [into, out] = [array(FI.length), array(FI.length)];
    const ratios = Array.from(FI, (each, i) => FO[i] / each)
      .filter((_, i) => (isPositive ? FI[i] > 0 : FI[i] !== 0))
      .sort((a, b) => a - b);
    const [low, high] = [(ratios.length - 1) >> 1, ratios.length >> 1].map((k) => ratios[k]);
    if (ratios.length > 0) [into[0], out[0]] = [1, isLesser ? low : (low + high) / 2];
    return [into, out];
  },
}));

/** Computes another S from the ratio. */
const byScale = (
  of: (original: Functions) => Functions['computeScaleOf'],
  isOf: (model: Model) => boolean = () => true,
): Change => ({
  concerns: (stage, model) => makes(stage, 'S') && isOf(model),
  change: replacing((original) => ({ computeScaleOf: of(original) })),
});

/** Accepts ratios outside the range of the variant. */
const unchecked = byScale(
  (original) => (ratio, S, layer, variant, precision) =>
    original.computeScaleOf(ratio, S, layer, { ...variant, scaleRange: 'aboveFloor' }, precision),
  ({ variant }) => variant.scaleRange === 'belowInverseThreshold',
);

const ofScales = rowsOf(['scale'], {
  'scale-frozen: S stays as it was before the batch, where Eq. 12 updates it. Where this step has no update: record scale.update as 0.':
    byScale(() => (_, S) => ({ S, refused: true })),
  'scale-inverted: S is ΣFI / ΣFO; Eq. 12 has ΣFO / ΣFI.': {
    concerns: (stage) => makes(stage, 'ratio'),
    output: (values) => values.map((ratio) => (ratio === 0 ? 0 : 1 / ratio)),
  },
  'scale-of-flow-before: S is ΣFO / ΣFI with FI of the layer before; Eq. 12 has both of one layer.': {
    concerns: (stage, model) => makes(stage, 'ratio') && layerOf(stage, model)!.n > 1, // only layers have a ratio
    wire: (key, { n }) => (key === keyOf(n, 'sumFI') ? keyOf(n - 1, 'sumFI') : key),
  },
  'scale-over-positive: S is taken over the neurons with FI > 0, which the variant does not select.': byTerms(
    (FI, FO) => (FI > 0 ? [FI, FO] : [0, 0]),
  ),
  'scale-over-fired: S is taken over the neurons with FO > 0, which the variant does not select.': byTerms(
    (FI, FO) => (FO > 0 ? [FI, FO] : [0, 0]),
  ),
  'scale-over-selected-inputs: ΣFI of S is taken over the neurons with FI ≥ FO, and ΣFO over all neurons.':
    byTerms((FI, FO) => [FI >= FO ? FI : 0, FO]),
  'scale-over-selected-outputs: ΣFO of S is taken over the neurons with FI ≥ FO, and ΣFI over all neurons.':
    byTerms((FI, FO) => [FI, FI >= FO ? FO : 0]),
  'scale-with-more-inputs: A constant is added to ΣFI, as one that keeps the divisor from 0; Eq. 12 has ΣFO / ΣFI.':
    {
      concerns: (stage) => makes(stage, 'ratio'),
      usual: () => [1, 0.1, 0.01, 0.001, 1e-4, 1e-5, 1e-6].map((k) => [k]),
      input: (values, key, { n }, _model, [k = 1]) =>
        key === keyOf(n, 'sumFI') ? values.map((sum, b) => sum + (b === 0 ? k : 0)) : values,
      found: ([k]) => `It is ${k}.`,
    },
  'scale-of-magnitudes: S is ΣFO / Σ|FI|; Eq. 12 has ΣFI.': byTerms((FI, FO) => [Math.abs(FI), FO]),
  'scale-over-positive-inputs: S is ΣFO / Σmax(FI, 0): the negative FI are left out, and their FO is not; Eq. 12 has ΣFI.':
    byTerms((FI, FO) => [Math.max(FI, 0), FO]),
  'scale-mean-of-neurons: S is the mean of FO/FI of the neurons; Eq. 12 is one ratio of sums.': byTerms(
    (FI, FO) => (FI === 0 ? [0, 0] : [1, FO / FI]),
  ),
  'scale-mean-of-batch-neurons: S is the mean over the neurons of their ratio, each summed over the batch; Eq. 12 is one ratio of sums.':
    { concerns: (stage, { B }) => B > 1 && makes(stage, 'termFI'), stage: ofBatchNeurons },
  'scale-median-of-neurons: S is the median of FO/FI of the neurons; Eq. 12 is one ratio of sums.': {
    concerns: (stage) => makes(stage, 'termFI'),
    usual: () => [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ],
    stage: ofMedian,
    found: ([isPositive]) => (isPositive ? 'Only neurons with FI > 0 count.' : ''),
  },
  'scale-mean-of-samples: S is the mean of each sample’s ratio; Eq. 12 sums over the batch first.': byBatch(
    (samples) => {
      const known = samples.filter(({ FI }) => FI !== 0);
      return { FI: known.length, FO: known.reduce((sum, { FI, FO }) => sum + FO / FI, 0) };
    },
  ),
  'scale-of-first-sample: S is taken of the first sample; Eq. 12 sums over the batch.': byBatch(
    ([sample]) => sample,
  ),
  'scale-blend-swapped: S is .4·new + .6·old, where the variant has .6·new + .4·old.': byScale(
    () =>
      (ratio, S, _layer, _variant, { round }) => ({
        S: round(round(round(0.4) * ratio) + round(round(0.6) * S)),
        refused: false,
      }),
    ({ variant }) => variant.scaleMemory === 'blend',
  ),
  'scale-clamped: S is ΣFO / ΣFI cut to 0 … 1/Vth; the variant refuses a ratio outside, and S stays.': {
    ...unchecked,
    input(values, key, stage, model) {
      const most = 1 / layerOf(stage, model)!.Vth; // only layers have a ratio
      return key === keyOf(stage.n, 'ratio')
        ? values.map((ratio) => Math.min(Math.max(ratio, 0), most))
        : values;
    },
  },
  'scale-unchecked: S is ΣFO / ΣFI whatever it is, negative too; the variant takes a ratio in (0, 1/Vth] alone, else S stays.':
    unchecked,
});

const ofBackward = rowsOf(['backward'], {
  'stale-scale: The backward pass uses S as it was before this batch; Algorithm 1 updates it first (lines 11–20).':
    {
      wire: (key, { n }) => (key === keyOf(n, 'S') ? keyOf(n, 'S.before') : key),
    },
});

export const flowMistakes: readonly Row[] = [...ofFlows, ...ofBackward, ...ofScales];
