/** Mistakes of stage `update`: an optimiser that differs from the stated one. */
import type { Floats } from '../../../../spec/arithmetic.ts';
import type { Adam, AdamConstants } from '../../../../spec/update.ts';
import { total } from '../../../engine/rounding.ts';
import type { Stage } from '../../../engine/stage.ts';
import { keyOf, weightKeys } from '../../keys.ts';
import type { Seen } from '../../name.ts';
import type { Functions, Model } from '../model.ts';
import { factorText, middleOf, networkIn, ofKind, replacing, rowsOf, type Change, type Row } from './rows.ts';

const usesAdam = (_: Stage, { optimiser }: Model): boolean => optimiser === 'adam';
/** Whether a stage updates weights that decay. Biases do not decay. */
const decays = ({ n, reads }: Stage): boolean => reads[0] === keyOf(n, 'weight');

interface Moments {
  readonly m: number;
  readonly v: number;
}
type Update = (m: number, v: number, constants: AdamConstants, adam: Adam, before: Moments) => number;

/** Another change of the weights, with the same moments. */
const withUpdate = (updateOf: Update): ((model: Model) => Partial<Model>) =>
  replacing((original) => ({
    applyAdam(w, dw, m, v, ...constants) {
      const before = Array.from(m, (each, k) => ({ m: each, v: v[k] }));
      original.applyAdam(w.slice(), dw, m, v, ...constants);
      for (let k = 0; k < w.length; k++) w[k] = w[k] - updateOf(m[k], v[k], ...constants, before[k]);
    },
  }));

/** Adam with another change of the weights. */
const byUpdate = (updateOf: Update): Change => ({ concerns: usesAdam, change: withUpdate(updateOf) });

const byAdam = (of: (original: Functions) => Partial<Functions>): Change => ({
  concerns: usesAdam,
  change: replacing(of),
});

const withConstants = (of: (adam: Adam) => Partial<Adam>): ((model: Model) => Partial<Model>) =>
  replacing(({ adam }) => ({ adam: { ...adam, ...of(adam) } }));

const byConstants = (of: (adam: Adam) => Partial<Adam>): Change => ({
  concerns: usesAdam,
  change: withConstants(of),
});

const inBinary32 = ({ β1, β2 }: Adam): Pick<Adam, 'β1' | 'β2'> => ({
  β1: Math.fround(β1),
  β2: Math.fround(β2),
});

/** As {@link Functions.computeAdamConstants}, with powers and corrections rounded to binary32. */
const constantsInBinary32: Functions['computeAdamConstants'] = (before, η, { β1, β2 }) => {
  const powers = { β1k: Math.fround(before.β1k * β1), β2k: Math.fround(before.β2k * β2) };
  const [first, second] = [powers.β1k, powers.β2k].map((power) => Math.fround(1 - power));
  return { powers, constants: { size: η / first, correction: Math.sqrt(second) } };
};

/** Changes the updated weights. `read` returns an input by its key. */
const byWeights = (
  of: (after: Floats, w: Floats, read: (key: string) => Floats) => Floats,
): NonNullable<Row['stage']> =>
  ofKind('point', (stage) => ({
    f(args, precision) {
      const results = [...stage.f(args, precision)];
      const after = results[results.length - 1];
      return [...results.slice(0, -1), of(after, args[0], (key) => args[stage.reads.indexOf(key)])];
    },
  }));

/** The median quotient of the supplied and the right changes of the weights. */
function updateFactors({ stage, right, got, inputs }: Seen<Model>): number[][] {
  const after = stage.writes[stage.writes.length - 1];
  const [w, plain, supplied] = [inputs[0]?.v, right(after).v, got(after)];
  const all = [...plain].flatMap((each, k) =>
    w && supplied && each !== w[k] ? [(supplied[k] - w[k]) / (each - w[k])] : [],
  );
  return [middleOf(all)].flatMap((found) => (found !== undefined && found > 0 ? [[found]] : []));
}

