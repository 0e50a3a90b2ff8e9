/** The bounds of a current: what its sum is rounded by. */
import { describe, expect, it } from 'vitest';
import { expectTight, runPart } from './tight.ts';
import { ε } from '../../../src/oracle/interval.ts';

describe('a current', () => {
  const radiusOf = (weight: number, bias: number, spikes: number): number | undefined =>
    runPart(
      'current.1',
      { 'layer1.weight': weight, 'layer1.bias': bias, 'input.spikes': spikes },
      { bias: true },
    ).get('layer1.current')!.radius?.[0];

  it('is exact where its terms and their sum have 24 bits', () => {
    expect(radiusOf(2 ** 22, 1, 2)).toBeUndefined();
  });

  it('is exact where all spikes are multiples of four, since then its terms are', () => {
    const plain = { 'layer1.weight': 2 ** 23 + 1, 'input.spikes': 4 };
    expect(runPart('current.1', plain).get('layer1.current')!.radius).toBeUndefined();
  });

  it('is rounded where the bias lies on a finer grid than the weights of spikes that are all even', () => {
    expectTight(radiusOf(2 ** 23, 1, 2)!, 2 * ε * (2 ** 24 + 1));
  });
});
