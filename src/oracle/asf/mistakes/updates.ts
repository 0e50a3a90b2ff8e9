/** Stage update: other optimisers than the one that is named. */
import type { Floats } from '../../../../spec/arithmetic.ts';
import type { Adam, AdamStep } from '../../../../spec/update.ts';
import type { PointStage, Stage } from '../../../engine/stage.ts';
import { keyOf, weightKeys } from '../../keys.ts';
import type { Model } from '../model.ts';
import { digits, medianOf, networkIn, replacing, type Row } from './rows.ts';

const usesAdam = (_: Stage, { optimiser }: Model): boolean => optimiser === 'adam';
/** Biases have none. */
const decays = ({ n, reads }: Stage): boolean => reads[0] === keyOf(n, 'weight');
const isBias = ({ n, reads }: Stage): boolean => reads[0] === keyOf(n, 'bias');

const row = (id: string, says: string, rest: Omit<Row, 'id' | 'stages' | 'says'>): Row => ({
  id,
  stages: ['update'],
  says,
  ...rest,
});

/** Adam whose last line is another; the moments are Adam's. */
const byStep = (
  id: string,
  says: string,
  stepOf: (m: number, v: number, step: AdamStep, settings: Adam, vBefore: number) => number,
): Row =>
  row(id, says, {
    concerns: usesAdam,
    change: replacing((own) => ({
      applyAdam(w, dw, m, v, ...constants) {
        const before = v.slice();
        own.applyAdam(w.slice(), dw, m, v, ...constants);
        for (let k = 0; k < w.length; k++) w[k] = w[k] - stepOf(m[k], v[k], ...constants, before[k]);
      },
    })),
  });

/** Weights after the step that are others; `f` is the right stage's. */
const byWeights =
  (
    of: (after: Floats, args: readonly Floats[]) => void,
    f: (stage: PointStage, ...rest: Parameters<PointStage['f']>) => readonly Floats[] = (stage, ...rest) =>
      stage.f(...rest),
  ): NonNullable<Row['stage']> =>
  (stage) =>
    stage.kind === 'point'
      ? {
          ...stage,
          f(args, precision) {
            const made = f(stage, args, precision).map((values) => values.slice());
            of(made[made.length - 1], args);
            return made;
          },
        }
      : undefined;

/** Places of what an update reads. */
const place = (stage: Stage, key: string): number => stage.reads.indexOf(key);

