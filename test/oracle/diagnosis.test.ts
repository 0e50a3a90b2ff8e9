/** What a report has of each array and each part, what it leaves out, and what is told while it is made. */
import { describe, expect, it } from 'vitest';
import { binary32 } from '../../spec/arithmetic.ts';
import { authors, paper } from '../../spec/variant.ts';
import { namedOf } from '../../src/oracle/findings.ts';
import type { Values } from '../../src/oracle/interval.ts';
import { mistakes } from '../../src/oracle/mistakes/mistakes.ts';
import { buildParts } from '../../src/oracle/parts/parts.ts';
import { check } from '../../src/oracle/oracle.ts';
import { settingOf, situationOf } from '../../src/oracle/stagePart.ts';
import { drawWorld, plantAll } from './planted.ts';
import { made, shaped, worldOf } from './worlds.ts';

const world = worldOf(7, 1, paper, 1, true);
const all = made(world);
const { description, variant, B, optimiser } = world;
const reportOn = (arrays: ReadonlyMap<string, Values>, more: Partial<Parameters<typeof check>[0]> = {}) =>
  check({ network: { ...description, variant }, optimiser, arrays: shaped(world, arrays), ...more });
const some = (...keys: string[]) =>
  new Map([...all].filter(([key]) => world.given.has(key) || keys.includes(key)));
const mistake = (id: string) => mistakes.find((each) => each.id === id)!;

describe('while a report is made', () => {
  const told: { doing: string; part: string; done: number; of: number }[] = [];
  const wrong = plantAll(world, [mistake('loss=whole')]);
  reportOn(wrong, { tell: (doing, part, done, of) => told.push({ doing, part, done, of }) });

  it('each part that is checked is told before it is, and how many of all were', () => {
    // What explains is then checked by itself, under another record of choices.
    const checked = told.slice(
      0,
      told.findIndex(({ doing }) => doing === 'diagnosed'),
    );
    const setting = settingOf(situationOf(description, variant, binary32, B, optimiser));
    const ids = buildParts(setting)
      .filter(({ inputs }) => inputs.every((key) => wrong.has(key) || !key.startsWith('image')))
      .map(({ id }) => id)
      .filter((id) => !id.startsWith('encode'));
    expect([...new Set(checked.map(({ part }) => part))]).toEqual(ids);
    expect(checked[0].done).toBe(0);
    for (const [k, { done, of }] of checked.entries()) {
      expect(of).toBe(ids.length);
      expect(done).toBeLessThan(of);
      if (k > 0) expect(done).toBeGreaterThan(checked[k - 1].done);
    }
    expect(checked.at(-1)!.done).toBe(ids.length - 1);
  });

  it('each mistake that is tried is told after it was, and of how many', () => {
    const tried = told.filter(({ doing }) => doing === 'diagnosed');
    const parts = [...new Set(tried.map(({ part }) => part))];
    expect(parts.length).toBeGreaterThan(1);
    for (const [k, { part, done, of }] of tried.entries()) {
      expect(of).toBe(parts.length * mistakes.length);
      expect(done).toBeGreaterThan(parts.indexOf(part) * mistakes.length);
      expect(done).toBeLessThanOrEqual((parts.indexOf(part) + 1) * mistakes.length);
      if (k > 0 && tried[k - 1].done % mistakes.length !== 0) expect(done).toBeGreaterThan(tried[k - 1].done);
    }
  });
});

it('a wrong gradient is not acquitted where the label is missing: the verdict says what is', () => {
  const dw = [...all.keys()].filter((key) => key.endsWith('.dw'));
  const arrays = some(...[...all.keys()].filter((key) => key.endsWith('.spikes')), ...dw);
  for (const key of dw) arrays.set(key, new Float32Array(arrays.get(key)!.length));
  arrays.delete('label');
  const { verdict, decidedBy, steps } = reportOn(arrays);
  expect([verdict, decidedBy]).toEqual(['undecided', ['label']]);
  const lacking = steps[0].notChecked.filter(({ needs }) => needs);
  expect(lacking.map(({ key, why }) => `${key} ${why}`).sort()).toEqual(
    dw.map((key) => `${key} needs label`).sort(),
  );
});

it('a name that is nearly a key of the same layer is misspelt; one that was supplied is not meant', () => {
  const arrays = shaped(world, all);
  const { 'layer1.spikes': spikes, ...others } = arrays;
  const more = {
    'layer1.spike': spikes,
    'layer1.dW': arrays['layer1.dw'],
    'layer9.spikes': spikes,
    'gradient norm': { shape: [], data: Float32Array.of(1) },
  };
  const { verdict, steps } = reportOn(all, { arrays: { ...others, ...more } });
  expect(verdict).toBe('undecided');
  expect(steps[0].misspelt).toEqual([
    { name: 'layer1.spike', meant: 'layer1.spikes' },
    { name: 'layer1.dW' },
    { name: 'layer9.spikes' },
  ]);
  expect(steps[0].unknown).toEqual(Object.keys(more));
});

