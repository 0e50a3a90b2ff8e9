/** Each row of the catalogue is a sentence about one mistake, and is named where that is planted. */
import { describe, expect, it } from 'vitest';
import { mistakes } from '../../src/oracle/asf/mistakes/mistakes.ts';
import { stages } from '../../src/oracle/keys.ts';
import { drawWorld, emptyTally, tallyOne } from '../judge/planted.ts';

/** Worlds in which nearly every mistake has a place; few are drawn before it shows. */
const worlds = [0, 1, 2, 3, 4, 5, 7, 12, 15, 23, 34, 36, 42].map((seed) => drawWorld(seed));

/** Rows that show in none of these, and why. */
const hidden: Readonly<Record<string, string>> = {
  'leak=product': 'rounding covers it',
};

it('ids are unique and of words, sentences are sentences, and stages are stages', () => {
  const ids = mistakes.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { id, says, stages: own } of mistakes) {
    expect(id).toMatch(/^[A-Za-z0-9]+([-=][A-Za-z0-9]+)*$/);
    expect(says, id).toMatch(/^[A-Zλ∂].{10,}\.$/);
    for (const stage of own) expect(stages, id).toContain(stage);
  }
  expect(Object.keys(hidden).filter((id) => !ids.includes(id))).toEqual([]);
});

describe('where it is planted', () => {
  it.each(mistakes.filter(({ stages: own }) => own.length > 0))(
    '$id is named, and nothing else is',
    (mistake) => {
      const tally = emptyTally();
      const notes: string[] = [];
      for (const world of worlds)
        if (tally.planted < 1) tallyOne(mistake, world, tally, (note) => notes.push(note));
      expect(notes).toEqual([]);
      const times = mistake.id in hidden ? 0 : 1;
      expect(tally).toMatchObject({ planted: times, named: times });
    },
  );
});
