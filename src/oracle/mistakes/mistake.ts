/**
 * Mistakes: what people write in place of a stage. A mistake takes the right part and gives the mistaken one; the helpers
 * below cover what most are: another choice, another function, another input, another output.
 */
import type { Variant } from '../../../spec/variant.ts';
import type { Ball } from '../ball.ts';
import type { Stage } from '../keys.ts';
import type { Part, Setting, Situation } from '../part.ts';
import type { Semantics } from '../semantics.ts';

/** What a part is built with in place of the right one's situation. */
export interface Change {
  readonly variant?: Partial<Variant>;
  readonly semantics?: Partial<Semantics>;
  readonly description?: Situation['description'];
  readonly optimiser?: Situation['optimiser'];
}

/** The same part, built with something replaced; none where the changed step has no such part. */
export type Make = (change: Change) => Part | undefined;

export interface Mistake {
  /** Words joined by hyphens, unique. */
  readonly id: string;
  /** Stages in which it can be made. */
  readonly stages: readonly Stage[];
  /** One sentence on what the implementation does. */
  readonly says: string;
  /** Whether it could show in a part; without it, in every part of its stages. */
  readonly concerns?: (part: Part, setting: Setting) => boolean;
  readonly plant: (right: Part, make: Make, setting: Setting) => Part | undefined;
}

type Head = Pick<Mistake, 'id' | 'says' | 'concerns'> & { readonly stage: Stage };

const head = ({ stage, ...rest }: Head): Pick<Mistake, 'id' | 'says' | 'concerns' | 'stages'> => ({
  ...rest,
  stages: [stage],
});

/** Another function in place of one of `spec/`. */
export function bySemantics(what: Head, semantics: Partial<Semantics>): Mistake {
  return { ...head(what), plant: (_, make) => make({ semantics }) };
}

/** Another array in place of an input: `from` gives the key that is read for a key. */
export function byInput(what: Head, from: (key: string, part: Part) => string): Mistake {
  return {
    ...head(what),
    plant(right) {
      const inputs = right.inputs.map((key) => from(key, right));
      if (inputs.every((key, place) => key === right.inputs[place])) return undefined;
      return {
        ...right,
        inputs,
        run(balls, manner) {
          const seen = new Map(balls);
          for (const [place, key] of right.inputs.entries()) seen.set(key, balls.get(inputs[place])!);
          return right.run(seen, manner);
        },
      };
    },
  };
}

/** Another value in place of an output. */
export function byOutput(
  what: Head,
  change: (ball: Ball, key: string, part: Part, setting: Setting) => Ball,
): Mistake {
  return {
    ...head(what),
    plant: (right, _, setting) => ({
      ...right,
      run(balls, manner) {
        const made = right.run(balls, manner);
        return new Map([...made].map(([key, ball]) => [key, change(ball, key, right, setting)]));
      },
    }),
  };
}

/** A ball times a number, in the precision it has. */
export function scaled({ value, radius }: Ball, factor: number): Ball {
  const out = value instanceof Float32Array ? new Float32Array(value.length) : new Float64Array(value.length);
  for (let i = 0; i < out.length; i++) out[i] = value[i] * factor;
  return {
    value: out,
    radius: radius?.map((r) => r * Math.abs(factor)),
  };
}