/**
 * Index of a result's old value among a stage's inputs. The old value of `weight.after` is `weight`, that of `m` is `m.before`.
 */
const placeOf = ({ reads }: Stage, key: string): number =>
  reads.findIndex((each) => each === key.replace(/\.after$/, '') || each === `${key}.before`);

/** ε is added before the correction. */
const byUncorrected: Update = (m, v, { size, correction }, { ε }) =>
  (size * correction * m) / (Math.sqrt(v) + ε);

const usualEpsilons = [1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-10, 1e-12, 1e-15, 0];

/** Adam with moments that are computed from the gradient in another way; `g` includes the decay. */
const byMoments = (of: (g: number, before: Moments, adam: Adam) => Moments): Change =>
  byAdam(({ applyAdam }) => ({
    applyAdam(...[w, dw, m, v, constants, adam]) {
      const weights = w.slice();
      const before = Array.from(m, (each, k) => ({ m: each, v: v[k] }));
      applyAdam(w, dw, m, v, constants, adam);
      for (let k = 0; k < w.length; k++) {
        const g = (m[k] - adam.β1 * before[k].m) / (1 - adam.β1);
        [m[k], v[k]] = Object.values(of(g, before[k], adam));
        w[k] = weights[k] - (constants.size * m[k]) / (Math.sqrt(v[k]) / constants.correction + adam.ε);
      }
    },
  }));

const withoutDecay = replacing({ synapticDecay: () => 0 });
const decaysWithAdam = (stage: Stage, model: Model): boolean => usesAdam(stage, model) && decays(stage);

