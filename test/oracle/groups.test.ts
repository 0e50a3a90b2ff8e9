/** A window that is too large to be made of all samples at once is checked a few samples at a time: with the same result. */
import { expect, it } from 'vitest';
import { binary32, real } from '../../spec/arithmetic.ts';
import { checkStep, type StepReport } from '../../src/oracle/check.ts';
import type { Tell } from '../../src/oracle/diagnosis.ts';
import type { Values } from '../../src/oracle/interval.ts';
import { mistakes } from '../../src/oracle/mistakes/mistakes.ts';
import { groupsOf } from '../../src/oracle/narrow.ts';
import { Untold } from '../../src/oracle/untold.ts';
import { settingOf, situationOf } from '../../src/oracle/stagePart.ts';
import { drawWorld, plantAll } from './planted.ts';
import { made, type World } from './worlds.ts';

const worlds = [3, 8, 9, 14, 20].map((seed) => drawWorld(seed)).filter(({ B }) => B === 4);

function reportOf(
  world: World,
  arrays: Map<string, Values>,
  atOnce: number,
  tried = mistakes,
  tell: Tell = () => {},
): StepReport {
  const { description, variant, B, optimiser } = world;
  const situation = { ...situationOf(description, variant, real, B, optimiser), atOnce };
  const manner = {
    feed: 'reference',
    carried: new Map(),
    hasNext: false,
    untold: new Untold([]),
    tell,
  } as const;
  return checkStep(situation, arrays, { ...manner, mistakes: tried }).report;
}

/** What is said of each array; of its power only whether it has any, since groups draw other numbers to test. */
const said = ({ findings, diagnoses, notChecked }: StepReport) => ({
  findings: findings.map((finding) => ({
    ...finding,
    power: finding.power > 0,
    bounds: 0,
    ulp: 0,
    decidedBy: undefined,
  })),
  diagnoses: diagnoses.map(({ part, explains }) => [part, explains.map(({ id }) => id)]),
  notChecked,
});

it('four samples are two groups of two, and five a group of two and one of three', () => {
  const [{ description, variant }] = worlds;
  const groups = (B: number) =>
    groupsOf({ ...settingOf(situationOf(description, variant, real, B)), atOnce: 1 }).map(
      ({ count }) => count,
    );
  expect([groups(4), groups(5), groups(1)]).toEqual([[2, 2], [2, 3], [1]]);
  expect(worlds.length).toBeGreaterThan(1);
});

it('parts of the window are told as checked by what of all groups was', () => {
  const done: number[] = [];
  reportOf(worlds[0], made(worlds[0], binary32), 1, [], (...[, , many]) => done.push(many));
  expect(done[0]).toBe(0);
  for (const [k, many] of done.entries()) if (k > 0) expect(many).toBeGreaterThan(done[k - 1]);
});

it.each(worlds.map((world) => [world]))('what is right agrees as it does at once', (world) => {
  const arrays = made(world, binary32);
  const report = reportOf(world, arrays, 1);
  expect(said(report)).toEqual(said(reportOf(world, arrays, 2 ** 30)));
  expect(report.findings.every(({ verdict }) => verdict === 'agrees')).toBe(true);
});

it.each(['reset-missing', 'kernel-flipped', 'flow-averaged', 'batch=sum', 'neuron-one-step-late'])(
  '%s is found as it is at once',
  (id) => {
    const mistake = mistakes.find((each) => each.id === id)!;
    for (const world of worlds) {
      const arrays = plantAll(world, [mistake]);
      expect(said(reportOf(world, arrays, 1))).toEqual(said(reportOf(world, arrays, 2 ** 30)));
    }
  },
);

it('a number, a whole sample and an order that are wrong are said as they are at once', () => {
  for (const world of worlds) {
    const right = made(world, binary32);
    for (const key of ['layer1.current', 'layer1.spikes', 'layer1.FI', 'layer2.FO', 'layer1.potential.end']) {
      const x = Float32Array.from(right.get(key)!);
      const size =
        x.length / (x.length === right.get('layer1.current')!.length ? 4 * world.description.timeWindow : 4);
      const rolled = x.map((_, i) => x[(i + size) % x.length]);
      const late = x.map((v, i) => (i >= x.length - size ? v + 1 : v));
      const one = x.map((v, i) => (i === x.length >> 1 ? 1 - v : v));
      for (const wrong of [rolled, late, one]) {
        const arrays = new Map([...right, [key, wrong]]);
        const report = reportOf(world, arrays, 1, []);
        expect(said(report)).toEqual(said(reportOf(world, arrays, 2 ** 30, [])));
        expect(report.findings.some(({ verdict }) => verdict === 'differs')).toBe(true);
      }
    }
  }
});