export const updateMistakes: readonly Row[] = [
  byStep(
    'adam-epsilon-inside-root',
    'Adam’s ε is inside the root, √(v̂ + ε); it is outside.',
    (m, v, { size, correction }, { ε }) => (size * m) / Math.sqrt(v / correction ** 2 + ε),
  ),
  byStep(
    'adam-epsilon-uncorrected',
    'Adam’s ε is added to √v before its bias is corrected; it is added after.',
    (m, v, { size, correction }, { ε }) => (size * correction * m) / (Math.sqrt(v) + ε),
  ),
  byStep(
    'adam-without-root',
    'Adam divides by v̂; it divides by √v̂.',
    (m, v, { size, correction }, { ε }) => (size * m) / (v / correction ** 2 + ε),
  ),
  byStep(
    'adam-amsgrad',
    'Adam divides by the larger of √v̂ and the one before (AMSGrad).',
    (m, v, { size, correction }, { ε }, before) =>
      (size * m) / (Math.sqrt(Math.max(v, before)) / correction + ε),
  ),
  row('adam-without-bias-correction', 'Adam’s moments are not corrected for their bias.', {
    concerns: usesAdam,
    change: replacing(() => ({
      computeAdamStep: (powers, η) => ({ powers, step: { size: η, correction: 1 } }),
    })),
  }),
  row(
    'decay-missing',
    'Weight decay is missing: decay·w is not added to the gradient. Where none is meant: --weight-decay 0.',
    { concerns: decays, change: replacing(() => ({ synapticDecay: () => 0 })) },
  ),
  row(
    'decay-decoupled',
    'Weight decay is decoupled (AdamW): η·decay·w is taken from w; it is added to the gradient.',
    {
      concerns: (stage, model) => usesAdam(stage, model) && decays(stage),
      change: replacing(() => ({ synapticDecay: () => 0 })),
      stage: (stage, model, k) =>
        byWeights((after, args) => {
          const [w, [η], [decay]] = [0, place(stage, 'learningRate'), place(stage, 'weightDecay')].map(
            (at) => args[at],
          ) as [Floats, Floats, Floats];
          for (let i = 0; i < w.length; i++) after[i] = after[i] - η * decay * w[i];
        })(stage, model, k),
    },
  ),
  row('gradient-ascent', 'Weights go up the gradient, w + η·∂L/∂w; Eq. 11 has w − η·∂L/∂w.', {
    stage: byWeights((after, [w]) => {
      for (let k = 0; k < w.length; k++) after[k] = 2 * w[k] - after[k];
    }),
  }),
  row('sgd-for-adam', 'Weights follow Eq. 11 as it stands (SGD); Adam was named.', {
    concerns: usesAdam,
    change: () => ({ optimiser: 'sgd' }),
  }),
  row(
    'sgd-without-decay',
    'Weights follow Eq. 11 alone: SGD without weight decay; Adam with it was named. Where that is meant: --optimiser sgd --weight-decay 0.',
    {
      concerns: (stage, model) => usesAdam(stage, model) && decays(stage),
      change: (model) => ({ optimiser: 'sgd', ...replacing(() => ({ synapticDecay: () => 0 }))(model) }),
    },
  ),
  row('adam-for-sgd', 'Weights follow Adam; SGD was named.', {
    concerns: (stage, model) => !usesAdam(stage, model),
    change: () => ({ optimiser: 'adam' }),
  }),
  row('adam-betas-exchanged', 'Adam’s β1 and β2 are exchanged; β1 is .9 and β2 .999.', {
    concerns: usesAdam,
    change: replacing(({ adam }) => ({ adam: { ...adam, β1: adam.β2, β2: adam.β1 } })),
  }),
  row(
    'adam-step-per-array',
    'Adam’s step counts up with each array that is updated; all arrays of a batch have the same step.',
    {
      concerns: usesAdam,
      input(values, key, { reads }, model) {
        if (key !== 'step') return values;
        const all = networkIn(model).layers.flatMap(weightKeys);
        return values.map((step) => (step - 1) * all.length + all.indexOf(reads[0]) + 1);
      },
    },
  ),
  row(
    'adam-constants-in-binary32',
    'Adam’s constants are rounded first, 1 − float32(.999); 1 − β is rounded once.',
    {
      concerns: usesAdam,
      change: replacing(({ adam }) => ({
        adam: { ...adam, β1: Math.fround(adam.β1), β2: Math.fround(adam.β2) },
      })),
    },
  ),
  row('other-learning-rate', 'The step of the weights is multiplied by a number: another η.', {
    fit({ stage, right, got, inputs }) {
      const after = stage.writes[stage.writes.length - 1];
      const [w, plain, theirs] = [inputs[0]?.v, right(after).v, got(after)];
      const all: number[] = [];
      for (let k = 0; w && theirs && k < w.length; k++)
        if (plain[k] !== w[k]) all.push((theirs[k] - w[k]) / (plain[k] - w[k]));
      const found = medianOf(all);
      return found !== undefined && found > 0 ? [[found]] : [];
    },
    input: (values, key, _stage, _model, [by = 2]) =>
      key === 'learningRate' ? values.map((η) => η * by) : values,
    found: ([by]) => `It is ${digits(by)} times what was named.`,
  }),
  row('bias-decays', 'The bias has weight decay; it has none.', {
    concerns: isBias,
    change: replacing(() => ({ biasDecay: (weightDecay) => weightDecay })),
  }),
];
