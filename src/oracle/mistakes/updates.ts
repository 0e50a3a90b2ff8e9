/** Stage update: other optimisers than the one that is named. */
import { adam, type Adam, type AdamStep } from '../../../spec/update.ts';
import { gamma, tiny, type Interval } from '../interval.ts';
import { keyOf, weightKeys } from '../keys.ts';
import { adamStepOf } from '../parts/update.ts';
import { lastOf, scalar, take } from '../slices.ts';
import type { StagePart, Setting } from '../stagePart.ts';
import { semantics, type Semantics } from '../semantics.ts';
import { changingInputs, loosened } from './helpers.ts';
import { changingOutputs, type Change, type Mistake } from './mistake.ts';

const usesAdam = (_: StagePart, { optimiser }: Setting): boolean => optimiser === 'adam';

const byUpdate = (id: string, says: string, change: Change, concerns?: Mistake['concerns']): Mistake => ({
  id,
  stages: ['update'],
  says,
  ...(concerns && { concerns }),
  plant(_, make) {
    const part = make(change);
    return part && changingOutputs(part, (interval) => loosened(interval, 4));
  },
});

/** Adam whose last line is another; the moments are Adam's. */
const byStep = (
  id: string,
  says: string,
  stepOf: (m: number, v: number, constants: AdamStep, settings: Adam) => number,
): Mistake => {
  const applyAdam: Semantics['applyAdam'] = (w, ...[dw, m, v, ...constants]) => {
    semantics.applyAdam(w.slice(), dw, m, v, ...constants);
    for (let k = 0; k < w.length; k++) w[k] = w[k] - stepOf(m[k], v[k], ...constants);
  };
  // Other semantics take no part away.
  const plant: Mistake['plant'] = (_, make) => withSpan(make({ semantics: { applyAdam } })!);
  return { id, stages: ['update'], says, concerns: usesAdam, plant };

  /** The step at the ends of the intervals of m and v: what it is monotone in. */
  function withSpan(part: StagePart): StagePart {
    return {
      ...part,
      run(intervals, manner) {
        const made = part.run(intervals, manner);
        if (!manner.bounds) return made;
        const [m, v, w] = part.outputs.map((key) => take(made, key));
        const constants = adamStepOf(intervals, semantics);
        const radius = Float64Array.from(w.value, (value, k) => {
          const step = stepOf(m.value[k], v.value[k], constants, adam);
          let span = 0;
          for (const a of ends(m, k))
            for (const b of ends(v, k))
              span = Math.max(span, Math.abs(stepOf(a, Math.max(0, b), constants, adam) - step));
          return span + gamma(10) * (Math.abs(step) + span) + gamma(1) * (Math.abs(value) + span) + tiny;
        });
        return made.set(lastOf(part.outputs), { value: w.value, radius });
      },
    };
  }
};

const ends = ({ value, radius }: Interval, k: number): [number, number] => [
  value[k] - (radius?.[k] ?? 0),
  value[k] + (radius?.[k] ?? 0),
];

const epsilonInside = byStep(
  'adam-epsilon-inside-root',
  'Adam’s ε is inside the root, √(v̂ + ε); it is outside.',
  (m, v, { size, correction }, { ε }) => (size * m) / Math.sqrt(v / correction ** 2 + ε),
);

const epsilonUncorrected = byStep(
  'adam-epsilon-uncorrected',
  'Adam’s ε is added to √v before its bias is corrected; it is added after.',
  (m, v, { size, correction }, { ε }) => (size * correction * m) / (Math.sqrt(v) + ε),
);

const noRoot = byStep(
  'adam-without-root',
  'Adam divides by v̂; it divides by √v̂.',
  (m, v, { size, correction }, { ε }) => (size * m) / (v / correction ** 2 + ε),
);

const noBiasCorrection = byUpdate(
  'adam-without-bias-correction',
  'Adam’s moments are not corrected for their bias.',
  {
    semantics: {
      computeAdamStep: (powers, η) => ({ powers, step: { size: η, correction: 1 } }),
    },
  },
  usesAdam,
);

/** Biases have none. */
const decays: NonNullable<Mistake['concerns']> = ({ n, inputs }) => inputs[0] === keyOf(n, 'weight');

const noDecay = byUpdate(
  'decay-missing',
  'Weight decay is missing: decay·w is not added to the gradient. Where none is meant: --weight-decay 0.',
  { semantics: { synapticDecay: () => 0 } },
  decays,
);

