/** A mistake planted in the spec is found at its first stage and named. */
import { describe, expect, it } from 'vitest';
import { binary32 } from '../../spec/arithmetic.ts';
import { authors, paper } from '../../spec/variant.ts';
import { mistakes } from '../../src/oracle/mistakes/mistakes.ts';
import { plant } from '../../src/oracle/mistakes/plant.ts';
import { check } from '../../src/oracle/oracle.ts';
import type { Report } from '../../src/oracle/report.ts';
import { settingOf, situationOf } from '../../src/oracle/stagePart.ts';
import { made, shaped, worldOf, type World } from './worlds.ts';

/** The report on an implementation that makes a mistake everywhere that it concerns. */
function reportOn(world: World, id: string, free = false): Report {
  const { description, variant, B, optimiser } = world;
  const setting = settingOf(situationOf(description, variant, binary32, B, optimiser));
  const mistake = mistakes.find((each) => each.id === id)!;
  const arrays = made(world, binary32, {}, (part) => plant(mistake, part, setting) ?? part);
  return check({ network: { ...description, variant }, optimiser, arrays: shaped(world, arrays), free });
}

const first = ({ steps }: Report) =>
  steps[0].findings.find(({ verdict, follows }) => verdict === 'differs' && !follows);
const named = ({ steps }: Report): string[][] =>
  steps[0].diagnoses.map(({ explains }) => explains.map(({ id }) => id));

const cases = [
  { id: 'fires=aboveThreshold', variant: paper, stage: 'neuron' },
  { id: 'fires=atThreshold', variant: authors, stage: 'neuron' },
  { id: 'batch=mean', variant: authors, stage: 'loss' },
  { id: 'stale-scale', variant: authors, stage: 'backward' },
] as const;

describe.each(cases)('$id', ({ id, variant, stage }) => {
  const world = worldOf(7, 1, variant, 1, true);

  it(`is found in ${stage}, and named wherever it shows`, () => {
    const report = reportOn(world, id);
    expect(report.verdict).toBe('differs');
    expect(first(report)!.stage).toBe(stage);
    expect(named(report).length).toBeGreaterThan(0);
    for (const ids of named(report)) expect(ids).toContain(id);
  });

  it('leaves what only follows from it alone', () => {
    const report = reportOn(world, id, true);
    const wrong = report.steps[0].findings.filter(({ verdict }) => verdict === 'differs');
    const { stages } = mistakes.find((each) => each.id === id)!;
    expect(wrong.every((finding) => stages.includes(finding.stage))).toBe(true);
  });
});

it('names the variant that the data is of', () => {
  const world = worldOf(3, 3, authors, 1, true);
  const arrays = shaped(world, made(world));
  const { otherVariant } = check({ network: { ...world.description, variant: 'paper' }, arrays });
  expect(otherVariant).toBe('authors');
});

it('names one choice that explains all, not the preset that has it too', () => {
  const report = reportOn(worldOf(7, 1, paper, 1, true), 'loss=whole');
  for (const ids of named(report)) expect(ids).toEqual(['loss=whole']);
  expect(report).toMatchObject({ otherChoices: { loss: 'whole' } });
  expect(report.otherVariant).toBeUndefined();
});

it('names no preset that arrays which agree contradict', () => {
  // The gate is the authors', and so is what is supplied of it; the loss is the paper's.
  const world = worldOf(7, 1, { ...authors, loss: 'half', batch: 'mean' }, 1, true);
  const arrays = shaped(world, made(world));
  const { otherVariant, verdict } = check({
    network: { ...world.description, variant: 'paper' },
    optimiser: world.optimiser,
    arrays,
  });
  expect({ verdict, otherVariant }).toEqual({ verdict: 'differs', otherVariant: undefined });
});

it('leaves out what arrays before it contradict, where T·Vth and B make several factors 2', () => {
  const world = worldOf(7, 1, paper, 1, true);
  expect(world.description.threshold).toBe(0.5);
  // A loss without its ½ doubles the gradient, too; but the losses are there, and right.
  for (const ids of named(reportOn(world, 'gradient-threshold-twice')))
    expect(ids).toEqual(['gradient-threshold-twice']);
});

it('says that a mistake is unknown, and what is excluded', () => {
  const world = worldOf(7, 1, paper, 1, true);
  const arrays = shaped(world, made(world));
  const spikes = arrays['layer1.spikes'].data.slice();
  spikes[5] = 1 - spikes[5];
  const { steps } = check({
    network: { ...world.description, variant: 'paper' },
    arrays: { ...arrays, 'layer1.spikes': { ...arrays['layer1.spikes'], data: spikes } },
  });
  expect(first({ steps } as Report)!.key).toBe('layer1.spikes');
  expect(steps[0].diagnoses[0].explains).toEqual([]);
  expect(steps[0].diagnoses[0].excluded).toContain('fires=aboveThreshold');
});

it('every mistake has an identity of its own', () => {
  expect(new Set(mistakes.map(({ id }) => id)).size).toBe(mistakes.length);
});

