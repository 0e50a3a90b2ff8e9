/** The parts of a step make the same numbers with bounds and without. */
import { expect, it } from 'vitest';
import { binary32 } from '../../spec/arithmetic.ts';
import { authors, paper } from '../../spec/variant.ts';
import { exactly } from '../../src/oracle/chain.ts';
import { largest } from '../../src/oracle/interval.ts';
import { buildParts } from '../../src/oracle/parts/parts.ts';
import { plainly, settingOf, situationOf } from '../../src/oracle/stagePart.ts';
import { withDefaults } from '../../src/oracle/stepInputs.ts';
import { drawWorld } from './planted.ts';
import { made, worldOf, type World } from './worlds.ts';

const worlds: readonly World[] = [
  worldOf(2, 1, paper, 1, true),
  worldOf(5, 2, { ...authors, maxPoolFlow: 'accumulated' }, 0.9, false),
  worldOf(6, 3, authors, 0.5, false, 'sgd'),
  drawWorld(1),
];

it.each(worlds.map((world) => [world]))(
  'without bounds each part makes the same numbers, and no bounds',
  (world) => {
    const { description, variant, B, optimiser } = world;
    const setting = settingOf(situationOf(description, variant, binary32, B, optimiser));
    const there = withDefaults(exactly(made(world)), setting);
    for (const part of buildParts(setting)) {
      if (!part.inputs.every((key) => there.has(key))) continue;
      const bounded = part.run(there, { ...plainly, bounds: true });
      for (const [key, { value, radius, open }] of part.run(there, plainly)) {
        expect([key, radius, open]).toEqual([key, undefined, undefined]);
        expect([key, ...value]).toEqual([key, ...bounded.get(key)!.value]);
      }
    }
  },
);

it('weights and biases that are not trained have a gradient of 0', () => {
  const drawn = worldOf(1, 0, { ...paper, outputWeights: 'untrained' }, 1, false);
  const { description } = drawn;
  const last = { kind: 'linear', units: 3, bias: true } as const;
  const world = { ...drawn, description: { ...description, layers: [description.layers[0], last] } };
  world.given.set('layer2.bias', Float32Array.of(0.25, 0.5, 0.75));
  const arrays = made(world);
  const largestOf = (key: string): number => largest(arrays.get(key)!);
  expect(['layer2.dw', 'layer2.db'].map(largestOf)).toEqual([0, 0]);
  for (const key of ['layer2.dFI', 'layer1.dw', 'layer1.db']) expect(largestOf(key)).toBeGreaterThan(0);
});

it('only layers with weights have a gradient of weights and an update', () => {
  const { description, variant, B } = worldOf(2, 1, paper, 1, true);
  const setting = settingOf(situationOf(description, variant, binary32, B));
  const of = (ending: RegExp): number[] =>
    buildParts(setting).flatMap(({ n, outputs }) => (outputs.some((key) => ending.test(key)) ? [n] : []));
  expect(of(/dw$/)).toEqual([3, 1]);
  expect(of(/weight\.after$/)).toEqual([1, 3]);
});