/** The part whose weights after the step are others; `step` is η·decay. */
const changingWeights = (
  part: StagePart,
  of: (after: number, before: number, step: number) => number,
): StagePart => ({
  ...part,
  run(intervals, manner) {
    const made = part.run(intervals, manner);
    const [weight, after] = [part.inputs[0], lastOf(part.outputs)];
    const [before, interval] = [take(intervals, weight).value, take(made, after)];
    const step = scalar(intervals, 'learningRate') * scalar(intervals, 'weightDecay');
    const value = interval.value.slice();
    for (let k = 0; k < value.length; k++) value[k] = of(value[k], before[k], step);
    return made.set(after, manner.bounds ? loosened({ ...interval, value }, 6) : { value });
  },
});

/** AdamW: the decay goes past the moments. */
const decoupledDecay: Mistake = {
  id: 'decay-decoupled',
  stages: ['update'],
  says: 'Weight decay is decoupled (AdamW): η·decay·w is taken from w; it is added to the gradient.',
  concerns: (part, setting) => usesAdam(part, setting) && decays(part, setting),
  plant(_, make) {
    const part = make({ semantics: { synapticDecay: () => 0 } });
    return part && changingWeights(part, (after, before, step) => after - step * before);
  },
};

const ascent: Mistake = {
  id: 'gradient-ascent',
  stages: ['update'],
  says: 'Weights go up the gradient, w + η·∂L/∂w; Eq. 11 has w − η·∂L/∂w.',
  plant: (right) => changingWeights(right, (after, before) => 2 * before - after),
};

const sgdForAdam: Mistake = {
  id: 'sgd-for-adam',
  stages: ['update'],
  says: 'Weights follow Eq. 11 as it stands (SGD); Adam was named.',
  concerns: usesAdam,
  plant: (_, make) => make({ optimiser: 'sgd' }),
};

const plainSgd: Mistake = {
  ...byUpdate(
    'sgd-without-decay',
    'Weights follow Eq. 11 alone: SGD without weight decay; Adam with it was named. Where that is meant: --optimiser sgd --weight-decay 0.',
    { optimiser: 'sgd', semantics: { synapticDecay: () => 0 } },
    (part, setting) => usesAdam(part, setting) && decays(part, setting),
  ),
  isFitted: true,
};

const adamForSgd: Mistake = {
  id: 'adam-for-sgd',
  stages: ['update'],
  says: 'Weights follow Adam; SGD was named.',
  concerns: (part, setting) => !usesAdam(part, setting),
  plant: (right, make) => {
    const part = make({ optimiser: 'adam' });
    return part && { ...part, outputs: right.outputs, inputs: part.inputs };
  },
};

const momentsExchanged = byUpdate(
  'adam-betas-exchanged',
  'Adam’s β1 and β2 are exchanged; β1 is .9 and β2 .999.',
  { semantics: { adam: { ...adam, β1: adam.β2, β2: adam.β1 } } },
  usesAdam,
);

/** The arrays that a step updates, in order. */
const updated = ({ network }: Setting): string[] => network.layers.flatMap((layer) => weightKeys(layer));

const stepPerArray: Mistake = {
  id: 'adam-step-per-array',
  stages: ['update'],
  says: 'Adam’s step counts up with each array that is updated; all arrays of a batch have the same step.',
  concerns: usesAdam,
  plant(right, _, setting) {
    const all = updated(setting);
    const part = changingInputs(right, (interval, key) => {
      if (key !== 'step') return interval;
      const [before, place] = [interval.value[0] - 1, all.indexOf(right.inputs[0])];
      return { value: Float64Array.of(before * all.length + place + 1) };
    });
    return changingOutputs(part, (interval) => loosened(interval, 4));
  },
};

const constantsRounded = byUpdate(
  'adam-constants-in-binary32',
  'Adam’s constants are rounded first, 1 − float32(.999); 1 − β is rounded once.',
  { semantics: { adam: { ...adam, β1: Math.fround(adam.β1), β2: Math.fround(adam.β2) } } },
  usesAdam,
);

export const updateMistakes: readonly Mistake[] = [
  epsilonInside,
  epsilonUncorrected,
  noRoot,
  noBiasCorrection,
  noDecay,
  decoupledDecay,
  ascent,
  sgdForAdam,
  plainSgd,
  adamForSgd,
  momentsExchanged,
  stepPerArray,
  constantsRounded,
];
