/** Of a network whose output layer fires or leaks, which is not ASF-BP's, the forward pass is judged. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binary32, real } from '../../spec/arithmetic.ts';
import { paper, type Variant } from '../../spec/variant.ts';
import { check, expected } from '../../src/oracle/oracle.ts';
import type { Report } from '../../src/oracle/report.ts';
import { drawing } from '../support.ts';
import { runTrial } from './acquittals.ts';
import { anyWorld, made, shaped, worldOf, type World } from './worlds.ts';

const judged = (world: World, arrays: ReturnType<typeof shaped>): Report =>
  check({ network: { ...world.description, variant: world.variant }, arrays });

const firing = (base: Variant = paper): World => worldOf(7, 3, { ...base, output: 'fires' }, 0.5, false);
const output = 'layer4.spikes';

it.each(['fires', 'leaks'] as const)('agrees where the output layer %s, to the last layer', (choice) => {
  const law = fc.property(anyWorld, fc.constantFrom(binary32, real), (drawn, precision) => {
    const world = { ...drawn, variant: { ...drawn.variant, output: choice } };
    const arrays = made(world, precision);
    const { verdict, steps } = judged(world, shaped(world, arrays));
    expect(verdict).not.toBe('differs');
    const keys = steps[0].findings.map(({ key }) => key);
    const last = `layer${world.description.layers.length}`;
    expect(keys.includes(`${last}.spikes`)).toBe(choice === 'fires');
    expect(keys).toContain(`${last}.potential`);
    expect(keys.filter((key) => /loss|dw|dF|ratio|\.S$|after$/.test(key))).toEqual([]);
    expect(steps[0].notChecked.map(({ key }) => key).filter((key) => key !== 'encode.word')).toEqual([]);
  });
  fc.assert(law, drawing(40));
});

describe('where the output layer fires', () => {
  const world = firing();
  const all = made(world, binary32);
  const o = all.get(output)!;

  it('has spikes to lose', () => {
    expect(o.includes(1)).toBe(true);
    expect(o.includes(0)).toBe(true);
    expect(judged(world, shaped(world, all)).verdict).toBe('agrees');
  });

  it.each([
    ['none', o.map(() => 0)],
    ['those of the step before', o.map((_, i) => o.at(i - o.length / world.description.timeWindow)!)],
    ['one more', o.map((spike, i) => (i === o.indexOf(0) ? 1 : spike))],
  ])('other spikes of it differ: %s', (_, spikes) => {
    const { verdict, steps } = judged(world, shaped(world, new Map([...all, [output, spikes as typeof o]])));
    expect(verdict).toBe('differs');
    expect(steps[0].findings.find((finding) => finding.verdict === 'differs')!.key).toBe(output);
  });

  it('a mistake of its neurons is named', () => {
    const other = { ...world, variant: { ...world.variant, reset: 'subtractThenLeak' as const } };
    const spikes = [...made(other, binary32)].filter(([key]) => !/potential|compared/.test(key));
    const { verdict, explanations } = judged(world, shaped(world, new Map(spikes)));
    expect([verdict, explanations]).toEqual(['differs', ['reset-by-subtraction']]);
  });

  it('what is behind the window is told as not judged, and alone refused', () => {
    const dw = { shape: [3, 7], data: new Float32Array(21) };
    const { verdict, steps } = judged(world, { ...shaped(world, all), 'layer4.dw': dw });
    const why = 'is judged only where the output layer integrates, as ASF-BP has it';
    expect(verdict).toBe('undecided');
    expect(steps[0].notChecked).toContainEqual({ key: 'layer4.dw', why, needs: [] });
    expect(() => judged(world, { ...shaped(world, world.given), 'layer4.dw': dw })).toThrow(
      `check: "arrays" expected some of the forward pass, got layer4.dw; it ${why}`,
    );
  });

  it('the arrays that are made end with its flows', () => {
    const keys = [
      ...expected({
        network: { ...world.description, variant: world.variant },
        arrays: shaped(world, world.given),
      }).keys(),
    ];
    expect(keys).toContain('layer4.FO');
    expect(keys.filter((key) => /loss|dw|dF|ratio|after$/.test(key))).toEqual([]);
  });
});

it.each(['fires', 'leaks'] as const)(
  'no wrong array agrees or is explained by what it is not, where it %s',
  (choice) => {
    const law = fc.property(fc.nat(), (seed) => {
      const trial = runTrial(seed, choice);
      if (!trial) return;
      expect(trial.outcome, trial.note).not.toBe('acquitted');
      expect(trial.false, trial.note).toEqual([]);
    });
    fc.assert(law, drawing(60));
  },
);

/** One input that always fires, two neurons behind each other: snnTorch's `Leaky`, u ← β·u + x − Vth·(u > Vth), o = u > Vth. */
describe('snnTorch’s Leaky, worked out by hand', () => {
  const network = {
    input: { channels: 1, height: 1, width: 1 },
    timeWindow: 5,
    threshold: 1,
    leak: 0.5,
    layers: [
      { kind: 'linear', units: 1 },
      { kind: 'linear', units: 1 },
    ],
    variant: { from: 'paper', fires: 'aboveThreshold', reset: 'leakThenSubtract', output: 'fires' },
  } as const;
  const column = (...data: number[]) => ({ shape: [data.length, 1, 1], data: Float32Array.from(data) });
  const arrays = {
    'input.spikes': { shape: [5, 1, 1, 1, 1], data: Float32Array.of(1, 1, 1, 1, 1) },
    'layer1.weight': { shape: [1, 1], data: Float32Array.of(0.75) },
    'layer2.weight': { shape: [1, 1], data: Float32Array.of(1.25) },
    // u: .75, 1.125, .3125 (.5625 + .75 − 1), .90625, 1.203125
    'layer1.spikes': column(0, 1, 0, 0, 1),
    // u: 0, 1.25, −.375 (.625 − 1), −.1875, 1.15625
    'layer2.spikes': column(0, 1, 0, 0, 1),
  };

  it('agrees', () => {
    const { steps } = check({ network, arrays });
    expect(steps[0].findings.map(({ key, differing }) => [key, differing])).toEqual([
      ['layer1.spikes', 0],
      ['layer2.spikes', 0],
    ]);
  });

  it('and differs where the output is late', () => {
    const { steps } = check({ network, arrays: { ...arrays, 'layer2.spikes': column(0, 0, 1, 0, 0) } });
    expect(steps[0].findings.map(({ key, verdict }) => [key, verdict])).toContainEqual([
      'layer2.spikes',
      'differs',
    ]);
  });
});
