/** The check: right implementations of every kind agree, and a mistake is found where it is made. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binary32, real } from '../../spec/arithmetic.ts';
import { check } from '../../src/oracle/oracle.ts';
import { runsOf, seedOf } from '../support.ts';
import { implementations } from './implementations.ts';
import { anyWorld, made, shaped, type World } from './worlds.ts';

const settings = (runs: number) => ({ seed: seedOf(), numRuns: runsOf(runs) });

/** The network and variant of a world as options of the check. */
const caseOf = ({ description, variant, optimiser }: World) => ({
  network: { ...description, variant },
  optimiser,
  mistakes: [],
});

/** What differs, in a few words. */
function complaints(world: World, arrays: ReturnType<typeof shaped>, free = false): string[] {
  const { steps } = check({ ...caseOf(world), arrays, free });
  return steps.flatMap(({ findings }) =>
    findings
      .filter(({ verdict }) => verdict !== 'agrees')
      .map(({ key, verdict, bounds, first }) => `${verdict} ${key} ${bounds} ${JSON.stringify(first)}`),
  );
}

describe.each(Object.entries(implementations))('%s', (_, semantics) => {
  it.each([binary32, real])('agrees in $name', (precision) => {
    const law = fc.property(anyWorld, fc.boolean(), (world, free) => {
      expect(complaints(world, shaped(world, made(world, precision, semantics)), free)).toEqual([]);
    });
    fc.assert(law, settings(15));
  });
});

it('agrees whatever was left out', () => {
  const law = fc.property(anyWorld, fc.infiniteStream(fc.boolean()), (world, choice) => {
    const all = made(world, binary32, implementations['last term first']);
    const kept = [...all].filter(([key]) => world.given.has(key) || key === 'loss' || choice.next().value);
    expect(complaints(world, shaped(world, new Map(kept)))).toEqual([]);
  });
  fc.assert(law, settings(60));
});
