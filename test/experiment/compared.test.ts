/** Sentences that compare two accuracies are true. */
import { expect, test } from 'vitest';
import { compared, comparedWith, quietest } from '../../src/experiment/compared.ts';
import { madeUp } from './laboratory.ts';

const measured = (name: string, accuracy: number) => ({ name, accuracy, samples: 1000 });

// By hand: 2·√(0.36·0.64/1000 + 0.34·0.66/1000) = 0.0427…
test.each([
  [0.36, 0.34, 'A, 36.00 %, is 2.00 points above B, 34.00 %: within two standard errors, 4.27 points'],
  [0.34, 0.36, 'A, 34.00 %, is 2.00 points below B, 36.00 %: within two standard errors, 4.27 points'],
  [0.5, 0.34, 'A, 50.00 %, is 16.00 points above B, 34.00 %: more than two standard errors, 4.36 points'],
  [1, 1, 'A, 100.00 %, is equal to B, 100.00 %'],
])('%f and %f', (a, b, said) => {
  expect(compared(measured('A', a), measured('B', b))).toBe(said);
});

test('the paper’s difference may be negative', () => {
  const sentence = comparedWith('The paper', -1, measured('A', 0.34), measured('B', 0.5));
  expect(sentence).toMatch(/\. The paper: here it has the same sign$/);
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
