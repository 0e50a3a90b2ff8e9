/** Stages scale and backward: another S. */
import type { Floats } from '../../../spec/arithmetic.ts';
import { neuronsOf } from '../../../spec/network.ts';
import { computeScaleOf, type FlowSums } from '../../../spec/scale.ts';
import { keyOf } from '../keys.ts';
import { take } from '../slices.ts';
import type { StagePart } from '../stagePart.ts';
import { semantics, type Semantics } from '../semantics.ts';
import { mapped, withRoundings } from './helpers.ts';
import { byInput, bySemantics, changingOutputs, type Mistake } from './mistake.ts';

const makesRatio = ({ n, outputs }: StagePart): boolean => outputs.includes(keyOf(n, 'ratio'));
const makesS = ({ n, outputs }: StagePart): boolean => outputs.includes(keyOf(n, 'S'));

const staleScale = byInput(
  {
    id: 'stale-scale',
    stage: 'backward',
    says: 'The backward pass uses S as it was before this batch; Algorithm 1 updates it first (lines 11–20).',
  },
  (key, { n }) => (key === keyOf(n, 'S') ? keyOf(n, 'S.before') : key),
);

const frozenScale: Mistake = {
  id: 'scale-frozen',
  stages: ['scale'],
  says: 'S stays as it was before the batch, where Eq. 12 updates it. Where this step has no update: record scale.update as 0.',
  concerns: makesS,
  plant: (right) => ({
    ...right,
    run: (intervals) => new Map([[right.outputs[0], take(intervals, keyOf(right.n, 'S.before'))]]),
  }),
};

const scaleInverted: Mistake = {
  id: 'scale-inverted',
  stages: ['scale'],
  says: 'S is ΣFI / ΣFO; Eq. 12 has ΣFO / ΣFI.',
  concerns: makesRatio,
  plant: (right) =>
    changingOutputs(right, (interval) =>
      mapped(
        interval,
        (r) => (r === 0 ? 0 : 1 / r),
        (r) => (r === 0 ? 0 : 1.01 / (r * r)),
      ),
    ),
};

/** Sums over a selection of neurons, in place of the variant's. */
function bySums(
  id: string,
  says: string,
  of: (FI: number, FO: number) => readonly [number, number],
  extra: Partial<Semantics> = {},
): Mistake {
  const planted = bySemantics(
    { id, says, stage: 'scale', concerns: makesRatio },
    {
      computeFlowSums(FI, FO, _layer, _variant, { round }): FlowSums {
        let [into, out] = [0, 0];
        for (let i = 0; i < FI.length; i++) {
          const [a, b] = of(FI[i], FO[i]);
          into = round(into + a);
          out += b;
        }
        return { FI: into, FO: out };
      },
      ...extra,
    },
  );
  return withSpread(planted);
}

/** Sums of one sign, in any order: as many roundings as there are neurons. */
const withSpread = (mistake: Mistake): Mistake => ({
  ...mistake,
  plant: (right, make, setting) =>
    withRoundings(mistake, neuronsOf(setting.network.layers[right.n - 1].output) * setting.B + 4).plant(
      right,
      make,
      setting,
    ),
});

const scaleOverPositive = bySums(
  'scale-over-positive',
  'S is taken over the neurons with FI > 0, which the variant does not select.',
  (FI, FO) => (FI > 0 ? [FI, FO] : [0, 0]),
);

const scaleOverFired = bySums(
  'scale-over-fired',
  'S is taken over the neurons with FO > 0, which the variant does not select.',
  (FI, FO) => (FO > 0 ? [FI, FO] : [0, 0]),
);

const scaleOfMagnitudes = bySums('scale-of-magnitudes', 'S is ΣFO / Σ|FI|; Eq. 12 has ΣFI.', (FI, FO) => [
  Math.abs(FI),
  FO,
]);

const scaleMeanOfNeurons = bySums(
  'scale-mean-of-neurons',
  'S is the mean of FO/FI of the neurons; Eq. 12 is one ratio of sums.',
  (FI, FO) => (FI === 0 ? [0, 0] : [1, FO / FI]),
);

