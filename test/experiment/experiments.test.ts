/** The report of each experiment depends only on its settings, has JSON lines, and draws a figure. */
import { describe, expect, test } from 'vitest';
import { drawFigure } from '../../src/command/draw/figure.ts';
import { sizes, type ExperimentSummary, type ExperimentSettings } from '../../src/experiment/experiment.ts';
import { experiments } from '../../src/experiment/experiments.ts';
import { textOf } from '../../src/experiment/experiment.ts';
import { isWhole } from '../support.ts';
import { carriedOut, pretended } from './laboratory.ts';

const settings: ExperimentSettings = { size: 'small', seed: 1, variant: 'authors' };
const every = sizes.flatMap((size) =>
  (['authors', 'paper'] as const).map((variant) => ({ ...settings, size, variant })),
);
/**
 * This experiment computes for seconds, independently of the variant. Only its size `small` is tested, and outside whole runs only its
 * last reading, which depends on the seed.
 */
const slow = 'table4';

const made = new Map<string, Promise<ExperimentSummary>>();
/** The report of an experiment, which runs once for all tests. */
function reportOf(name: string, of: ExperimentSettings): Promise<ExperimentSummary> {
  const key = JSON.stringify([name, of]);
  const all = experiments[name]!.parts(of);
  const parts = name === slow && !isWhole ? all.slice(-1) : all;
  if (!made.has(key)) made.set(key, carriedOut(name, of, parts));
  return made.get(key)!;
}

describe.each(Object.entries(experiments))('%s', (name, experiment) => {
  test.each(every)(
    'size $size, variant $variant: parts have names of their own, and seconds',
    async (each) => {
      expect(experiment.help).toMatch(/^[^\n]+$/);
      const parts = experiment.parts(each);
      const names = parts.map((part) => part.name);
      expect(new Set(names).size).toBe(names.length);
      for (const part of parts) {
        expect(part.name).toMatch(/^[A-Za-z0-9][A-Za-z0-9.-]*$/);
        expect(await part.estimate(pretended)).toBeGreaterThanOrEqual(0);
      }
    },
  );

  test('follows from its settings: the same twice, another with another seed', async () => {
    const of = async (seed: number): Promise<unknown> =>
      name === slow
        ? experiment
            .parts({ ...settings, seed })
            .at(-1)!
            .run(pretended)
        : (await carriedOut(name, { ...settings, seed })).lines.slice(1);
    const once = await of(1);
    expect(await of(1)).toEqual(once);
    expect(await of(2)).not.toEqual(once);
  });

  test.each(name === slow ? [settings] : every)(
    'size $size, variant $variant: begins with what was asked for, and is JSON',
    async (each) => {
      const { lines, content } = await reportOf(name, each);
      expect(lines[0]).toMatchObject({ experiment: name, size: each.size, seed: each.seed });
      expect(lines.length).toBeGreaterThan(1);
      expect(JSON.parse(JSON.stringify(lines))).toEqual(lines);
      for (const item of content)
        if (typeof item === 'object' && 'rows' in item)
          for (const row of item.rows) expect(row).toHaveLength(item.columns.length);
      const text = textOf(content);
      expect(text).not.toMatch(/NaN|undefined|Infinity/);
      for (const line of text.split('\n')) expect(line.length, line).toBeLessThan(100);
      for (const line of textOf(content, 60).split('\n')) expect(line.length, line).toBeLessThanOrEqual(60);
    },
  );

  test('has a figure that can be drawn, the same twice', async () => {
    const { figure } = await reportOf(name, settings);
    const svg = await drawFigure(figure);
    expect(svg).toMatch(/^<svg [^]*<\/svg>\n$/);
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    expect(await drawFigure(figure)).toBe(svg);
  });
});
