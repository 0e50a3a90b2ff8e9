/**
 * What the recorded numbers do not tell: other answers to the questions of the variant, and a few mistakes, that would have made the
 * same arrays. Where no potential equals Vth, u > Vth for u ≥ Vth makes no difference, and "agrees" says nothing of it.
 */
import { averagePool } from '../../spec/layers/averagePool.ts';
import { neuronsOf, type Layer } from '../../spec/network.ts';
import { canRun } from './chain.ts';
import { isWithin } from './compare.ts';
import type { Interval, Intervals, Values } from './interval.ts';
import { keyOf } from './keys.ts';
import { choicesOf, otherResets } from './mistakes/combined.ts';
import type { Mistake } from './mistakes/mistake.ts';
import { plant } from './mistakes/plant.ts';
import { croppedKnown } from './narrow.ts';
import { take } from './slices.ts';
import type { Setting, StagePart } from './stagePart.ts';

/**
 * How λ·u is rounded lies within bounds, and when u is shown changes no spike: these are no questions that are answered wrongly. What
 * the output does is asked of the loss as well.
 */
const unasked = ['leak=product', 'leak=sumThenDifference', 'reset=nextStep', 'reset=sameStep'];

const isAsked = (mistake: Mistake): boolean =>
  (choicesOf(mistake) !== undefined && !mistake.id.startsWith('output=') && !unasked.includes(mistake.id)) ||
  mistake.id.startsWith('reset-') ||
  ofPlainS.includes(mistake.id) ||
  mistake.id === rates ||
  mistake.id === cut;

/**
 * Without S the gradients are the same where it is 1, and with the one before where it did not change; a range shows where a ratio is
 * outside.
 */
const ofPlainS = ['scale-ignored', 'stale-scale', 'scale-unchecked'];

/** The rates of decay of Adam's moments show in its first step where moments were supplied, and in weights only later. */
const rates = 'adam-betas-exchanged';

/** What is done with a ratio that Eq. 12 cannot mean shows only where there is one. */
const cut = 'scale-clamped';

/** Whether a layer has what the answer is about; without an entry every layer has. */
const isAbout: Readonly<Record<string, (layer: Layer | undefined) => boolean>> = {
  'averagePool=ownThreshold': (layer) => layer?.kind === averagePool,
  'averagePool=threeQuarters': (layer) => layer?.kind === averagePool,
};

/** What a part was run on, what it makes of that, and what the implementation made. */
interface Meeting {
  readonly inputs: Intervals;
  readonly own: Intervals;
  readonly made: ReadonlyMap<string, Values>;
}

export class Untold {
  private readonly asked = new Map<string, Mistake>();
  private readonly told = new Set<string>();
  private readonly mistakes: readonly Mistake[];

  constructor(mistakes: readonly Mistake[]) {
    this.mistakes = mistakes.filter(isAsked);
  }

  /** Sees which answers make other arrays of a part that is right: of those nothing is said, whether they were supplied or not. */
  meet(part: StagePart, setting: Setting, meeting: Meeting): void {
    const layer = setting.network.layers[part.n - 1];
    for (const mistake of this.mistakes) {
      if (this.told.has(mistake.id)) continue;
      // The variant's own answer.
      if (otherResets[mistake.id]?.reset === setting.variant.reset) continue;
      if (isAbout[mistake.id]?.(layer) === false) continue;
      const planted = plant(mistake, part, setting);
      if (!planted) continue;
      if (mistake.id === cut && !isRefused(layer, meeting)) continue;
      const shown = mistake.id === rates ? suppliedOf(meeting) : meeting;
      const isSame =
        isUnasked(mistake, layer, meeting) ||
        (!isToldByFew(mistake, part, setting, meeting) && leaves(planted, shown));
      if (isSame) this.asked.set(mistake.id, mistake);
      else this.told.add(mistake.id);
    }
  }

  /** The mistakes and then the answers that every part they concern leaves possible. */
  all(): readonly Pick<Mistake, 'id' | 'says'>[] {
    const left = [...this.asked.values()].filter(({ id }) => !this.told.has(id));
    const isMeant = (mistake: Mistake): number => Number(choicesOf(mistake) !== undefined);
    return left.sort((a, b) => isMeant(a) - isMeant(b)).map(({ id, says }) => ({ id, says }));
  }
}

/** A meeting with the arrays alone that were supplied. */
const suppliedOf = ({ own, ...meeting }: Meeting): Meeting => ({
  ...meeting,
  own: new Map([...own].filter(([key]) => meeting.made.has(key))),
});

/** Whether the ratio of a layer is outside (0, 1/Vth], so that S stays. */
function isRefused(layer: Layer, { inputs }: Meeting): boolean {
  const [ratio] = inputs.get(keyOf(layer.n, 'ratio'))?.value ?? [1];
  return !(ratio > 0 && ratio <= 1 / layer.Vth);
}

/** Whether a part with another answer makes what the right one does. */
function leaves(planted: StagePart, { inputs, own, made }: Meeting): boolean {
  if (!canRun(planted, inputs)) return false;
  const result = planted.run(inputs, { bounds: false, follow: made, branch: 'all' });
  return [...own].every(([key, each]) => holds(each, take(result, key), made.get(key) ?? each.value));
}

/** Whether nobody is in doubt: u > Vth and u ≥ Vth are the same where no potential equals Vth. */
const isUnasked = ({ id }: Mistake, layer: Layer, { own }: Meeting): boolean =>
  id.startsWith('fires=') && own.get(keyOf(layer.n, 'compared'))?.value.includes(layer.Vth) !== true;

/** So many neurons that fired are tried first: of most answers they tell, and a window is large. */
const few = 16;

function isToldByFew(mistake: Mistake, part: StagePart, setting: Setting, meeting: Meeting): boolean {
  if (part.stage !== 'neuron') return false;
  const { n } = part;
  const { own, made } = meeting;
  const size = neuronsOf(setting.network.layers[n - 1].output);
  const o = own.get(keyOf(n, 'spikes'))?.value ?? [];
  const fired = new Set<number>();
  for (let i = 0; i < o.length && fired.size < few; i++) if (o[i] !== 0) fired.add(i % size);
  const crop = { n, what: 'neurons', places: [...fired] } as const;
  const base = new Map(part.inputs.map((key) => [key, take(meeting.inputs, key)]));
  const its = croppedKnown({ base, between: own, made }, setting, crop);
  const planted = plant(mistake, part, { ...setting, crop });
  return planted !== undefined && !leaves(planted, { inputs: its.base, own: its.between, made: its.made });
}

/** Whether an array lies within bounds around what another answer makes. Spikes that rounding leaves open say nothing. */
function holds({ open, ...own }: Interval, other: Interval, got: Values): boolean {
  const value = open ? Float64Array.from(other.value, (v, i) => (open[i] === 1 ? got[i] : v)) : other.value;
  return isWithin({ ...own, value }, got);
}
