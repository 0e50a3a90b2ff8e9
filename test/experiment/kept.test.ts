/** `results/` equals the current output: the trainings of each experiment, its rows and its figure. Tables fit a terminal. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { drawFigure } from '../../src/command/draw/figure.ts';
import { storedExperiment } from '../../src/command/experiment.ts';
import { partName, textOf } from '../../src/experiment/experiment.ts';
import { computeRows as computePotentials } from '../../src/experiment/figure1.ts';
import { chosen, computeRows } from '../../src/experiment/table4.ts';

const results = fileURLToPath(new URL('../../results', import.meta.url));
const read = (path: string): string => readFileSync(`${results}/${path}`, 'utf8');
const kept = readdirSync(results).filter((name) => existsSync(`${results}/${name}/experiment.json`));

test.each(kept)('%s', async (folder) => {
  const { experiment } = JSON.parse(read(`${folder}/experiment.json`)) as { experiment: string };
  const { summary } = storedExperiment(`${results}/${folder}`, 'kept');
  const next = `cp -r results/${folder} FOLDER; asf-bp experiment ${experiment} --out FOLDER writes them again`;
  const { lines, content, figure } = summary ?? expect.fail(next); // undefined if a part is missing
  expect(lines.map((line) => `${JSON.stringify(line)}\n`).join(''), next).toBe(
    read(`${folder}/${experiment}.jsonl`),
  );
  for (const part of content) {
    if (typeof part === 'object' && 'columns' in part) {
      const table = { columns: part.columns, rows: part.rows };
      expect(textOf([table], 80)).toBe(textOf([table]));
    }
  }
  const svg = await drawFigure(figure);
  expect(svg, next).toBe(read(`${folder}/${experiment}.svg`));
});

test('Figure 1 and Table 4, computed again: in all bits, and with a tenth of the draws', async () => {
  const resultOf = (path: string): unknown => (JSON.parse(read(path)) as { result: unknown }).result;
  expect(JSON.parse(JSON.stringify(computePotentials({ size: 'paper', seed: 1 })))).toEqual(
    resultOf('figure1-paper-1/parts/rows.json'),
  );
  const { rows } = resultOf(`table4-paper-1/parts/${partName(chosen.name)}.json`) as {
    rows: { ours: number }[];
  };
  for (const [k, { ours }] of computeRows(chosen, { size: 'small', seed: 1 }).entries())
    expect(Math.abs(ours - rows[k]!.ours)).toBeLessThan(0.003);
});
