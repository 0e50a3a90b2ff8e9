/** A page escapes any text. A report has a section per data set: curves of the best runs, and a table with the paper's rows above those of all runs. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ExperimentData, RunData } from '../../src/command/report/page/data.ts';
import { html } from '../../src/command/report/page/html.ts';
import { buildPage } from '../../src/command/report/page/page.ts';
import { paperRowFor } from '../../src/experiment/paper.ts';
import type { EpochRecord } from '../../src/modelFile/model.ts';
import { law } from '../spec/support.ts';
import { parsePage } from './wellFormed.ts';

law('any text stays text, in elements and attributes', fc.string({ unit: 'grapheme' }), 100, (text) => {
  const content = html`<p title="${text}">${text}</p>`.text;
  const { elements, text: read } = parsePage(`<!doctype html><html><body>${content}</body></html>`);
  expect(elements.at(-1)).toEqual({ name: 'p', attributes: { title: text } });
  expect(read).toBe(text);
});

test('what cannot be seen, or turns the direction of what follows, is escaped', () => {
  expect(html`${'a\u0000b\u001bc\u202ed'}`.text).toBe('a\\u0000b\\u001bc\\u202ed');
});

/** A run that is named after its accuracy in percent. */
function run(dataset: string, neuron: 'IF' | 'LIF', accuracy: number, variant = 'authors'): RunData {
  const network = dataset === 'cifar10' ? 'vgg7' : 'lenet';
  const timeWindow = 50;
  const record: EpochRecord = { epoch: 1, accuracy, loss: 1, imagesPerSecond: 1, spikeRates: {} };
  return {
    name: `run-of-${100 * accuracy}`,
    dataset,
    network: `${network}, ${neuron}${variant === 'authors' ? '' : `, variant ${variant}`}`,
    timeWindow,
    command: 'asf-bp train',
    facts: [],
    epochs: [record],
    accuracy,
    digest: String(Math.round(1e4 * accuracy)).padStart(64, '0'),
    paper: paperRowFor({ dataset, network, neuron, timeWindow, limit: undefined }),
    sample: { missing: 'Not shown.' },
  };
}

const runs = [
  run('nmnist', 'IF', 0.94),
  run('mnist', 'IF', 0.92),
  run('fashion', 'IF', 0.91),
  run('cifar10', 'IF', 0.84),
  run('mnist', 'LIF', 0.98),
  run('cifar10', 'IF', 0.64),
  run('mnist', 'IF', 0.99, 'paper, but gate: positive input'),
];

const figure3: ExperimentData = {
  name: 'figure3-small-1',
  help: 'seconds',
  command: 'asf-bp experiment figure3',
  summary: { digest: '1'.repeat(64), content: [{ columns: ['', 'T'], rows: [['', '1']] }], figure: {} },
};

const page = await buildPage({ title: 't', version: '1', runs, experiments: [figure3] }, () =>
  Promise.resolve('<svg></svg>'),
);
const { elements } = parsePage(page);
const from = (start: string, end: string): string => page.slice(page.indexOf(start), page.indexOf(end));

test('runs of a data set stand together, those of the paper’s data sets first, the best first', () => {
  const names = [...from('id="data-1"', '<section id="experiment-1"').matchAll(/>run-of-([\d.]+)</g)].map(
    ([, name]) => name,
  );
  expect(names).toEqual(['99', '98', '92', '84', '64', '91', '94']);
});

test('the data sets come first, then the experiments, then each run; measured rows are below those of the paper', () => {
  const sections = elements.flatMap(({ name, attributes: { id } }) => (name === 'section' ? [id] : []));
  const data = [1, 2, 3, 4].map((k) => `data-${k}`);
  expect(sections.slice(0, 6)).toEqual([...data, 'experiment-1', 'run-1']);
  const rows = [...from('id="data-1"', 'id="data-2"').matchAll(/<tr( class="own")?>/g)];
  expect(rows.map(([, own]) => own !== undefined)).toEqual([...Array(8).fill(false), true, true, true]);
});

/** Builds a page of these runs only. Returns its text, and the line names of each figure with several lines. */
async function pageWith(own: readonly RunData[]): Promise<{ text: string; series: string[][] }> {
  const series: string[][] = [];
  const text = await buildPage({ title: 't', version: '1', runs: own, experiments: [] }, (figure) => {
    const points = JSON.stringify(figure).matchAll(/\{"series":"(\d run[^"]*)","x":1,/g);
    series.push([...points].map(([, name]) => name!));
    return Promise.resolve('<svg></svg>');
  });
  return { text, series: series.filter(({ length }) => length > 0) };
}

test.each([2, 6, 40])('of %i own runs the best six of each data set are drawn first', async (count) => {
  const own = Array.from({ length: count }, (_, k) => ({
    ...run('ab'[k % 2]!, 'IF', 1 - k / 64),
    name: `run-${k}-${'long'.repeat(9)}`,
  }));
  const { text, series } = await pageWith(own);
  const lines = Array.from({ length: Math.min(6, count / 2) }, (_, k) => k);
  expect(series).toEqual(
    [0, 1].map((data) => lines.map((k) => `${k + 1} ${own[2 * k + data]!.name}`.slice(0, 24))),
  );
  const first = text.slice(text.indexOf('id="data-1"'), text.indexOf('id="run-1"'));
  expect(first.includes('the best 6 of 20 runs')).toBe(count === 40);
  expect(text).not.toContain('<details open');
});

test('the epoch that a validation chose is a fact and a column, where there was one', async () => {
  const one = run('a', 'IF', 0.9);
  const epochs = [0.7, 0.6].map((validation, k) => ({ ...one.epochs[0]!, epoch: k + 1, validation }));
  const words = 'epoch chosen by validation';
  for (const absent of [words, '>validation<']) expect((await pageWith([one])).text).not.toContain(absent);
  const { text } = await pageWith([{ ...one, epochs }]);
  expect(text.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ')).toContain(`${words} 90.00 %, epoch 1`);
  expect(text).toContain('>validation<');
});

test('a run alone stands open, with its curves first', async () => {
  expect((await pageWith([run('a', 'IF', 0.9)])).text).toMatch(/<details open="">[^]*class="curves"[^]*<dl>/);
});

test('a figure has a name, and no head of a table is empty', () => {
  const names = elements.flatMap(({ name, attributes }) => (name === 'img' ? attributes['alt']! : []));
  expect(names).toContain('MNIST: Test accuracy by epoch');
  expect(names).toContain('figure3-small-1: seconds');
  expect(
    elements.filter(({ name, attributes }) => name === 'th' && attributes['scope'] === 'col').length,
  ).toBeGreaterThan(10);
  expect(page).not.toMatch(/<th[^>]*><\/th>/);
});
