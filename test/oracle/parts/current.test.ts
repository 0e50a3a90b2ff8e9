/** The bounds of a current: what its sum is rounded by. */
import { describe, expect, it } from 'vitest';
import { real } from '../../../spec/arithmetic.ts';
import { paper } from '../../../spec/variant.ts';
import { ε } from '../../../src/oracle/interval.ts';
import { buildParts } from '../../../src/oracle/parts/parts.ts';
import { plainly, settingOf, situationOf } from '../../../src/oracle/stagePart.ts';
import { expectTight, runPart } from './tight.ts';

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

it('the current of a maximum pool is one of its inputs, and is not rounded', () => {
  const layers = [
    { kind: 'maxPool', size: 2 },
    { kind: 'linear', units: 1 },
  ] as const;
  const description = { input: { channels: 1, height: 2, width: 2 }, timeWindow: 1, threshold: 1, layers };
  const part = buildParts(settingOf(situationOf(description, paper, real, 1))).find(
    ({ id }) => id === 'current.1',
  )!;
  const inputs = new Map([['input.spikes', { value: Float64Array.of(0.1, 0.7, 0.3, 0.2) }]]);
  const { value, radius } = part.run(inputs, { ...plainly, bounds: true }).get('layer1.current')!;
  expect([[...value], radius]).toEqual([[0.7], undefined]);
});
