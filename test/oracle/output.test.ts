/** Tests of networks whose output layer fires or leaks. Only their forward pass is judged, because ASF-BP has no such layer. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binary32, real } from '../../spec/arithmetic.ts';
import { paper } from '../../spec/variant.ts';
import { expected } from '../../src/oracle/oracle.ts';
import { runTrial } from './acquittals.ts';
import { anyWorld, checkOf, made, shaped, worldOf } from './worlds.ts';
import { law } from '../spec/support.ts';

describe.each(['fires', 'leaks'] as const)('where the output layer %s', (output) => {
  law(
    'a right step agrees to its last layer, and has no loss or gradient',
    fc.tuple(anyWorld, fc.constantFrom(binary32, real)),
    30,
    ([drawn, precision]) => {
      const world = { ...drawn, variant: { ...drawn.variant, output } };
      const { verdict, steps } = checkOf(world, made(world, precision));
      expect(verdict).not.toBe('differs');
      const keys = steps[0].findings.map(({ key }) => key);
      const last = `layer${world.description.layers.length}`;
      expect(keys.includes(`${last}.spikes`)).toBe(output === 'fires');
      expect(keys).toContain(`${last}.potential`);
      expect(keys.filter((key) => /loss|dw|dF|ratio|\.S$|after$/.test(key))).toEqual([]);
    },
  );

  law('no wrong array agrees or is explained by what it is not', fc.nat(), 40, (seed) => {
    const trial = runTrial(seed, output);
    if (trial) expect([trial.verdict === 'agrees', ...trial.false], trial.note).toEqual([false]);
  });
});

describe('where it fires', () => {
  const world = worldOf(7, 3, { ...paper, output: 'fires' }, 0.5, false);
  const all = made(world);

  it('its neurons may be wrong as others are', () => {
    expect(checkOf(world, all).verdict).toBe('agrees');
    const variant = { ...world.variant, reset: 'subtractThenLeak' } as const;
    const spikes = [...made({ ...world, variant })].filter(([key]) => !/potential|compared/.test(key));
    const { verdict, explanations } = checkOf(world, new Map(spikes));
    expect([verdict, explanations]).toEqual(['differs', ['reset-by-subtraction']]);
  });

  it('what is behind the window is told as not judged, is refused alone, and is not expected', () => {
    const dw = { shape: [3, 7], data: new Float32Array(21) };
    const why = 'is judged only where the output layer integrates, as ASF-BP has it';
    const { verdict, steps } = checkOf(world, all, { arrays: { ...shaped(world, all), 'layer4.dw': dw } });
    expect(verdict).toBe('undecided');
    expect(steps[0].notChecked).toContainEqual({ key: 'layer4.dw', why, needs: [] });
    const given = shaped(world, world.given);
    expect(() => checkOf(world, all, { arrays: { ...given, 'layer4.dw': dw } })).toThrow(
      `got layer4.dw; it ${why}`,
    );
    const keys = [
      ...expected({ network: { ...world.description, variant: world.variant }, arrays: given }).keys(),
    ];
    expect([keys.includes('layer4.FO'), keys.includes('loss')]).toEqual([true, false]);
  });
});