export const updateMistakes: readonly Row[] = rowsOf(['update'], {
  'adam-epsilon-inside-root: Adam’s ε is inside the root, √(v̂ + ε); it is outside.': byUpdate(
    (m, v, { size, correction }, { ε }) => (size * m) / Math.sqrt(v / correction ** 2 + ε),
  ),
  'adam-epsilon-uncorrected: Adam’s ε is added to √v before its bias is corrected; it is added after.':
    byUpdate(byUncorrected),
  'adam-without-root: Adam divides by v̂; it divides by √v̂.': byUpdate(
    (m, v, { size, correction }, { ε }) => (size * m) / (v / correction ** 2 + ε),
  ),
  'adam-second-moment-of-magnitudes: Adam’s v is of |g|; it is of g².': byMoments(
    (g, { m, v }, { β1, β2 }) => ({ m: β1 * m + (1 - β1) * g, v: β2 * v + (1 - β2) * Math.abs(g) }),
  ),
  'adam-first-moment-undamped: Adam’s m is β1·m + g; it is β1·m + (1 − β1)·g.': byMoments(
    (g, { m, v }, { β1, β2 }) => ({ m: β1 * m + g, v: β2 * v + (1 - β2) * g * g }),
  ),
  'adam-amsgrad: Adam divides by the larger √v̂ of this step and the one before (AMSGrad).': byUpdate(
    (m, v, { size, correction }, { ε }, before) =>
      (size * m) / (Math.sqrt(Math.max(v, before.v)) / correction + ε),
  ),
  'adam-first-moment-of-before: The step of the weights has m of the step before; Adam has the new m.':
    // In the first step m was 0. Weights that stay as they were have likelier causes.
    byUpdate(
      (m, v, { size, correction }, { ε }, before) =>
        (size * (before.m === 0 ? m : before.m)) / (Math.sqrt(v) / correction + ε),
    ),
  'adam-second-moment-of-before: The step of the weights has v of the step before; Adam has the new v.':
    byUpdate(
      (m, _, { size, correction }, { ε }, before) => (size * m) / (Math.sqrt(before.v) / correction + ε),
    ),
  'adam-other-epsilon: Adam’s ε is another number.': {
    concerns: usesAdam,
    usual: ({ functions: { adam } }) =>
      usualEpsilons.filter((ε) => ε !== adam.ε).flatMap((ε) => [[ε], [ε, 1]]),
    change: (model, [ε = 1e-3, isUncorrected]) => {
      const { functions } = { ...model, ...withConstants(() => ({ ε }))(model) };
      return isUncorrected ? withUpdate(byUncorrected)({ ...model, functions }) : { functions };
    },
    found: ([ε, isUncorrected]) =>
      `It is ${ε}${isUncorrected ? ', and is added to √v before its bias is corrected' : ''}.`,
  },
  'adam-nesterov: Adam has Nesterov’s momentum (NAdam): the step is of β1·m + (1 − β1)·g; it is of m.': {
    concerns: usesAdam,
    usual: () => [[0], [1], [2]],
    stage: ofKind('point', (stage, { functions: { adam } }: Model, [form = 0]) => ({
      f(args, precision) {
        const [m, v] = stage.f(args, precision);
        const [[w, , m0, , [η], , [k]], { β1, β2, ε }] = [args, adam];
        const μ = (step: number): number => (form === 2 ? β1 * (1 - 0.96 ** (0.004 * step) / 2) : β1);
        let all = 1;
        for (let step = 1; step <= k; step++) all *= μ(step);
        const next = μ(k + 1) / (1 - (form === 0 ? all : all * μ(k + 1)));
        const now = (1 - μ(k)) / (1 - all) / (1 - β1);
        const up = (i: number): number => now * (m[i] - β1 * m0[i]) + next * m[i];
        return [m, v, w.map((each, i) => each - (η * up(i)) / (Math.sqrt(v[i] / (1 - β2 ** k)) + ε))];
      },
    })),
    found: ([form = 0]) =>
      `${['Both terms are divided by 1 − β1ᵏ', 'The first is divided by 1 − β1ᵏ⁺¹', 'As in torch.optim.NAdam, β1 changes from step to step'][form]}.`,
  },
  'adam-without-bias-correction: Adam’s moments are not corrected for their bias.': {
    concerns: usesAdam,
    change: replacing({
      computeAdamConstants: (powers, η) => ({ powers, constants: { size: η, correction: 1 } }),
    }),
  },
  'adam-second-moment-uncorrected: Adam’s v is not corrected for its bias; m is.': byUpdate(
    (m, v, { size }, { ε }) => (size * m) / (Math.sqrt(v) + ε),
  ),
  'adam-betas-exchanged: Adam’s β1 and β2 are exchanged; β1 is .9 and β2 .999.': byConstants(
    ({ β1, β2 }) => ({ β1: β2, β2: β1 }),
  ),
  'adam-constants-in-binary32: Adam’s constants are rounded first, 1 − float32(.999); 1 − β is rounded once.':
    {
      ...byConstants(inBinary32),
      usual: () => [[0], [1]],
      change: (model, [isCorrection]) =>
        replacing(({ adam }) => ({
          adam: { ...adam, ...inBinary32(adam) },
          ...(isCorrection && { computeAdamConstants: constantsInBinary32 }),
        }))(model),
      found: ([isCorrection]) =>
        isCorrection ? 'So is 1 − βᵏ, in the correction of the bias.' : 'The correction of the bias is not.',
    },
  'adam-moments-in-binary32: The moments have 1 − float32(.999), and the correction of their bias has .999: 1 − β is rounded once.':
    byAdam(({ applyAdam }) => ({
      applyAdam: (...[w, dw, m, v, constants, adam]) =>
        applyAdam(w, dw, m, v, constants, { ...adam, ...inBinary32(adam) }),
    })),
  'adam-step-per-array: Adam’s step counts up with each array that is updated; all arrays of a batch have the same step.':
    {
      concerns: usesAdam,
      input(values, key, { reads }, model) {
        const all = networkIn(model).layers.flatMap(weightKeys);
        const stepOf = (step: number): number => (step - 1) * all.length + all.indexOf(reads[0]) + 1;
        return key === 'step' ? values.map(stepOf) : values;
      },
    },
  'adam-step-late: Adam’s bias is corrected for step + 1; it is for step, counted from 1.': {
    concerns: usesAdam,
    input: (values, key) => (key === 'step' ? values.map((step) => step + 1) : values),
  },
  'adam-step-early: Adam’s bias is corrected for step − 1; it is for step, counted from 1.': {
    concerns: usesAdam,
    input: (values, key) => (key === 'step' ? values.map((step) => step - 1) : values),
  },
  'adam-step-restarted: Adam’s bias is corrected for step 1, as if the counter began anew; the moments are of earlier steps.':
    {
      concerns: usesAdam,
      input: (values, key) => (key === 'step' ? values.map(() => 1) : values),
    },
  'sgd-for-adam: Weights follow Eq. 11 as it stands (SGD); Adam was named.': {
    concerns: usesAdam,
    change: () => ({ optimiser: 'sgd' }),
  },
  'sgd-without-decay: Weights follow Eq. 11 alone: SGD without weight decay; Adam with it was named. Where that is meant: --optimiser sgd --weight-decay 0.':
    { concerns: decaysWithAdam, change: (model) => ({ optimiser: 'sgd', ...withoutDecay(model) }) },
  'adam-for-sgd: Weights follow Adam; SGD was named.': {
    concerns: (stage, model) => !usesAdam(stage, model),
    change: () => ({ optimiser: 'adam' }),
  },
  'sgd-of-signs: The weights move by the sign of the gradient; Eq. 11 has the gradient.': {
    concerns: (stage, model) => !usesAdam(stage, model),
    usual: () => [[0], [1]],
    input(values, key, { reads }, _model, [isScaled]) {
      if (key !== reads[1]) return values;
      const size = isScaled ? total(values, Math.abs) / values.length : 1;
      return values.map((each) => size * Math.sign(each));
    },
    found: ([isScaled]) => (isScaled ? 'It is times the mean of its magnitudes.' : 'It is not scaled.'),
  },
  'decay-missing: Weight decay is missing: decay·w is not added to the gradient. Where none is meant: --weight-decay 0.':
    {
      concerns: decays,
      change: withoutDecay,
    },
  'decay-decoupled: Weight decay is decoupled (AdamW): η·decay·w is taken from w; it is added to the gradient.':
    {
      concerns: decaysWithAdam,
      change: withoutDecay,
      stage: byWeights((after, w, read) =>
        after.map((each, k) => each - read('learningRate')[0] * read('weightDecay')[0] * w[k]),
      ),
    },
  'bias-decays: The bias has weight decay; it has none.': {
    concerns: (stage) => !decays(stage),
    change: replacing({ biasDecay: (decay) => decay }),
  },
  'gradient-ascent: Weights go up the gradient, w + η·∂L/∂w; Eq. 11 has w − η·∂L/∂w.': {
    stage: byWeights((after, w) => after.map((each, k) => 2 * w[k] - each)),
  },
  'update-repeated: Weights are updated more than once with the same gradient.': {
    usual: () => [[2], [3]],
    stage: ofKind('point', (stage, _model: Model, [times = 2]) => ({
      // Each later update reads the weights and moments that the previous update wrote.
      f(args, precision) {
        const all = [...args];
        for (let each = 0; each < times; each++) {
          const results = stage.f(all, precision);
          stage.writes.forEach((key, k) => (all[placeOf(stage, key)] = results[k]));
          const step = stage.reads.indexOf('step');
          if (step >= 0) all[step] = all[step].map((one) => one + 1);
        }
        return stage.writes.map((key) => all[placeOf(stage, key)]);
      },
    })),
    found: ([times]) => `It is done ${times} times.`,
  },
  'other-learning-rate: The step of the weights is multiplied by a number: another η.': {
    fit: updateFactors,
    input: (values, key, _stage, _model, [by = 2]) =>
      key === 'learningRate' ? values.map((η) => η * by) : values,
    found: ([by], model) => `It is ${factorText(by, model)} times what was named.`,
  },
});
