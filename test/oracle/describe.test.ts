/** Arrays that differ in a way that can be said: each plain change of a right array has its words. */
import { describe as group, expect, it } from 'vitest';
import { paper } from '../../spec/variant.ts';
import type { Values } from '../../src/oracle/interval.ts';
import { judge } from './planted.ts';
import { made, worldOf } from './worlds.ts';

const right = (() => {
  const drawn = worldOf(11, 1, paper, 1, true);
  return { world: drawn, arrays: made(drawn) };
})();

/** What is said of an array that was changed. */
function saidOf(key: string, change: (x: number[]) => number[]): string | undefined {
  const arrays = new Map<string, Values>(right.arrays);
  arrays.set(key, Float32Array.from(change([...arrays.get(key)!])));
  const { steps } = judge(right.world, arrays, []);
  return steps[0].findings.find((finding) => finding.key === key)!.description;
}

const { T, K } = { T: right.world.description.timeWindow, K: 3 };
const rows = (x: number[], length: number): number[][] =>
  Array.from({ length: x.length / length }, (_, k) => x.slice(k * length, (k + 1) * length));

group('a change of every number', () => {
  it.each<[string, (x: number[]) => number[], RegExp]>([
    ['a sign', (x) => x.map((v) => -v), /^every number is −1 × the expected$/],
    ['a factor of 2', (x) => x.map((v) => 2 * v), /^every number is 2 .*× the expected$/],
    ['a factor of T', (x) => x.map((v) => T * v), new RegExp(`^every number is .*T.* × the expected$`)],
    ['another factor', (x) => x.map((v) => 1.7 * v), /^every number is 1\.7 × the expected$/],
    ['a constant', (x) => x.map((v) => v + 0.25), /^every number is off by 0\.25$/],
    ['silence', (x) => x.map(() => 0), /^every number is 0$/],
  ])('%s', (_, change, said) => {
    expect(saidOf('layer1.dw', change)).toMatch(said);
  });
});

group('a change of places', () => {
  const inner = right.arrays.get('layer3.dw')!.length / K;
  it.each<[string, string, (x: number[]) => number[], RegExp]>([
    ['flipped kernels', 'layer1.dw', (x) => rows(x, 3).flatMap((row) => row.reverse()), /flipped by column/],
    [
      'transposed kernels',
      'layer1.dw',
      (x) => rows(x, 9).flatMap((m) => m.map((_, i) => m[(i % 3) * 3 + Math.floor(i / 3)])),
      /transposed, row and column/,
    ],
    [
      'a matrix read as its transpose',
      'layer3.dw',
      (x) => x.map((_, i) => x[(i % K) * inner + Math.floor(i / K)]),
      /transposed, output and input/,
    ],
    [
      'outputs in another order',
      'layer3.dw',
      (x) => [2, 0, 1].flatMap((k) => rows(x, inner)[k]),
      /rolled by one output|permuted by output/,
    ],
    [
      'a step late',
      'layer1.current',
      (x) => [...Array<number>(x.length / T).fill(0), ...x.slice(0, -x.length / T)],
      /one step later/,
    ],
  ])('%s', (_, key, change, said) => {
    expect(saidOf(key, change)).toMatch(said);
  });
});

it('numbers that have nothing to do with the expected ones', () => {
  let state = 1;
  const draw = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32 - 0.5;
  expect(saidOf('layer1.current', (x) => x.map(draw))).toMatch(/nothing to do with/);
});
