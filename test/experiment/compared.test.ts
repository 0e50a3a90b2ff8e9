/** Sentences that compare two accuracies are true. */
import { expect, test } from 'vitest';
import { compared, comparedWith, marginOf, quietest } from '../../src/experiment/compared.ts';
import { madeUp } from './laboratory.ts';

const measured = (name: string, accuracy: number, samples = 1000) => ({ name, accuracy, samples });

test('two standard errors of a difference, by hand', () => {
  // √(0.5·0.5/100 + 0.5·0.5/100) = 0.0707…
  expect(marginOf(measured('a', 0.5, 100), measured('b', 0.5, 100))).toBeCloseTo(0.141421, 6);
});

test.each([
  [0.36, 0.34, 'A, 36.00 %, is 2.00 points above B, 34.00 %: within two standard errors, 4.27 points'],
  [0.34, 0.36, 'A, 34.00 %, is 2.00 points below B, 36.00 %: within two standard errors, 4.27 points'],
  [0.5, 0.34, 'A, 50.00 %, is 16.00 points above B, 34.00 %: more than two standard errors, 4.36 points'],
  [1, 1, 'A, 100.00 %, is equal to B, 100.00 %'],
])('%f and %f', (a, b, said) => {
  expect(compared(measured('A', a), measured('B', b))).toBe(said);
});

test.each([
  [0.5, 0.34, 0.01, 'here it has the same sign'],
  [0.34, 0.5, 0.01, 'here it has the opposite sign, which contradicts the paper at this size'],
  [0.34, 0.5, -0.01, 'here it has the same sign'],
  [0.35, 0.34, 0.01, 'this run cannot tell'],
  [0.34, 0.34, 0.01, 'this run cannot tell'],
])('%f and %f beside the paper’s %f: %s', (a, b, paper, verdict) => {
  expect(comparedWith('The paper', Math.sign(paper), measured('A', a), measured('B', b))).toMatch(
    new RegExp(`\\. The paper: ${verdict}$`),
  );
});

test('the layer that fires least is said, and a silent one is', () => {
  const runs = (...rates: number[]) =>
    rates.map((rate, k) => ({ name: `run ${k}`, trained: madeUp([0.5], 100, rate) }));
  expect(quietest(runs(0.05, 0.0123))).toBe(
    'No layer is silent in the last epoch; layer 6 (convolution) of run 1 fires least, in 1.2 % of neurons and steps.',
  );
  expect(quietest(runs(0.05, 0.000000123))).toContain('fires least, in 0.000012 %');
  expect(quietest(runs(0, 0.05))).toMatch(/^Silent in the last epoch: layer 6 \(convolution\) of run 0\. /);
  expect(quietest(runs(0, 0))).toMatch(/of run 0, and 1 more\. /);
});
