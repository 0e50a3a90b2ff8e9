/** Parts one after the other: which are needed, what is kept of them, and which arrays would decide what their bounds leave open. */
import { describe, expect, it } from 'vitest';
import { canRun, exactly, neededParts, runParts } from '../../src/oracle/chain.ts';
import { decidingKeys } from '../../src/oracle/deciding.ts';
import type { Interval } from '../../src/oracle/interval.ts';
import { plainly, type StagePart } from '../../src/oracle/stagePart.ts';

/** A part that adds what it reads, numbers and radii; `own` is what it is off by itself. */
function adding(
  output: string,
  inputs: readonly string[],
  own = 0,
  hints: readonly string[] = [],
): StagePart {
  return {
    id: output,
    stage: 'flow',
    n: 1,
    inputs,
    outputs: [output],
    hints,
    run(there) {
      const of = (what: (interval: Interval) => number): number =>
        [...inputs, ...hints.filter((key) => there.has(key))].reduce(
          (sum, key) => sum + what(there.get(key)!),
          0,
        );
      const radius = own + of((interval) => interval.radius?.[0] ?? 0);
      const value = Float64Array.of(of((interval) => interval.value[0]));
      return new Map([[output, { value, ...(radius > 0 && { radius: Float64Array.of(radius) }) }]]);
    },
  };
}

const ids = (parts: readonly StagePart[]): string[] => parts.map(({ id }) => id);
const there = (...keys: string[]) => exactly(new Map(keys.map((key) => [key, Float64Array.of(1)])));

describe('parts', () => {
  const parts = [adding('b', ['a']), adding('c', ['b']), adding('x', ['a']), adding('d', ['c', 'x'])];

  it('are needed that lead to what is wanted from what is there, in their order', () => {
    expect(ids(neededParts(parts, ['d'], new Set(['a'])))).toEqual(['b', 'c', 'x', 'd']);
    expect(ids(neededParts(parts, ['d'], new Set(['a', 'c'])))).toEqual(['x', 'd']);
    expect(ids(neededParts(parts, ['c', 'x'], new Set(['b'])))).toEqual(['c', 'x']);
    expect(ids(neededParts(parts, [], new Set()))).toEqual([]);
  });

  it('can run that have all their inputs', () => {
    expect([['c'], ['c', 'x'], []].map((keys) => canRun(parts[3], there(...keys)))).toEqual([
      false,
      true,
      false,
    ]);
  });

  it('that run keep what is there, what is wanted, and nothing else that nobody asks for any more', () => {
    const run = (wanted: string[], ...given: string[]) =>
      Object.fromEntries(
        [...runParts(parts, there(...given), plainly, (key) => wanted.includes(key))].map(
          ([key, { value }]) => [key, value[0]],
        ),
      );
    expect(run(['d'], 'a')).toEqual({ a: 1, d: 2 });
    expect(run(['b', 'd'], 'a')).toEqual({ a: 1, b: 1, d: 2 });
    // What is there is not replaced, and what has no inputs does not run.
    expect(run(['d'], 'a', 'd')).toEqual({ a: 1, d: 1 });
    expect(run(['c', 'd', 'x'], 'b')).toEqual({ b: 1, c: 1 });
  });

  it('let go at once of what nobody asks for', () => {
    const [first] = parts;
    const both: StagePart = {
      ...first,
      outputs: ['b', 'y'],
      run: (given, manner) => new Map([...first.run(given, manner), ['y', { value: new Float64Array(1) }]]),
    };
    const seen: string[][] = [];
    const last: StagePart = {
      ...parts[1],
      run: (given, manner) => (seen.push([...given.keys()]), parts[1].run(given, manner)),
    };
    runParts([both, last], there('a'), plainly, (key) => key === 'c');
    expect(seen).toEqual([['a', 'b']]);
  });

  it('keep what a later part makes use of where it is there', () => {
    const hinted = [adding('b', ['a']), adding('c', ['a']), adding('d', ['c'], 0, ['b'])];
    expect(runParts(hinted, there('a'), plainly, (key) => key === 'd').get('d')!.value[0]).toBe(2);
  });
});

