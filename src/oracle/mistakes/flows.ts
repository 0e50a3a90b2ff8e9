/** Stage flow: other sums over the window. */
import type { Floats } from '../../../spec/arithmetic.ts';
import { semantics } from '../semantics.ts';
import { keyOf } from '../keys.ts';
import { take } from '../slices.ts';
import type { StagePart } from '../stagePart.ts';
import { changingInputs, delayed, loosened, mapped, ownLayer, withDriftOf } from './helpers.ts';
import { changingOutputs, type Mistake } from './mistake.ts';

const makes = ({ n, outputs }: StagePart, what: string): boolean => outputs.includes(keyOf(n, what));

/** FI or FO with the leak of the potential: F ← λ·F + the step. Each is its own part, whose sum is FI of `accumulateFlow`. */
const leaky = (what: 'FI' | 'FO', instead: string): Mistake => ({
  id: `leak-in-${what}`,
  stages: ['flow'],
  says: `${what} leaks as u does; Eq. 7 is the plain sum of ${instead}.`,
  concerns(part, setting) {
    const layer = ownLayer(part, setting);
    return layer !== undefined && layer.λ !== 1 && makes(part, what);
  },
  plant(right, make, setting) {
    const λ = setting.network.layers[right.n - 1].λ;
    const leak = (F: Floats): void => {
      for (let i = 0; i < F.length; i++) F[i] = λ * F[i];
    };
    const part = make({
      semantics: {
        accumulateFlow(FI, FO, x, o) {
          leak(FI);
          semantics.accumulateFlow(FI, FO, x, o);
        },
      },
    });
    return part && changingOutputs(part, (interval) => withDriftOf(interval, 2 * setting.network.T));
  },
});

const leakInFI = leaky('FI', 'currents');
const leakInFO = leaky('FO', 'spikes');

const flowAveraged: Mistake = {
  id: 'flow-averaged',
  stages: ['flow'],
  says: 'Flows are means over the window; Eq. 7 has sums.',
  plant: (right, _, { network: { T } }) =>
    changingOutputs(right, (interval) =>
      mapped(
        interval,
        (v) => v / T,
        () => 1 / T,
      ),
    ),
};

/** The window without one of its ends. */
const without = (id: string, says: string, end: 'first' | 'last'): Mistake => ({
  id,
  stages: ['flow'],
  says,
  plant: (right, _, { network: { T } }) =>
    changingInputs(right, (interval) => {
      const size = interval.value.length / T;
      if (right.inputs.some((key) => key.endsWith('FO'))) return interval;
      if (end === 'last') return delayed(interval, T);
      const value = interval.value.slice();
      value.fill(0, 0, size);
      return { ...interval, value };
    }),
});

const flowWithoutFirst = without(
  'flow-without-first-step',
  'Flows begin at the second step; Eq. 7 has all T.',
  'first',
);
const flowWithoutLast = without(
  'flow-without-last-step',
  'Flows end before the last step; Eq. 7 has all T.',
  'last',
);

const flowOfPotential: Mistake = {
  id: 'FI-is-potential',
  stages: ['flow'],
  says: 'FI is the potential after the last step; Eq. 7 has the sum of the currents, also of those that a reset threw away.',
  concerns: (part, setting) => makes(part, 'FI') && ownLayer(part, setting)?.spikes === true,
  plant: (right) => ({
    ...right,
    inputs: [keyOf(right.n, 'potential.end')],
    run: (intervals) =>
      new Map([[right.outputs[0], loosened(take(intervals, keyOf(right.n, 'potential.end')), 1)]]),
  }),
};

export const flowMistakes: readonly Mistake[] = [
  leakInFI,
  leakInFO,
  flowAveraged,
  flowWithoutFirst,
  flowWithoutLast,
  flowOfPotential,
];
