/** The parts of a step make the same numbers with bounds and without. */
import { expect, it } from 'vitest';
import { binary32 } from '../../spec/arithmetic.ts';
import { authors, paper } from '../../spec/variant.ts';
import { exactly } from '../../src/oracle/chain.ts';
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
