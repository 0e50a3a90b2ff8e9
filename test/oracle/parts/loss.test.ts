/** The bounds of the output, which is divided by T·Vth. */
import { describe, expect, it } from 'vitest';
import { tiny, ε } from '../../../src/oracle/interval.ts';
import { expectTight, runPart } from './tight.ts';

describe('the output, u ÷ (T·Vth)', () => {
  const radiusOf = (u: number, timeWindow: number, threshold: number): number =>
    runPart('loss.0.output', { 'layer1.potential.end': u }, { timeWindow, threshold }).get('output')!
      .radius?.[0] ?? 0;

  it('is exact where T and Vth are powers of two, down to the smallest normal number', () => {
    expect(radiusOf(3, 4, 0.5)).toBe(0);
    expect(radiusOf(0, 4, 0.5)).toBe(0);
    expect([radiusOf(4 * tiny, 4, 1), radiusOf(2 * tiny, 4, 1)]).toEqual([0, expect.any(Number)]);
    expect(radiusOf(2 * tiny, 4, 1)).toBeGreaterThanOrEqual(tiny);
    // Of what is divided by less than 1, the dividend is the smaller one.
    expect(radiusOf(tiny, 2, 0.25)).toBe(0);
    expect(radiusOf(tiny / 2, 2, 0.25)).toBeGreaterThanOrEqual(tiny);
  });

  it('is else rounded four times at most', () => {
    expectTight(radiusOf(3, 3, 1), 4 * ε);
    expectTight(radiusOf(1.2, 4, 0.3), 4 * ε);
    expectTight(radiusOf(3, 6, 1 / 6), 4 * ε * 3);
    expect(radiusOf(1 + ε, 4, 1)).toBeGreaterThan(0);
  });
});
