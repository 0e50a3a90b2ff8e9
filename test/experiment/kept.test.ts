/** The stored rows and figure of an experiment are those that its command makes from the parts today. Tables fit a terminal, and every colour has a dark one. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { drawFigure } from '../../src/command/draw/figure.ts';
import { storedExperiment } from '../../src/command/experiment.ts';
import { textOf } from '../../src/experiment/experiment.ts';
import { shaded } from '../../src/command/report/page/html.ts';

const results = fileURLToPath(new URL('../../results', import.meta.url));
const kept = readdirSync(results).filter((name) => existsSync(`${results}/${name}/experiment.json`));

test.each(kept)('%s', async (folder) => {
  const read = (name: string): string => readFileSync(`${results}/${folder}/${name}`, 'utf8');
  const { experiment } = JSON.parse(read('experiment.json')) as { experiment: string };
  const { lines, content, figure } = storedExperiment(`${results}/${folder}`, 'kept').summary();
  const next = `cp -r results/${folder} FOLDER; asf-bp experiment ${experiment} --out FOLDER writes them again`;
  expect(lines.map((line) => `${JSON.stringify(line)}\n`).join(''), next).toBe(read(`${experiment}.jsonl`));
  // All tables fit 80 columns.
  for (const part of content) {
    if (typeof part === 'object' && 'columns' in part) {
      const table = { columns: part.columns, rows: part.rows };
      expect(textOf([table], 80)).toBe(textOf([table]));
    }
  }
  const svg = await drawFigure(figure);
  expect(svg, next).toBe(read(`${experiment}.svg`));
  const colours = [...shaded(svg).matchAll(/ (?:fill|stroke)="(?!none|var|transparent)([^"]*)"/g)];
  expect(colours.map(([, colour]) => colour)).toEqual([]);
});
