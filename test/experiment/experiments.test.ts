/** Each experiment reports JSON lines and a text, at each size and for each variant. kept.test.ts tests figures. */
import { describe, expect, test } from 'vitest';
import { sizes } from '../../src/experiment/experiment.ts';
import { experiments } from '../../src/experiment/index.ts';
import { textOf } from '../../src/experiment/experiment.ts';
import { isWhole } from '../support.ts';
import { carriedOut, pretended, settings } from './laboratory.ts';

const every = sizes.flatMap((size) =>
  (['authors', 'paper'] as const).map((variant) => ({ ...settings, size, variant })),
);
/**
 * This experiment takes seconds and does not depend on the variant. Only its size `small` is tested. Unless the whole suite
 * runs, only its last reading of the paper's table is tested; this reading depends on the seed.
 */
const slow = 'table4';

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

  test('another seed gives others', async () => {
    const of = async (seed: number): Promise<unknown> =>
      (await experiment
        .parts({ ...settings, seed })
        .at(-1)!
        .run(pretended)) as unknown;
    expect(await of(2)).not.toEqual(await of(1));
  });

  test.each(name === slow ? [settings] : every)(
    'size $size, variant $variant: begins with what was asked for, and is JSON',
    async (each) => {
      const all = experiment.parts(each);
      const { lines, content } = await carriedOut(
        name,
        each,
        name === slow && !isWhole ? all.slice(-1) : all,
      );
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
});
