/** Tests that each row of the catalogue is a sentence on one mistake, and is named if this mistake is planted. */
import { expect, it } from 'vitest';
import { mistakes } from '../../src/oracle/asf/mistakes/mistakes.ts';
import { stages } from '../../src/oracle/keys.ts';
import { drawWorld, emptyTally, tallyOne } from './planted.ts';
import { isWhole, seedOf } from '../support.ts';

/** Worlds in which nearly every mistake can be planted. */
const worlds = [0, 1, 2, 3, 4, 5, 7, 12, 15, 23, 34, 36, 42].map((seed) => drawWorld(seed));

/** Rows that show in none of these worlds, and the reasons. */
const hidden: Readonly<Record<string, string>> = {
  'leak=product': 'rounding covers it',
  'leak=sumThenDifference': 'rounding covers it',
  'scaleRange=belowInverseThreshold': 'no ratio is outside where the variant takes those',
  'output=integrates': 'every drawn output layer integrates',
  'gradient-clipped-by-global-norm': 'its number is fitted, and none is planted',
  'adam-epsilon-uncorrected': 'rounding covers it',
  'adam-constants-in-binary32': 'rounding covers it',
  'adam-moments-in-binary32': 'rounding covers it',
  'adam-amsgrad': 'in a first step v grows',
  'adam-step-restarted': 'every drawn step is the first',
  'adam-step-early': 'every drawn step is the first',
  'adam-first-moment-of-before': 'every drawn step is the first',
};

it('ids are unique and of words, sentences are sentences, and stages are stages', () => {
  const ids = mistakes.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { id, says, stages: own } of mistakes) {
    expect(id).toMatch(/^[A-Za-z0-9]+([-=][A-Za-z0-9]+)*$/);
    expect(says, id).toMatch(/^[\p{L}∂½].{10,}\.$/u);
    for (const stage of own) expect(stages, id).toContain(stage);
  }
  expect(Object.keys(hidden).filter((id) => !ids.includes(id))).toEqual([]);
});

const seeds = Array.from({ length: 2000 }, (_, seed) => seed);

/** Whether a mistake is named in a world, and no other mistake with it. */
function isAlone(mistake: (typeof mistakes)[number], world: ReturnType<typeof drawWorld>): boolean {
  const tally = emptyTally();
  tallyOne(mistake, world, tally, () => undefined);
  return tally.named === 1 && tally.wrongly === 0;
}

const planted = mistakes.filter(({ stages: own }) => own.length > 0);

it.each(planted.filter((_, k) => isWhole || (k + seedOf()) % 4 === 0))(
  '$id is detected where it is planted and named in some world, and nothing else is',
  (mistake) => {
    const tally = emptyTally();
    const notes: string[] = [];
    for (const world of worlds)
      if (tally.named < 1) tallyOne(mistake, world, tally, (note) => notes.push(note));
    const isHidden = mistake.id in hidden;
    if (!isHidden && tally.named === 0)
      notes.push(`alone in the world of seed ${seeds.find((seed) => isAlone(mistake, drawWorld(seed)))}`);
    expect(tally, notes.join('; ')).toMatchObject({
      detected: tally.planted,
      named: isHidden ? 0 : 1,
      wrongly: 0,
    });
    if (isHidden) expect(tally.planted).toBe(0);
  },
);
