/** What a recording that agrees does not tell: other answers that would have made the same numbers. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { real } from '../../spec/arithmetic.ts';
import { authors, paper } from '../../spec/variant.ts';
import type { Values } from '../../src/oracle/interval.ts';
import { choicesOf } from '../../src/oracle/mistakes/combined.ts';
import { exactly, runParts } from '../../src/oracle/chain.ts';
import { check } from '../../src/oracle/oracle.ts';
import type { Mistake } from '../../src/oracle/mistakes/mistake.ts';
import { mistakes } from '../../src/oracle/mistakes/mistakes.ts';
import { buildParts } from '../../src/oracle/parts/parts.ts';
import type { Report } from '../../src/oracle/report.ts';
import { plainly, settingOf, situationOf, type StagePart } from '../../src/oracle/stagePart.ts';
import { Untold } from '../../src/oracle/untold.ts';
import { drawing } from '../support.ts';
import { anyWorld, made, shaped, worldOf, type World } from './worlds.ts';

const judge = (world: World, arrays: ReadonlyMap<string, Values>): Report => {
  const { description, variant, optimiser } = world;
  return check({ network: { ...description, variant }, optimiser, arrays: shaped(world, arrays) });
};
const idsOf = (world: World, arrays = made(world)): string[] =>
  judge(world, arrays).untold.map(({ id }) => id);

describe('what a recording does not tell', () => {
  it('is u > Vth, where no potential equals Vth; with weights on a grid one does', () => {
    expect(idsOf(worldOf(7, 1, paper, 1, false))).toContain('fires=aboveThreshold');
    expect(idsOf(worldOf(7, 1, paper, 1, true))).not.toContain('fires=aboveThreshold');
  });

  it('is what is done with a ratio outside (0, 1/Vth], where S was 1/Vth before', () => {
    // Vth is .5, and ΣFO / ΣFI of layer 3 is 4.
    const startingAt = (S: number): World => {
      const world = worldOf(2, 2, paper, 1, true);
      const before = [1, 3].map((n) => [`layer${n}.S.before`, Float32Array.of(S)] as const);
      return { ...world, given: new Map([...world.given, ...before]) };
    };
    expect(idsOf(startingAt(2))).toContain('scale-clamped');
    expect(idsOf(startingAt(1))).not.toContain('scale-clamped');
    // Here the ratio is .77.
    expect(idsOf(worldOf(0, 0, paper, 1, true))).not.toContain('scale-clamped');
  });

  it('is a missing S where each is 1, and a late one where none changed', () => {
    // ΣFO / ΣFI is above 1/Vth in both layers, so that S stays.
    const withThreshold = (threshold: number): World => {
      const world = worldOf(5, 2, paper, 1, true);
      const before = [1, 3].map((n) => [`layer${n}.S.before`, Float32Array.of(1 / threshold)] as const);
      return {
        ...world,
        description: { ...world.description, threshold },
        given: new Map([...world.given, ...before]),
      };
    };
    const ids = ['scale-ignored', 'stale-scale'];
    const untold = (threshold: number) => idsOf(withThreshold(threshold)).filter((id) => ids.includes(id));
    expect(untold(1)).toEqual(['stale-scale', 'scale-ignored']);
    expect(untold(0.5)).toEqual(['stale-scale']);
  });

  it('is an S without its range, where each ratio is in it', () => {
    // .77 here; above 1/Vth in the other.
    expect(idsOf(worldOf(0, 0, paper, 1, true))).toContain('scale-unchecked');
    expect(idsOf(worldOf(5, 2, paper, 1, true))).not.toContain('scale-unchecked');
  });

  it('is the sum of a batch of one sample', () => {
    const [one, more] = [1, 2].map((B) =>
      [...Array(99).keys()].map((seed) => worldOf(seed, 0, paper, 1, true)).find((world) => world.B === B)!,
    );
    expect(idsOf(one)).toContain('batch=sum');
    expect(idsOf(more)).not.toContain('batch=sum');
  });

  it('is nothing where a number differs, and nothing that only arrays which were not supplied could tell', () => {
    const world = worldOf(7, 1, paper, 1, false);
    const arrays = made(world);
    const wrong = new Map(arrays).set(
      'output',
      Float32Array.from(arrays.get('output')!, (x) => 3 * x + 1),
    );
    expect(idsOf(world, wrong)).toEqual([]);
    const some = (of: World, all: ReadonlyMap<string, Values>) =>
      new Map([...all].filter(([key]) => of.given.has(key) || key === 'layer1.spikes'));
    // Whether S goes into the gradient shows in what comes after the spikes alone, and so does what a pool does.
    expect(idsOf(world, some(world, arrays))).toEqual(['fires=aboveThreshold']);
    const other = worldOf(7, 1, authors, 1, false);
    expect(idsOf(other, some(other, made(other)))).toEqual(['fires=atThreshold']);
  });

  it('is never what the variant itself does', () => {
    const subtracting = { ...paper, reset: 'leakThenSubtract' as const };
    const world = worldOf(7, 1, subtracting, 0.5, false);
    const silent = { ...world, given: new Map(world.given) };
    for (const [key, values] of world.given)
      if (key.endsWith('weight')) silent.given.set(key, values.map(() => 0) as Values);
    expect(idsOf(silent)).toContain('reset=subtractThenLeak');
    expect(idsOf(silent).filter((id) => id.startsWith('reset-by-subtraction'))).toEqual([]);
  });

  it('is the threshold of average pools where they are silent, and of no network without them', () => {
    const pools = ['averagePool=ownThreshold', 'averagePool=threeQuarters'];
    const untold = [0, 1].map((stack) => {
      const world = worldOf(7, stack, authors, 1, false);
      const given = new Map(world.given);
      for (const [key, values] of given)
        if (key.endsWith('weight')) given.set(key, values.map(() => 0) as Values);
      return idsOf({ ...world, given }).filter((id) => pools.includes(id));
    });
    expect(untold).toEqual([[], [pools[0]]]);
  });

  it('is said with words', () => {
    const { untold } = judge(worldOf(7, 1, paper, 1, false), made(worldOf(7, 1, paper, 1, false)));
    const { says } = untold.find(({ id }) => id === 'fires=aboveThreshold')!; // it is one of them
    expect(says).toBe('A neuron fires at u > Vth, where the variant has u ≥ Vth.');
  });

  it('would have agreed as well', () => {
    let count = 0;
    fc.assert(
      fc.property(anyWorld, (world) => {
        const right = made(world);
        for (const id of idsOf(world, right)) {
          const choices = choicesOf({ id });
          if (!choices) continue;
          count++;
          // S begins as it was recorded, whatever the other answer would begin with.
          const before = [...right].filter(([key]) => key.endsWith('S.before'));
          const given = new Map([...world.given, ...before]);
          const other = made({ ...world, given, variant: { ...world.variant, ...choices } });
          expect([id, judge(world, other).verdict]).not.toEqual([id, 'differs']);
        }
      }),
      drawing(12),
    );
    expect(count).toBeGreaterThan(0);
  });
});

describe('a window is made anew for an answer only where a few neurons that fired do not tell', () => {
  const [T, units] = [6, 40];
  const description = {
    input: { channels: 1, height: 1, width: 1 },
    timeWindow: T,
    threshold: 1,
    layers: [
      { kind: 'linear', units },
      { kind: 'linear', units: 2 },
    ],
  } as const;

  /** How many neurons are made, a step each, to ask of a layer whether it resets by subtraction, or fires above the threshold. */
  function neuronsMade(ids: readonly string[], weightOf: (neuron: number) => number, radius = 0) {
    const situation = situationOf(description, paper, real, 1);
    const setting = settingOf(situation);
    const given = exactly(
      new Map<string, Values>([
        ['input.spikes', Int8Array.from({ length: T }, () => 1)],
        ['layer1.weight', Float64Array.from({ length: units }, (_, i) => weightOf(i))],
      ]),
    );
    const [current, part] = ['current.1', 'neuron.1'].map((id) =>
      buildParts(setting).find((each) => each.id === id)!,
    );
    const inputs = runParts([current], given, plainly, () => true);
    const { value } = inputs.get('layer1.current')!;
    if (radius > 0)
      inputs.set('layer1.current', { value, radius: new Float64Array(value.length).fill(radius) });
    const { value: spikes } = part.run(inputs, plainly).get('layer1.spikes')!;
    const recorded = new Map([['layer1.spikes', spikes]]);
    const own = part.run(inputs, { ...plainly, bounds: radius > 0, follow: recorded });
    let neurons = 0;
    const counted = ({ plant, ...mistake }: Mistake): Mistake => ({
      ...mistake,
      plant(...asked) {
        const planted = plant(...asked);
        const run: StagePart['run'] = (...all) => {
          const results = planted!.run(...all);
          neurons += results.get('layer1.spikes')!.value.length;
          return results;
        };
        return planted && { ...planted, run };
      },
    });
    const untold = new Untold(mistakes.filter(({ id }) => ids.includes(id)).map(counted));
    untold.meet(part, setting, { inputs, own, made: recorded });
    return { neurons, untold: untold.all().map(({ id }) => id) };
  }
  const subtraction = ['reset-by-subtraction'];

  it('as those do of which the first fire', () => {
    // The first twenty are silent.
    const late = neuronsMade(subtraction, (i) => (i < 20 ? 0 : 0.7));
    expect(late).toEqual({ neurons: 16 * T, untold: [] });
    expect(neuronsMade(subtraction, (i) => (i < 35 ? 0 : 0.7))).toEqual({ neurons: 5 * T, untold: [] });
  });

  it('and those do not that sum to the threshold', () => {
    expect(neuronsMade(subtraction, (i) => (i < 39 ? 0.5 : 0.7))).toEqual({
      neurons: (16 + units) * T,
      untold: [],
    });
    expect(neuronsMade(subtraction, () => 0.5)).toEqual({ neurons: (16 + units) * T, untold: subtraction });
    expect(neuronsMade(subtraction, () => 0)).toEqual({ neurons: units * T, untold: subtraction });
  });

  it('spikes that rounding leaves open tell nothing', () => {
    const fires = ['fires=aboveThreshold'];
    expect(neuronsMade(fires, () => 1).untold).toEqual([]);
    expect(neuronsMade(fires, () => 1, 0.25).untold).toEqual(fires);
  });

  it('and never for u > Vth where no potential equals Vth', () => {
    const fires = ['fires=aboveThreshold'];
    expect(neuronsMade(fires, () => 0.7)).toEqual({ neurons: 0, untold: fires });
    expect(neuronsMade(fires, () => 0.5)).toEqual({ neurons: 16 * T, untold: [] });
  });
});