it('finds a refractory period of several steps from the spikes alone', () => {
  const world = [...Array(20).keys()]
    .map((seed) => worldOf(seed, 3, paper, 0.99, false))
    .find(({ description }) => description.timeWindow === 8)!;
  const { description, variant, B, optimiser, given } = world;
  const setting = settingOf(situationOf(description, variant, binary32, B, optimiser));
  const mistake = mistakes.find(({ id }) => id === 'refractory-period')!;
  // Where nothing was supplied it has two steps.
  const all = made(
    world,
    binary32,
    {},
    (part) => (part.id === 'neuron.1' && plant(mistake, part, setting)) || part,
  );
  for (const keys of [['spikes'], ['spikes', 'compared', 'potential']]) {
    const arrays = new Map(
      [...all].filter(([key]) => given.has(key) || keys.some((each) => key === `layer1.${each}`)),
    );
    const { steps, verdict } = check({ network: { ...description, variant }, arrays: shaped(world, arrays) });
    expect(verdict).toBe('differs');
    const [{ explains }] = steps[0].diagnoses;
    expect(explains.map(({ id }) => id)).toEqual(['refractory-period']);
    expect(explains[0].says).toMatch(/It has 2 steps\.$/);
  }
});

describe('a layer with another threshold or leak', () => {
  const world = worldOf(3, 3, paper, 1, false);
  const { description } = world;
  const [whole, ...rest] = description.layers;

  /** The answer to an implementation whose first layer is another, of which these arrays of it were recorded. */
  function answerTo(own: { threshold?: number; leak?: number }, ...recorded: string[]) {
    const theirs = {
      ...world,
      description: { ...description, layers: [{ ...whole, ...own } as typeof whole, ...rest] },
    };
    const keys = recorded.map((key) => `layer1.${key}`);
    const arrays = new Map([...made(theirs)].filter(([key]) => world.given.has(key) || keys.includes(key)));
    const report = check({ network: { ...description, variant: paper }, arrays: shaped(world, arrays) });
    return report.steps[0].diagnoses.find(({ part }) => part === 'neuron.1')?.explains ?? [];
  }
  const Vth = description.threshold as number;

  it('is named by its spikes alone, and the threshold lies between two of its potentials', () => {
    for (const factor of [0.8, 1.3]) {
      const [one, ...others] = answerTo({ threshold: factor * Vth }, 'spikes');
      expect([one.id, others]).toEqual(['other-threshold', []]);
      const [, below, above] = /between (\S+) and (\S+)\.$/.exec(one.says)!;
      expect(Number(below)).toBeLessThanOrEqual(factor * Vth * (1 + 1e-4));
      expect(Number(above)).toBeGreaterThanOrEqual(factor * Vth * (1 - 1e-4));
      expect(Number(above) - Number(below)).toBeLessThan(0.2 * Vth);
    }
  });

  it('has any leak by its potentials, and a usual one by its spikes', () => {
    const [one, ...others] = answerTo({ leak: 0.83 }, 'spikes', 'compared');
    expect([one.id, one.says.endsWith('that of λ = 0.83.'), others]).toEqual(['other-leak', true, []]);
    expect(answerTo({ leak: 0.83 }, 'compared')[0].says).toMatch(/λ = 0\.83\.$/);
    expect(answerTo({ leak: 0.8 }, 'spikes')[0].says).toMatch(/λ = 0\.8\.$/);
  });

  it('is not what fewer than four decisions say', () => {
    const right = made(world).get('layer1.spikes')!;
    const againstOf = (factor: number): number => {
      const theirs = {
        ...description,
        layers: [{ ...whole, threshold: factor * Vth } as typeof whole, ...rest],
      };
      const spikes = made({ ...world, description: theirs }).get('layer1.spikes')!;
      return spikes.filter((spike, i) => spike !== right[i]).length;
    };
    const factor = Array.from({ length: 200 }, (_, k) => 1 + k / 2000).find((each) => againstOf(each) > 0)!;
    expect(againstOf(factor)).toBeLessThan(4);
    expect(answerTo({ threshold: factor * Vth }, 'spikes')).toEqual([]);
  });

  it('leaks as its silent neurons do, also where most of them fire', () => {
    const loud = new Map(world.given);
    loud.set(
      'layer1.weight',
      Float32Array.from(world.given.get('layer1.weight')!, (w) => 3 * Math.abs(w)),
    );
    const own = { ...description, layers: [{ ...whole, leak: 0.83 } as typeof whole, ...rest] };
    const all = made({ ...world, description: own, given: loud });
    const arrays = new Map(
      [...all].filter(([key]) => loud.has(key) || /^layer1\.(spikes|compared)$/.test(key)),
    );
    const rate =
      all.get('layer1.spikes')!.filter((spike) => spike !== 0).length / all.get('layer1.spikes')!.length;
    expect(rate).toBeGreaterThan(0.5);
    const report = check({ network: { ...description, variant: paper }, arrays: shaped(world, arrays) });
    expect(report.explanations).toEqual(['other-leak']);
  });

  it('is not what a few spikes are, nor silence, nor all of them', () => {
    const arrays = made(world);
    const spikes = arrays.get('layer1.spikes')!;
    const answer = (change: (spike: number, i: number) => number): string[] => {
      const wrong = new Map([...world.given, ['layer1.spikes', spikes.map(change) as typeof spikes]]);
      const report = check({ network: { ...description, variant: paper }, arrays: shaped(world, wrong) });
      return report.steps[0].diagnoses.flatMap(({ explains }) => explains.map(({ id }) => id));
    };
    expect(answer((spike, i) => (i < 20 ? 1 - spike : spike))).toEqual([]);
    expect(answer(() => 0)).not.toContain('other-threshold');
    expect(answer(() => 1)).not.toContain('other-threshold');
  });
});
