/**
 * Tests of replays: they read supplied arrays, compute missing ones, and name those that they cannot compute. Chunks of samples
 * give the same results as the whole batch.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { real } from '../../spec/arithmetic.ts';
import { paper } from '../../spec/variant.ts';
import type { Values } from '../../src/engine/rounding.ts';
import { Missing, Replay } from '../../src/engine/run.ts';
import type { Ball } from '../../src/engine/stage.ts';
import { startOf } from '../../src/oracle/asf/check.ts';
import { mistakes } from '../../src/oracle/asf/mistakes/mistakes.ts';
import { computationOf, asf } from '../../src/oracle/asf/steps.ts';
import { planted } from '../../src/oracle/name.ts';
import { linears } from '../kinds.ts';
import { anyWorld, made, modelIn, worldOf, type World } from '../oracle/worlds.ts';
import { law } from '../spec/support.ts';

const runOf = (world: World, keeps: (key: string) => boolean = () => true): Replay => {
  const model = modelIn(world);
  const arrays = new Map([...made(world)].filter(([key]) => world.given.has(key) || keeps(key)));
  return new Replay(computationOf(model), startOf(model, arrays, real));
};
const results = (run: Replay): Map<string, Ball> => {
  const all = new Map<string, Ball>();
  for (const stage of run.computation.stages)
    try {
      for (const [k, ball] of run.results(stage).entries()) all.set(stage.writes[k], ball);
    } catch (error) {
      if (!(error instanceof Missing)) throw error;
    }
  return all;
};

/** A hidden layer of two neurons. The potential of one of them differs from its threshold only by rounding. */
const [T, near] = [3, 1 - 2 ** -24];
const open: World = {
  ...worldOf(1, 0, paper, 1, false),
  B: 1,
  description: {
    input: { channels: 2, height: 1, width: 1 },
    timeWindow: T,
    threshold: 1,
    layers: linears(2, 2),
  },
  given: new Map<string, Values>([
    ['input.spikes', new Int8Array(2 * T).fill(1)],
    ['label', Int32Array.of(1)],
    ['layer1.weight', Float32Array.of(near / 2, 0.1 + near / 2 - 0.1, 0.25, 0.125)],
    ['layer2.weight', Float32Array.of(0.5, 0.25, 0.125, 1)],
  ]),
};

law(
  'what was supplied is what later stages read: a wrong array changes nothing behind supplied ones',
  fc.tuple(anyWorld, fc.nat()),
  40,
  ([world, place]) => {
    const right = runOf(world);
    const keys = right.computation.stages
      .flatMap(({ writes }) => writes)
      .filter((key) => right.there.has(key));
    const key = keys[place % keys.length];
    const wrong = Float64Array.from(right.ball(key).v, (each) => each + 1);
    const other = new Replay(right.computation, new Map<string, Ball>([...right.there, [key, { v: wrong }]]));
    const [before, after] = [results(right), results(other)];
    for (const stage of right.computation.stages) {
      const isReader = [...stage.reads, ...(stage.hints ?? []), ...stage.writes].includes(key);
      const isBehind = stage.reads.some((each) => !right.there.has(each));
      if (isReader || isBehind) continue;
      for (const each of stage.writes) expect(after.get(each), each).toEqual(before.get(each));
    }
    expect(other.ball(key).v).toEqual(wrong);
  },
);

describe('what is missing', () => {
  const missingOf = (run: Replay, key: string): Missing => {
    try {
      run.ball(key);
    } catch (error) {
      if (error instanceof Missing) return error;
    }
    throw new Error(`${key} is there`);
  };

  it('is named by the first key that nothing makes', () => {
    const world = worldOf(2, 0, paper, 1, true);
    const run = runOf(world, () => false);
    const without = new Replay(run.computation, new Map([...run.there].filter(([key]) => key !== 'label')));
    expect(missingOf(without, 'layer1.dw')).toMatchObject({ key: 'label', isOpen: false });
    expect(without.find('layer2.weight.after')).toBeUndefined();
    expect(without.find('layer1.FI')).toBeDefined();
    expect(missingOf(run, 'nothing').key).toBe('nothing');
  });

  it('is open where rounding leaves a decision open, and there once it or its currents are recorded', () => {
    const run = (...keys: string[]): Replay => runOf(open, (key) => keys.includes(key));
    expect(missingOf(run(), 'layer1.FO')).toMatchObject({ key: 'layer1.spikes', isOpen: true });
    expect(missingOf(run(), 'layer2.dw')).toMatchObject({ key: 'layer1.spikes', isOpen: true });
    for (const key of ['layer1.spikes', 'layer1.current']) expect(run(key).find('layer1.FO')).toBeDefined();
    const stage = run().makerOf('layer1.spikes')!;
    const spikes = run().results(stage)[stage.writes.indexOf('layer1.spikes')];
    expect([...spikes.open!].filter((each) => each === 1).length).toBeGreaterThan(0);
  });
});

it('groups of samples are as equal as they can be', () => {
  const sizes = (B: number): number[] => {
    const run = runOf(worldOf(2, 0, paper, 1, true));
    const own = new Replay({ ...run.computation, B, atOnce: 2 }, run.there);
    return own.chunks().map(({ count }) => count);
  };
  expect([sizes(4), sizes(5), sizes(1)]).toEqual([[2, 2], [1, 2, 2], [1]]);
});

law(
  'a run on another shares what is unchanged, and makes the rest as if alone',
  fc.tuple(anyWorld, fc.nat()),
  40,
  ([world, place]) => {
    const model = modelIn(world);
    const base = runOf(world, (key) => key.endsWith('.spikes'));
    const mistake = mistakes.filter(({ fit, bits }) => !fit && bits === undefined)[place % 60];
    const computation = planted(asf, mistake, model);
    fc.pre(computation !== undefined);
    const [own, shared] = [undefined, base].map((on) => new Replay(computation, base.there, real, on));
    for (const stage of computation.stages) {
      if (stage.by === 'sample') continue;
      for (const key of stage.writes) {
        expect(shared.find(key)).toEqual(own.find(key));
        if (!shared.isChanged(stage) && !base.there.has(key)) expect(shared.find(key)).toBe(base.find(key));
      }
    }
  },
);
