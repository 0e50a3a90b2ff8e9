/** The bounds of the output, which is divided by T·Vth. */
import { describe, expect, it } from 'vitest';
import { real } from '../../../spec/arithmetic.ts';
import { paper } from '../../../spec/variant.ts';
import { tiny, ε } from '../../../src/oracle/interval.ts';
import { buildParts } from '../../../src/oracle/parts/parts.ts';
import { plainly, settingOf, situationOf } from '../../../src/oracle/stagePart.ts';
import { expectTight, runPart } from './tight.ts';

describe('the gradient of the output', () => {
  const radiusOf = (B: number, wasMean: boolean): number => {
    const input = { channels: 1, height: 1, width: 1 };
    const layers = [{ kind: 'linear', units: 1 }] as const;
    const situation = situationOf({ input, timeWindow: 4, threshold: 1, layers }, paper, real, B);
    const part = buildParts(settingOf({ ...situation, wasMean })).find(({ id }) => id === 'backward.1.dFI')!;
    const inputs = new Map([
      ['output', { value: new Float64Array(B).fill(0.25) }],
      ['label', { value: new Float64Array(B) }],
    ]);
    return part.run(inputs, { ...plainly, bounds: true }).get('layer1.dFI')!.radius?.[0] ?? 0;
  };

  it('is exact of each sample’s own L; that of a mean was divided by B, which is exact for powers of two', () => {
    expect([radiusOf(3, false), radiusOf(4, false), radiusOf(4, true)]).toEqual([0, 0, 0]);
    // d = (0.25 − 1) ÷ 4, divided by 3 and multiplied again.
    expectTight(radiusOf(3, true), 2 * ε * 0.1875);
  });
});

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
    // What is flushed before it is divided by little is missed by much.
    expect(radiusOf(tiny / 2, 1, 2 ** -10)).toBeGreaterThanOrEqual(2 ** 9 * tiny);
  });

  it('is else rounded four times at most', () => {
    expectTight(radiusOf(3, 3, 1), 4 * ε);
    expectTight(radiusOf(1.2, 4, 0.3), 4 * ε);
    expectTight(radiusOf(3, 6, 1 / 6), 4 * ε * 3);
    expect(radiusOf(1 + ε, 4, 1)).toBeGreaterThan(0);
  });
});
