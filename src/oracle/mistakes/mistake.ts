/**
 * Mistakes: what people write in place of a stage. A mistake takes the right part and gives the mistaken one; the helpers
 * below cover what most are: another choice, another function, another input, another output.
 */
import type { Variant } from '../../../spec/variant.ts';
import type { Interval, Intervals } from '../interval.ts';
import type { Stage } from '../keys.ts';
import { take } from '../slices.ts';
import type { Arithmetic, StagePart, Setting, StageSetting } from '../stagePart.ts';
import type { Semantics } from '../semantics.ts';

/** What a part is built with in place of the right one's situation. */
export interface Change {
  readonly variant?: Partial<Variant>;
  readonly semantics?: Partial<Semantics>;
  readonly description?: StageSetting['description'];
  readonly optimiser?: StageSetting['optimiser'];
}

/** The same part, built with something replaced; none where the changed step has no such part. */
export type Make = (change: Change) => StagePart | undefined;

export interface Mistake {
  /** Words joined by hyphens, unique. */
  readonly id: string;
  /** Stages in which it can be made. */
  readonly stages: readonly Stage[];
  /** One sentence on what the implementation does. */
  readonly says: string;
  /** Whether each number that it makes depends on all: it cannot be tried at a few. */
  readonly isOfAll?: true;
  /** Whether a number of it is taken from what was supplied, or it is two mistakes at once: it is tried where no other explains. */
  readonly isFitted?: true;
  /** Whether how far its sums reach is all that is known of it: without bounds it says nothing. */
  readonly isReach?: true;
  /** Whether it could show in a part; without it, in every part of its stages. */
  readonly concerns?: (part: StagePart, setting: Setting) => boolean;
  /** What it replaces, where that is all of it: it can be made in any precision. */
  readonly replaces?: Pick<Change, 'variant' | 'semantics'>;
  readonly plant: (right: StagePart, make: Make, setting: Setting) => StagePart | undefined;
  /** Of what is fitted: a sentence with the number that was found. */
  readonly found?: (right: StagePart, make: Make, known: Fit) => string | undefined;
}

/** What a number is fitted to: what a part reads, and what was supplied of what it makes. */
export interface Fit {
  readonly setting: Setting;
  readonly intervals: Intervals;
  readonly manner: Arithmetic;
}

/** Whether a value has the form of a mistake. */
export function isMistake(value: Partial<Mistake> | null | undefined): boolean {
  const { id, says, stages, plant } = value ?? {};
  return (
    typeof id === 'string' && typeof says === 'string' && Array.isArray(stages) && typeof plant === 'function'
  );
}

type Head = Pick<Mistake, 'id' | 'says' | 'concerns'> & { readonly stage: Stage };

const head = ({ stage, ...rest }: Head): Pick<Mistake, 'id' | 'says' | 'concerns' | 'stages'> => ({
  ...rest,
  stages: [stage],
});

/** Another function in place of one of `spec/`. */
export function bySemantics(what: Head, semantics: Partial<Semantics>): Mistake {
  return { ...head(what), replaces: { semantics }, plant: (_, make) => make({ semantics }) };
}

/** Another array in place of an input: `from` gives the key that is read for a key. */
export function byInput(what: Head, from: (key: string, part: StagePart) => string): Mistake {
  return {
    ...head(what),
    plant(right) {
      const inputs = right.inputs.map((key) => from(key, right));
      if (inputs.every((key, place) => key === right.inputs[place])) return undefined;
      return {
        ...right,
        inputs,
        run(intervals, manner) {
          const seen = new Map(intervals);
          for (const [place, key] of right.inputs.entries()) seen.set(key, take(intervals, inputs[place]));
          return right.run(seen, manner);
        },
      };
    },
  };
}

/** A part whose outputs are changed after it has run, with an eye to what the implementation made; without bounds only values are. */
export function changingOutputs(
  part: StagePart,
  change: (interval: Interval, key: string, manner: Arithmetic) => Interval,
): StagePart {
  return {
    ...part,
    run(intervals, manner) {
      const made = part.run(intervals, manner);
      return new Map(
        [...made].map(([key, interval]) => {
          const changed = change(interval, key, manner);
          return [key, manner.bounds ? changed : { value: changed.value }] as const;
        }),
      );
    },
  };
}

/** A interval times a number, in the precision it has. */
export function scaled({ value, radius }: Interval, factor: number): Interval {
  const out = value instanceof Float32Array ? new Float32Array(value.length) : new Float64Array(value.length);
  for (let i = 0; i < out.length; i++) out[i] = value[i] * factor;
  return {
    value: out,
    radius: radius?.map((r) => r * Math.abs(factor)),
  };
}
