/** Stages flow and scale: other sums over the window, another S. */
import type { Floats } from '../../../../spec/arithmetic.ts';
import type { Stage } from '../../../engine/stage.ts';
import { keyOf } from '../../keys.ts';
import type { Model } from '../model.ts';
import { delayed, fires, layerOf, makes, networkIn, replacing, type Row } from './rows.ts';

/** FI or FO with the leak of the potential: F ← λ·F + the step. */
const leaky = (what: 'FI' | 'FO', instead: string): Row => ({
  id: `leak-in-${what}`,
  stages: ['flow'],
  says: `${what} leaks as u does; Eq. 7 is the plain sum of ${instead}.`,
  concerns: (stage, model) => makes(stage, what) && (layerOf(stage, model)?.λ ?? 1) !== 1,
  stage(stage, model) {
    if (stage.kind !== 'sum') return undefined;
    const { λ } = layerOf(stage, model)!; // it leaks
    const { T } = networkIn(model);
    return {
      ...stage,
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
  },
});

/** The window without one of its ends. */
const without = (id: string, says: string, of: (values: Floats, T: number) => Floats): Row => ({
  id,
  stages: ['flow'],
  says,
  input: (values, key, { reads }, model) =>
    key !== reads[0] || key.endsWith('FO') ? values : of(values, networkIn(model).T),
});

const flowRows: readonly Row[] = [
  leaky('FI', 'currents'),
  leaky('FO', 'spikes'),
  {
    id: 'flow-averaged',
    stages: ['flow'],
    says: 'Flows are means over the window; Eq. 7 has sums.',
    output: (values, _key, _stage, model) => values.map((F) => F / networkIn(model).T),
  },
  without('flow-without-first-step', 'Flows begin at the second step; Eq. 7 has all T.', (values, T) =>
    values.slice().fill(0, 0, values.length / T),
  ),
  without('flow-without-last-step', 'Flows end before the last step; Eq. 7 has all T.', delayed),
  {
    id: 'FI-is-potential',
    stages: ['flow'],
    says: 'FI is the potential after the last step; Eq. 7 has the sum of the currents, also of those that a reset threw away.',
    concerns: (stage, model) => makes(stage, 'FI') && fires(stage, model),
    stage({ id, stage, n, writes }) {
      const f = ([u]: readonly Floats[]): Floats => u.slice();
      return {
        id,
        stage,
        n,
        kind: 'sum',
        by: 'window',
        reads: [keyOf(n, 'potential.end')],
        writes,
        roundings: 1,
        f,
      };
    },
  },
];

const makesRatio = (stage: Stage): boolean => makes(stage, 'ratio');
const makesTerms = (stage: Stage): boolean => makes(stage, 'termFI');
const ofBatch = (stage: Stage, { B }: Model): boolean => B > 1 && makesRatio(stage);

/** Other terms of the sums, in place of FI and FO. */
const byTerms = (
  id: string,
  says: string,
  of: (FI: number, FO: number) => readonly [number, number],
): Row => ({
  id,
  stages: ['scale'],
  says,
  concerns: makesTerms,
  change: replacing(() => ({ flowTerms: of })),
});

/** Another S of a ratio. */
const byScale = (
  id: string,
  says: string,
  change: Row['change'],
  concerns: (model: Model) => boolean,
): Row => ({
  id,
  stages: ['scale'],
  says,
  concerns: (stage, model) => makes(stage, 'S') && concerns(model),
  ...(change && { change }),
});

const isRefused = ({ variant }: Model): boolean => variant.scaleRange === 'belowInverseThreshold';

/** Any ratio is taken. */
const unchecked = replacing((own) => ({
  computeScaleOf: (ratio, S, layer, variant, precision) =>
    own.computeScaleOf(ratio, S, layer, { ...variant, scaleRange: 'aboveFloor' }, precision),
}));

const scaleRows: readonly Row[] = [
  {
    id: 'stale-scale',
    stages: ['backward'],
    says: 'The backward pass uses S as it was before this batch; Algorithm 1 updates it first (lines 11–20).',
    wire: (key, { n }) => (key === keyOf(n, 'S') ? keyOf(n, 'S.before') : key),
  },
  byScale(
    'scale-frozen',
    'S stays as it was before the batch, where Eq. 12 updates it. Where this step has no update: record scale.update as 0.',
    replacing(() => ({ computeScaleOf: (_, S) => ({ S, refused: true }) })),
    () => true,
  ),
  {
    id: 'scale-inverted',
    stages: ['scale'],
    says: 'S is ΣFI / ΣFO; Eq. 12 has ΣFO / ΣFI.',
    concerns: makesRatio,
    output: (values) => values.map((ratio) => (ratio === 0 ? 0 : 1 / ratio)),
  },
  byTerms(
    'scale-over-positive',
    'S is taken over the neurons with FI > 0, which the variant does not select.',
    (FI, FO) => (FI > 0 ? [FI, FO] : [0, 0]),
  ),
  byTerms(
    'scale-over-fired',
    'S is taken over the neurons with FO > 0, which the variant does not select.',
    (FI, FO) => (FO > 0 ? [FI, FO] : [0, 0]),
  ),
  byTerms('scale-of-magnitudes', 'S is ΣFO / Σ|FI|; Eq. 12 has ΣFI.', (FI, FO) => [Math.abs(FI), FO]),
  byTerms(
    'scale-mean-of-neurons',
    'S is the mean of FO/FI of the neurons; Eq. 12 is one ratio of sums.',
    (FI, FO) => (FI === 0 ? [0, 0] : [1, FO / FI]),
  ),
  {
    id: 'scale-mean-of-batch-neurons',
    stages: ['scale'],
    says: 'S is the mean over the neurons of their ratio, each summed over the batch; Eq. 12 is one ratio of sums.',
    concerns: (stage, { B }) => B > 1 && makesTerms(stage),
    stage(stage, { B }) {
      if (stage.kind !== 'point') return undefined;
      return {
        ...stage,
        // As terms of the first sample; the others have none.
        f([FI, FO], { array }) {
          const size = FI.length / B;
          const [into, out] = [array(FI.length), array(FI.length)];
          for (let i = 0; i < size; i++) {
            let [a, b] = [0, 0];
            for (let at = i; at < FI.length; at += size) [a, b] = [a + FI[at], b + FO[at]];
            if (a !== 0) [into[i], out[i]] = [1, b / a];
          }
          return [into, out];
        },
      };
    },
  },
  {
    id: 'scale-mean-of-samples',
    stages: ['scale'],
    says: 'S is the mean of each sample’s ratio; Eq. 12 sums over the batch first.',
    concerns: ofBatch,
    change: replacing(() => ({
      computeBatchSums(samples) {
        const known = samples.filter(({ FI }) => FI !== 0);
        return { FI: known.length, FO: known.reduce((sum, { FI, FO }) => sum + FO / FI, 0) };
      },
    })),
  },
  {
    id: 'scale-of-first-sample',
    stages: ['scale'],
    says: 'S is taken of the first sample; Eq. 12 sums over the batch.',
    concerns: ofBatch,
    change: replacing(() => ({ computeBatchSums: ([sample]) => sample })),
  },
  byScale(
    'scale-blend-swapped',
    'S is .4·new + .6·old, where the variant has .6·new + .4·old.',
    replacing(() => ({
      computeScaleOf: (ratio, S, _layer, _variant, { round }) => ({
        S: round(round(round(0.4) * ratio) + round(round(0.6) * S)),
        refused: false,
      }),
    })),
    ({ variant }) => variant.scaleMemory === 'blend',
  ),
  {
    ...byScale(
      'scale-clamped',
      'S is ΣFO / ΣFI cut to 0 … 1/Vth; the variant refuses a ratio outside, and S stays.',
      unchecked,
      isRefused,
    ),
    input: (values, key, stage, model) =>
      key === keyOf(stage.n, 'ratio')
        ? values.map((ratio) => Math.min(Math.max(ratio, 0), 1 / layerOf(stage, model)!.Vth)) // a layer has S
        : values,
  },
  byScale(
    'scale-unchecked',
    'S is ΣFO / ΣFI whatever it is, negative too; the variant takes a ratio in (0, 1/Vth] alone, else S stays.',
    unchecked,
    isRefused,
  ),
];

export const flowMistakes: readonly Row[] = [...flowRows, ...scaleRows];