it.each([
  ['Layer1.dw', 'layer1.dw'],
  ['layer1_dw', 'layer1.dw'],
  ['layer1.gradient', 'layer1.dw'],
  ['layer1.weight_gradients', undefined],
  ['layer1.mem', 'layer1.compared'],
])('%s, under which a gradient is recorded, is no agreement: %s is meant', (name, meant) => {
  const { 'layer1.dw': dw, 'layer1.compared': _, ...others } = shaped(world, all);
  const { verdict, steps } = reportOn(all, { arrays: { ...others, [name]: dw } });
  expect([verdict, steps[0].misspelt]).toEqual([
    'undecided',
    [meant === undefined ? { name } : { name, meant }],
  ]);
});

it('a name that others give one of our arrays means it; of a key that only other layers have nothing is judged', () => {
  const arrays = shaped(world, all);
  const { 'layer1.dw': dw, ...others } = arrays;
  const more = { 'layer1.grad': dw, 'layer3.FO': { shape: [], data: Float32Array.of(1) } };
  const { steps, verdict } = reportOn(all, { arrays: { ...others, ...more } });
  expect(verdict).toBe('undecided');
  expect(steps[0].misspelt).toEqual([{ name: 'layer1.grad', meant: 'layer1.dw' }, { name: 'layer3.FO' }]);
  const alone = reportOn(all, { arrays: { ...arrays, 'layer3.FO': more['layer3.FO'] } });
  expect([alone.verdict, alone.steps[0].misspelt]).toEqual(['undecided', [{ name: 'layer3.FO' }]]);
  // Though FI, which is nearly FO, is lacking.
  const { 'layer3.FI': _, ...less } = arrays;
  const lacking = reportOn(all, { arrays: { ...less, 'layer3.FO': more['layer3.FO'] } });
  expect(lacking.steps[0].misspelt).toEqual([{ name: 'layer3.FO' }]);
  const foreign = reportOn(all, { arrays: { ...arrays, 'optimizer.state': more['layer3.FO'] } });
  expect([foreign.verdict, foreign.steps[0].misspelt]).toEqual(['agrees', []]);
});

it('what was not judged says what it lacks, or that it was not supplied', () => {
  const arrays = some('layer1.current', 'loss');
  arrays.delete('input.spikes');
  arrays.set('output', all.get('output')!);
  const { steps } = reportOn(arrays);
  const why = new Map(steps[0].notChecked.map((each) => [each.key, each.why]));
  expect(why.get('layer1.current')).toBe('needs input.spikes');
  expect(why.get('layer1.FI')).toBe('not supplied');
  expect(why.has('loss')).toBe(false);
  expect(why.has('layer1.weight')).toBe(false);
  expect(steps[0].findings.map(({ key }) => key)).toEqual(['output', 'loss']);
});

it('an array has only what is said of it: no words, keys or causes where there are none', () => {
  const [right] = reportOn(all).steps;
  for (const finding of right.findings)
    for (const what of ['description', 'explanations', 'decidedBy', 'follows', 'first'])
      expect(finding).not.toHaveProperty(what);
  const [wrong] = reportOn(plantAll(world, [mistake('loss=whole')])).steps;
  const own = wrong.findings.filter(({ verdict, follows }) => verdict === 'differs' && !follows);
  expect(own.length).toBeGreaterThan(0);
  for (const finding of own) {
    expect(finding.explanations).toEqual(['loss=whole']);
    expect(finding).not.toHaveProperty('description');
  }
  for (const diagnosis of wrong.diagnoses) {
    expect(diagnosis).not.toHaveProperty('toldApartBy');
    expect(diagnosis).not.toHaveProperty('doubtful');
    expect(diagnosis.isCutShort).toBe(false);
    for (const { id } of diagnosis.explains) expect(diagnosis.excluded).not.toContain(id);
  }
});

it('each array has the causes of its own part', () => {
  const both = plantAll(world, [mistake('loss=whole'), mistake('spikes-one-step-late')]);
  const { findings, diagnoses } = reportOn(both).steps[0];
  const causes = new Map(diagnoses.map(({ part, explains }) => [part, explains.map(({ id }) => id)]));
  expect([...causes.values()].flat().sort()).toEqual(
    expect.arrayContaining(['loss=whole', 'spikes-one-step-late']),
  );
  const own = findings.filter(({ explanations }) => explanations);
  expect(new Set(own.map(({ explanations }) => explanations!.join())).size).toBeGreaterThan(1);
  for (const { part, explanations } of own) expect(explanations).toEqual(causes.get(part));
});

