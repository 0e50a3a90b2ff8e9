/** What holds for each experiment of the registry. */
import { describe, expect, test } from 'vitest';
import { drawFigure } from '../../src/command/figure.ts';
import { sizes } from '../../src/experiment/experiment.ts';
import { experiments } from '../../src/experiment/experiments.ts';

describe.each(Object.entries(experiments))('%s', (name, experiment) => {
  const settings = { size: 'small', seed: 1 } as const;

  test('says in a line what it shows, and about how long it takes', () => {
    expect(experiment.help).toMatch(/^[^\n]+$/);
    for (const size of sizes) expect(experiment.estimate({ ...settings, size })).toBeGreaterThanOrEqual(0);
  });

  test('follows from its settings: the same twice, another with another seed', async () => {
    const [once, twice] = [await experiment.run(settings), await experiment.run(settings)];
    expect(twice).toEqual(once);
    expect((await experiment.run({ ...settings, seed: 2 })).lines.slice(1)).not.toEqual(once.lines.slice(1));
  });

  test('begins with what was asked for, and is JSON', async () => {
    const { lines, text } = await experiment.run(settings);
    expect(lines[0]).toMatchObject({ experiment: name, ...settings });
    expect(lines.length).toBeGreaterThan(1);
    expect(JSON.parse(JSON.stringify(lines))).toEqual(lines);
    for (const line of text.split('\n')) expect(line.length, line).toBeLessThan(90);
  });

  test('has a figure that can be drawn, the same twice', async () => {
    const { figure } = await experiment.run(settings);
    const svg = await drawFigure(figure);
    expect(svg).toMatch(/^<svg [^]*<\/svg>\n$/);
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    expect(await drawFigure(figure)).toBe(svg);
  });
});
