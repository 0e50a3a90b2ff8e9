/** Biases: left out, added once, learnt as if they were other weights. */
import { biasesOf } from '../../../spec/network.ts';
import { keyOf } from '../keys.ts';
import { take } from '../slices.ts';
import type { StagePart, Setting } from '../stagePart.ts';
import { semantics, type Semantics } from '../semantics.ts';
import { ownLayer } from './helpers.ts';
import type { Mistake } from './mistake.ts';

const hasBias = (part: StagePart, setting: Setting): boolean => {
  const layer = ownLayer(part, setting);
  return layer !== undefined && biasesOf(layer) > 0;
};

/** A current without bias. */
const without: Partial<Semantics> = {
  applyCurrent: (x, w, o, layer) => semantics.applyCurrent(x, w, o, layer, 0),
};

const missing: Mistake = {
  id: 'bias-missing',
  stages: ['current'],
  says: 'The bias is missing from the current.',
  concerns: hasBias,
  plant: (_, make) => make({ semantics: without }),
};

const firstStepOnly: Mistake = {
  id: 'bias-in-first-step-only',
  stages: ['current'],
  says: 'The bias is added in the first step alone; its neuron fires in each.',
  concerns: (part, setting) => hasBias(part, setting) && setting.network.T > 1,
  plant(right, make, setting) {
    const part = make({ semantics: without });
    if (!part) return undefined;
    return {
      ...part,
      run(intervals, manner) {
        const [first, later] = [right.run(intervals, manner), part.run(intervals, manner)];
        for (const [key, { value, radius, ...rest }] of later) {
          const size = value.length / setting.network.T;
          const own = take(first, key);
          const all = value.slice();
          all.set(own.value.subarray(0, size));
          if (radius && own.radius) radius.set(own.radius.subarray(0, size));
          later.set(key, { ...rest, value: all, radius: radius ?? own.radius });
        }
        return later;
      },
    };
  },
};

const isGradient = (part: StagePart): boolean => part.outputs.includes(keyOf(part.n, 'db'));

const withoutWindow: Mistake = {
  id: 'bias-gradient-without-window',
  stages: ['backward'],
  says: '∂L/∂b is Σ ∂L/∂FI; the neuron of a bias fires T times, so that it is Σ ∂L/∂FI·T.',
  concerns: (part, setting) => isGradient(part) && setting.network.T > 1,
  plant: (_, make) =>
    make({
      semantics: { accumulatedb: (db, dFI, _T, layer) => semantics.accumulatedb(db, dFI, 1, layer) },
    }),
};

const decays: Mistake = {
  id: 'bias-decays',
  stages: ['update'],
  says: 'The bias has weight decay; it has none.',
  concerns: ({ n, inputs }) => inputs[0] === keyOf(n, 'bias'),
  plant: (_, make) => make({ semantics: { biasDecay: (weightDecay) => weightDecay } }),
};

export const biasMistakes: readonly Mistake[] = [missing, firstStepOnly, withoutWindow, decays];