describe('a number that is none', () => {
  const broken = (change: (dFI: Float64Array) => void) =>
    made(world, binary32, {}, (part) =>
      part.id !== 'backward.3.dFI'
        ? part
        : {
            ...part,
            run(intervals, manner) {
              const [[key, { value }]] = part.run(intervals, manner);
              const dFI = Float64Array.from(value);
              change(dFI);
              return new Map([[key, { value: dFI }]]);
            },
          },
    );

  it.each([NaN, Infinity])('%s differs where it first was made, and what is made of it follows', (bad) => {
    const arrays = broken((dFI) => dFI.fill(bad, 1, 2));
    expect([...arrays.get('layer1.dw')!].every(Number.isFinite)).toBe(false);
    const report = reportOn(arrays);
    expect([report.verdict, report.description]).toEqual(['differs', `number 1 is ${bad}`]);
    const wrong = report.steps[0].findings.filter((finding) => finding.verdict === 'differs');
    expect(wrong[0].key).toBe('layer3.dFI');
    expect(wrong.length).toBeGreaterThan(3);
    for (const { key, follows } of wrong.slice(1)) expect([key, follows]).toEqual([key, true]);
  });

  it('is refused where it enters the step, and among spikes', () => {
    for (const key of ['layer1.weight', 'layer1.spikes']) {
      const x = Float32Array.from(all.get(key)!).fill(NaN, 1, 2);
      expect(() => reportOn(new Map(all).set(key, x))).toThrow(
        /"elements" expected finite numbers, got NaN at \[0, /,
      );
    }
  });
});

it('a reset by subtraction is a choice, too: the record that has it agrees', () => {
  const other = worldOf(7, 0, { ...paper, reset: 'leakThenSubtract' }, 0.5, false);
  const spikes = [...made(other)].filter(([key]) => other.given.has(key) || key.endsWith('.spikes'));
  const arrays = shaped(other, new Map(spikes));
  const network = { ...other.description, variant: paper };
  const { verdict, explanations, otherChoices } = check({ network, arrays });
  expect([verdict, explanations]).toEqual(['differs', ['reset-by-subtraction-after-leak']]);
  expect(otherChoices).toEqual({ reset: 'leakThenSubtract' });
});

it('an array is explained by what explains its own part', () => {
  const { findings, diagnoses } = reportOn(plantAll(world, [mistake('loss=whole'), mistake('flow-averaged')]))
    .steps[0];
  const explained = findings.filter(({ explanations }) => explanations !== undefined);
  for (const { part, explanations } of explained) {
    const { explains } = diagnoses.find((each) => each.part === part)!;
    expect(explanations).toEqual(namedOf(explains).map(({ id }) => id));
  }
  expect(new Set(explained.map(({ explanations }) => explanations!.join())).size).toBeGreaterThan(1);
});

it('a preset that has the answer is said only where nothing else is', () => {
  const [one, preset] = [{ id: 'loss=whole' }, { id: 'variant=authors' }];
  expect(namedOf([preset, one])).toEqual([one]);
  expect(namedOf([preset])).toEqual([preset]);
  expect(namedOf([])).toEqual([]);
});

it('of several causes the key that would tell two of them apart is named, and supplying it does', () => {
  const drawn = drawWorld(0, authors);
  let toldApart = 0;
  for (const id of ['flow-averaged', 'batch=mean']) {
    const wrong = plantAll(drawn, [mistake(id)]);
    const recorded = new Map([...wrong].filter(([key]) => drawn.given.has(key) || /\.(dw|FO)$/.test(key)));
    const options = { network: { ...drawn.description, variant: authors }, optimiser: drawn.optimiser };
    const { steps } = check({ ...options, arrays: shaped(drawn, recorded) });
    for (const { part, explains, toldApartBy } of steps[0].diagnoses) {
      if (toldApartBy === undefined) continue;
      toldApart++;
      expect(recorded.has(toldApartBy)).toBe(false);
      const more = new Map(recorded).set(toldApartBy, wrong.get(toldApartBy)!);
      const again = check({ ...options, arrays: shaped(drawn, more) }).steps[0].diagnoses;
      const [first, second] = explains.filter((each) => !each.id.startsWith('variant='));
      const left = again
        .filter((each) => each.part === part)
        .flatMap((each) => each.explains.map((e) => e.id));
      expect(left.includes(first.id) && left.includes(second.id)).toBe(false);
    }
  }
  expect(toldApart).toBeGreaterThan(0);
});