describe('what decides an array that its bounds leave open', () => {
  const decided = ({ radius }: Interval): boolean => (radius?.[0] ?? 0) < 1;
  const keysFor = (
    parts: readonly StagePart[],
    given: readonly string[] = ['a'],
    isKey = (key: string) => !key.startsWith('_'),
  ): string[] => {
    const known = { base: there(...given), between: new Map(), made: new Map() };
    return decidingKeys(parts.at(-1)!.id, parts, known, decided, isKey);
  };

  it('is each array that does so alone, the nearest first, and two at most', () => {
    const chain = [adding('b', ['a'], 2), adding('c', ['b']), adding('d', ['c']), adding('e', ['d'])];
    expect(keysFor(chain)).toEqual(['d', 'c']);
    expect(keysFor(chain, ['a'], (key) => key !== 'd')).toEqual(['c', 'b']);
    // What is off by itself is decided by nothing before it.
    expect(keysFor([adding('b', ['a'], 2), adding('c', ['b'], 2), adding('d', ['c'])])).toEqual(['c']);
    expect(keysFor([adding('b', ['a']), adding('c', ['b'], 2)])).toEqual([]);
  });

  it('is no array that was recorded, none that is exact, and nothing that has no key', () => {
    const two = [adding('b', ['a'], 2), adding('x', ['a']), adding('c', ['b', 'x'])];
    expect(keysFor(two)).toEqual(['b']);
    expect(keysFor([adding('_b', ['a'], 2), adding('c', ['_b'])])).toEqual([]);
    expect(keysFor([adding('b', ['a'], 2), adding('c', ['b', 'x'], 0)], ['a', 'x'])).toEqual(['b']);
  });

  it('is else all that it is made of, where these do so together, and not one alone', () => {
    const both = [adding('b', ['a'], 2), adding('x', ['a'], 2), adding('c', ['b', 'x'])];
    expect(keysFor(both)).toEqual(['b', 'x']);
    // Of what lies before its own inputs nothing is named then.
    const deep = [adding('b', ['a'], 2), adding('x', ['a'], 2), adding('y', ['x']), adding('c', ['b', 'y'])];
    expect(keysFor(deep)).toEqual(['b', 'y']);
    expect(keysFor([...both.slice(0, 2), adding('c', ['b', 'x'], 2)])).toEqual([]);
    // One that is exact is none of them; and one that is made of another stays as it was supplied.
    const three = [...both.slice(0, 2), adding('z', ['a']), adding('c', ['b', 'z', 'x'])];
    expect(keysFor(three)).toEqual(['b', 'x']);
    expect(keysFor([adding('b', ['a'], 2), adding('x', ['b'], 2), adding('c', ['b', 'x'])])).toEqual([
      'b',
      'x',
    ]);
  });

  it('is looked for among the twelve that are nearest', () => {
    const chain = (length: number): StagePart[] => [
      adding('k0', ['a'], 2),
      ...Array.from({ length }, (_, k) => adding(`k${k + 1}`, [`k${k}`], k === 0 ? 0 : 2 / (length + 1))),
      adding('end', [`k${length}`]),
    ];
    // Every link but the first adds a little: only an array near enough to the end leaves little enough.
    expect(keysFor(chain(3))).toEqual(['k3', 'k2']);
    const late = [
      adding('k0', ['a'], 2),
      ...Array.from({ length: 14 }, (_, k) => adding(`_${k}`, [k === 0 ? 'k0' : `_${k - 1}`])),
      adding('end', ['_13']),
    ];
    expect(keysFor(late)).toEqual(['k0']);
    const wide = Array.from({ length: 13 }, (_, k) => adding(`w${k}`, ['a'], 2));
    const names = wide.map(({ id }) => id);
    expect(keysFor([...wide, adding('end', names)])).toEqual(names);
    // The thirteenth would do it alone, and is not tried: all of them do it too.
    const slight = wide.map((part, k) => (k < 12 ? adding(part.id, ['a'], 0.01) : part));
    expect(keysFor([...slight, adding('end', names)])).toEqual(names);
  });

  it('may come of a part of which another array was recorded', () => {
    const whole = adding('b', ['a'], 2);
    const both: StagePart = {
      ...whole,
      outputs: ['y', 'b'],
      run: (given, manner) => new Map([...whole.run(given, manner), ['y', { value: new Float64Array(1) }]]),
    };
    expect(keysFor([both, adding('c', ['b'])], ['a', 'y'])).toEqual(['b']);
  });

  it('is judged by its own interval, where its part makes others too', () => {
    const whole = adding('c', ['b']);
    const wide = { value: new Float64Array(1), radius: Float64Array.of(5) };
    const both: StagePart = {
      ...whole,
      outputs: ['w', 'c'],
      run: (given, manner) => new Map([['w', wide], ...whole.run(given, manner)]),
    };
    expect(keysFor([adding('b', ['a'], 2), both])).toEqual(['b']);
  });

  it('follows what changes on the way, through what is made of it and what takes it as a hint', () => {
    const hinted = [adding('b', ['a'], 2), adding('c', ['a']), adding('d', ['c'], 0, ['b'])];
    expect(keysFor([...hinted.slice(0, 2), { ...hinted[2], inputs: ['c', 'b'] }])).toEqual(['b']);
  });
});
