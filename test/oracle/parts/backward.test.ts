/** The bounds of gradients: through a maximum pool, and of a batch. */
import { expect, it } from 'vitest';
import { real } from '../../../spec/arithmetic.ts';
import { paper } from '../../../spec/variant.ts';
import type { Interval } from '../../../src/oracle/interval.ts';
import { buildParts } from '../../../src/oracle/parts/parts.ts';
import { plainly, settingOf, situationOf } from '../../../src/oracle/stagePart.ts';
import { expectTight } from './tight.ts';

it('the gradient of a maximum pool may go to each input of a window that may have fired most', () => {
  const layers = [
    { kind: 'convolution', channels: 1, kernel: 1 },
    { kind: 'maxPool', size: 2 },
    { kind: 'linear', units: 1 },
  ] as const;
  const description = { input: { channels: 1, height: 2, width: 4 }, timeWindow: 4, threshold: 1, layers };
  const setting = settingOf(situationOf(description, paper, real, 2));
  const part = buildParts(setting).find(({ id }) => id === 'backward.1.dFO')!;
  const of = (value: number[], radius: number[]): Interval => ({
    value: Float64Array.from(value),
    radius: Float64Array.from(radius),
  });
  // Two windows of each of two samples: of the first sample's first, and the second's second, it is open which won.
  const FO = of(
    [3, 1, 0, 2, 1, 0, 0, 1, 3, 1, 0, 2, 1, 0, 0, 1],
    [0, 2, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1.5, 0, 0, 0, 0],
  );
  const inputs = new Map([
    ['layer2.dFI', of([-4, 2, 1, 3], [0.5, 0, 0, 0.25])],
    ['layer1.FO', FO],
  ]);
  const { value, radius } = part.run(inputs, { ...plainly, bounds: true }).get('layer1.dFO')!;
  expect([...value]).toEqual([-4, 0, 0, 2, 0, 0, 0, 0, 1, 0, 0, 3, 0, 0, 0, 0]);
  const expected = [5, 4.5, 0, 0, 0, 0, 0, 0, 0, 0, 3.25, 3.5, 0, 0, 0, 3.25];
  for (const [i, most] of expected.entries()) expectTight(radius![i], most);
});

it.each(['layer1.dw', 'layer1.db'])(
  '%s of two samples is exact where their sum, or half of it, has 24 bits',
  (key) => {
    const layers = [{ kind: 'linear', units: 1, bias: true }] as const;
    const description = { input: { channels: 1, height: 1, width: 1 }, timeWindow: 1, threshold: 1, layers };
    const of = (...value: number[]): Interval => ({ value: Float64Array.from(value) });
    const inputs = new Map([
      ['layer1.dFI', of(2 ** 23 - 1, 2 ** 23)],
      ['input.FO', of(1, 1)],
    ]);
    for (const batch of ['sum', 'mean'] as const) {
      const setting = settingOf(situationOf(description, { ...paper, batch }, real, 2));
      const part = buildParts(setting).find(({ outputs }) => outputs.includes(key))!;
      expect(part.run(inputs, { ...plainly, bounds: true }).get(key)!.radius).toBeUndefined();
      // Flows that are all multiples of four make products that are.
      const four = new Map([...inputs, ['input.FO', of(4, 4)]] as const);
      expect(part.run(four, { ...plainly, bounds: true }).get(key)!.radius).toBeUndefined();
    }
  },
);

it('a gradient so small that it may be flushed to zero leaves open what a large weight makes of it', () => {
  const layers = [
    { kind: 'linear', units: 1 },
    { kind: 'linear', units: 1 },
  ] as const;
  const description = { input: { channels: 1, height: 1, width: 1 }, timeWindow: 1, threshold: 1, layers };
  const part = buildParts(settingOf(situationOf(description, paper, real, 1))).find(
    ({ id }) => id === 'backward.1.dFO',
  )!;
  const of = (value: number): Interval => ({ value: Float64Array.of(value) });
  const inputs = new Map([
    ['layer2.weight', of(2 ** 30)],
    ['layer2.dFI', of(2 ** -127)],
  ]);
  const { value, radius } = part.run(inputs, { ...plainly, bounds: true }).get('layer1.dFO')!;
  expect(value[0]).toBe(2 ** -97);
  expect(radius![0]).toBeGreaterThanOrEqual(2 ** -97);
});

it('S of a neuron that may be silent, or may have fired once, lies between those of both', () => {
  const layers = [
    { kind: 'linear', units: 1 },
    { kind: 'linear', units: 1 },
  ] as const;
  const description = { input: { channels: 1, height: 1, width: 1 }, timeWindow: 8, threshold: 1, layers };
  const setting = settingOf(situationOf(description, { ...paper, scale: 'neuron' }, real, 1));
  const part = buildParts(setting).find(({ id }) => id === 'backward.1.dFI')!;
  const of = (value: number, radius?: number): Interval => ({
    value: Float64Array.of(value),
    ...(radius !== undefined && { radius: Float64Array.of(radius) }),
  });
  const radiusOf = (FO: Interval): number => {
    const inputs = new Map([
      ['layer1.dFO', of(1)],
      ['layer1.S', of(1)],
      ['layer1.FI', of(4)],
      ['layer1.FO', FO],
    ]);
    return part.run(inputs, { ...plainly, bounds: true }).get('layer1.dFI')!.radius?.[0] ?? 0;
  };
  // S is 3/4; of 0 spikes it is 1/Vth = 1, of one 1/4.
  expectTight(radiusOf(of(3, 3)), 0.5);
  expectTight(radiusOf(of(3, 1)), 0.25);
});
