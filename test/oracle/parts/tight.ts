/** Bounds of parts: what a part makes of a few numbers, and that it is held by its bounds, which are no wider. */
import { expect } from 'vitest';
import { real, type Precision } from '../../../spec/arithmetic.ts';
import { paper } from '../../../spec/variant.ts';
import type { Interval } from '../../../src/oracle/interval.ts';
import { buildParts } from '../../../src/oracle/parts/parts.ts';
import { plainly, settingOf, situationOf } from '../../../src/oracle/stagePart.ts';

/** Between 1 and a little more: what is claimed holds what is attained, and is no wider than that. */
export function expectTight(claimed: number, attained: number, more = 1e-5): void {
  expect(claimed).toBeGreaterThanOrEqual(attained * (1 - 1e-12));
  expect(claimed).toBeLessThanOrEqual(attained * (1 + more));
}

/** A part of a step of one linear layer of one neuron, run on numbers, or on a number and its radius. */
export function runPart(
  id: string,
  inputs: Readonly<Record<string, number | readonly [number, number]>>,
  {
    timeWindow = 1,
    threshold = 1,
    optimiser = 'adam' as 'adam' | 'sgd',
    bias = false,
    precision = real as Precision,
  }: {
    timeWindow?: number;
    threshold?: number;
    optimiser?: 'adam' | 'sgd';
    bias?: boolean;
    precision?: Precision;
  } = {},
): Map<string, Interval> {
  const input = { channels: 1, height: 1, width: 1 };
  const description = { input, timeWindow, threshold, layers: [{ kind: 'linear', units: 1, bias }] } as const;
  const setting = settingOf(situationOf(description, paper, precision, 1, optimiser));
  const part = buildParts(setting).find((each) => each.id === id)!;
  const given = Object.entries(inputs).map(([key, number]): [string, Interval] => {
    const [value, radius] = typeof number === 'number' ? [number] : number;
    return [
      key,
      { value: Float64Array.of(value), ...(radius !== undefined && { radius: Float64Array.of(radius) }) },
    ];
  });
  return part.run(new Map(given), { ...plainly, bounds: true });
}