/** Sums of each neuron over the batch, from flows that {@link FlowSums} of the samples do not have. */
const scaleMeanOfBatchNeurons = ((): Mistake => {
  const flows = new WeakMap<FlowSums, readonly [FI: Floats, FO: Floats]>();
  return withSpread(
    bySemantics(
      {
        id: 'scale-mean-of-batch-neurons',
        stage: 'scale',
        says: 'S is the mean over the neurons of their ratio, each summed over the batch; Eq. 12 is one ratio of sums.',
        concerns: (part, { B }) => B > 1 && makesRatio(part),
      },
      {
        computeFlowSums(FI, FO, ...rest): FlowSums {
          const sums = { ...semantics.computeFlowSums(FI, FO, ...rest) };
          flows.set(sums, [FI.slice(), FO.slice()]);
          return sums;
        },
        computeBatchSums(samples) {
          const all = samples.map((sample) => flows.get(sample)!); // made above
          let [sum, count] = [0, 0];
          for (let i = 0; i < all[0][0].length; i++) {
            const [FI, FO] = [0, 1].map((which) => all.reduce((total, both) => total + both[which][i], 0));
            if (FI === 0) continue;
            sum += FO / FI;
            count++;
          }
          // As a ratio of sums as large as those of the variant, which the bounds are made of.
          const into = samples.reduce((total, { FI }) => total + FI, 0) || 1;
          return { FI: into, FO: (sum / count) * into };
        },
      },
    ),
  );
})();

const scaleOfSamples = withSpread(
  bySemantics(
    {
      id: 'scale-mean-of-samples',
      stage: 'scale',
      says: 'S is the mean of each sample’s ratio; Eq. 12 sums over the batch first.',
      concerns: (part, { B }) => B > 1 && makesRatio(part),
    },
    {
      computeBatchSums(samples) {
        const known = samples.filter(({ FI }) => FI !== 0);
        const mean = known.reduce((sum, { FI, FO }) => sum + FO / FI, 0) / known.length;
        // As a ratio of sums as large as those of the variant, which the bounds are made of.
        const all = known.reduce((sum, { FI }) => sum + FI, 0) || 1;
        return { FI: all, FO: mean * all };
      },
    },
  ),
);

const scaleOfFirstSample = bySemantics(
  {
    id: 'scale-of-first-sample',
    stage: 'scale',
    says: 'S is taken of the first sample; Eq. 12 sums over the batch.',
    concerns: (part, { B }) => B > 1 && makesRatio(part),
  },
  { computeBatchSums: ([sample]) => sample },
);

const blendSwapped = withRoundings(
  bySemantics(
    {
      id: 'scale-blend-swapped',
      stage: 'scale',
      says: 'S is .4·new + .6·old, where the variant has .6·new + .4·old.',
      concerns: (part, { variant }) => variant.scaleMemory === 'blend' && makesS(part),
    },
    {
      computeScaleOf: (ratio, S, _layer, _variant, { round }) => ({
        S: round(round(round(0.4) * ratio) + round(round(0.6) * S)),
        refused: false,
      }),
    },
  ),
  4,
);

const scaleClamped = withRoundings(
  bySemantics(
    {
      id: 'scale-clamped',
      stage: 'scale',
      says: 'S is ΣFO / ΣFI cut to 0 … 1/Vth; the variant refuses a ratio outside, and S stays.',
      concerns: (part, { variant }) => variant.scaleRange === 'belowInverseThreshold' && makesS(part),
    },
    {
      computeScaleOf: (ratio, S, layer, variant, precision) => {
        const cut = Math.min(Math.max(ratio, 0), precision.round(1 / layer.Vth));
        return computeScaleOf(cut, S, layer, { ...variant, scaleRange: 'aboveFloor' }, precision);
      },
    },
  ),
  4,
);

const scaleUnchecked = withRoundings(
  bySemantics(
    {
      id: 'scale-unchecked',
      stage: 'scale',
      says: 'S is ΣFO / ΣFI whatever it is, negative too; the variant takes a ratio in (0, 1/Vth] alone, else S stays.',
      concerns: (part, { variant }) => variant.scaleRange === 'belowInverseThreshold' && makesS(part),
    },
    {
      computeScaleOf: (ratio, S, layer, variant, precision) =>
        computeScaleOf(ratio, S, layer, { ...variant, scaleRange: 'aboveFloor' }, precision),
    },
  ),
  4,
);

export const scaleMistakes: readonly Mistake[] = [
  staleScale,
  frozenScale,
  scaleInverted,
  scaleOverPositive,
  scaleOverFired,
  scaleOfMagnitudes,
  scaleMeanOfNeurons,
  scaleMeanOfBatchNeurons,
  scaleOfSamples,
  scaleOfFirstSample,
  blendSwapped,
  scaleClamped,
  scaleUnchecked,
];
