/** Several mistakes at once in one place: choices of a variant together, and a choice with another mistake. */
import { choices, type Variant } from '../../../spec/variant.ts';
import { settingOf, type Setting } from '../stagePart.ts';
import { buildParts } from '../parts/parts.ts';
import type { Mistake } from './mistake.ts';
import { plant } from './plant.ts';

export type Choices = Partial<Variant>;

/** The answer that a mistake is, if it is one. */
export function choicesOf({ id }: Pick<Mistake, 'id'>): Choices | undefined {
  const [question, answer] = id.split('=');
  return question in choices && answer !== undefined
    ? ({ [question]: answer } as unknown as Choices) // such an id is made of both
    : undefined;
}

/** Another way to reset, which has a name of its own as it may be in one layer alone, is an answer as well. */
export const otherResets: Readonly<Record<string, Choices | undefined>> = {
  'reset-to-zero': { reset: 'sameStep' },
  'reset-by-subtraction': { reset: 'subtractThenLeak' },
  'reset-by-subtraction-after-leak': { reset: 'leakThenSubtract' },
};

/** Several choices, as one mistake. */
export function choicesTogether(members: readonly Mistake[]): Mistake {
  const change: Choices = Object.assign({}, ...members.map(choicesOf));
  return {
    id: members.map(({ id }) => id).join(' + '),
    stages: members[0].stages.filter((stage) => members.every(({ stages }) => stages.includes(stage))),
    says: members.map(({ says }) => says).join(' And: '),
    plant: (_, make) => make({ variant: change }),
  };
}

/** A choice and a mistake that is none. */
export function withChoice(choice: Mistake, other: Mistake): Mistake {
  const changed = ({ variant, ...rest }: Setting): Setting =>
    settingOf({ ...rest, variant: { ...variant, ...choicesOf(choice) } });
  return {
    id: `${choice.id} + ${other.id}`,
    stages: other.stages.filter((stage) => choice.stages.includes(stage)),
    says: `${choice.says} And: ${other.says}`,
    ...(other.isReach && { isReach: true }),
    plant(right, _, setting) {
      const under = changed(setting);
      const part = buildParts(under).find(({ id }) => id === right.id);
      return part && plant(other, part, under);
    },
  };
}

/** All sets of `size` of these, without two answers to one question. */
export function setsOf(members: readonly Mistake[], size: number): Mistake[][] {
  if (size === 0) return [[]];
  return members.flatMap((first, place) =>
    setsOf(members.slice(place + 1), size - 1)
      .filter((rest) => rest.every(({ id }) => questionOf(id) !== questionOf(first.id)))
      .map((rest) => [first, ...rest]),
  );
}

const questionOf = (id: string): string => id.split('=')[0];
