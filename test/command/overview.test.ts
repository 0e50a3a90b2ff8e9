/**
 * The first screen of a report has the best runs, a figure and a table: Figure 3 and the paper's first table,
 * or else the curves and the list of the runs.
 */
import { expect, test } from 'vitest';
import type { ExperimentData, RunData } from '../../src/command/report/page/data.ts';
import { buildPage } from '../../src/command/report/page/page.ts';
import { paperRowFor } from '../../src/experiment/paper.ts';
import type { EpochRecord } from '../../src/modelFile/model.ts';
import { parsePage } from './wellFormed.ts';

/** A run with its accuracy in percent as its name. */
function run(dataset: string, neuron: 'IF' | 'LIF', accuracy: number, variant = 'authors'): RunData {
  const network = dataset === 'cifar10' ? 'vgg7' : 'lenet';
  const [timeWindow, rule] = [50, 'asf'] as const;
  const record: EpochRecord = { epoch: 1, accuracy, loss: 1, imagesPerSecond: 1, spikeRates: {} };
  return {
    name: `run-of-${100 * accuracy}`,
    dataset,
    net: { name: network, neuron, timeWindow, rule, variant },
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

const panels = { padding: 4, columns: 2, concat: [{ title: 'one' }, { title: 'two' }] };
const figure3: ExperimentData = {
  name: 'figure3-small-1',
  experiment: 'figure3',
  help: 'seconds',
  command: 'asf-bp experiment figure3',
  summary: { digest: '1'.repeat(64), content: [{ columns: ['', 'T'], rows: [['', '1']] }], figure: panels },
};

const drawn: object[] = [];
const page = await buildPage({ title: 't', version: '1', runs, experiments: [figure3] }, (figure) => {
  drawn.push(figure);
  return Promise.resolve('<svg width="1" height="1"><g role="graphics-symbol" aria-label="x"></g></svg>');
});
const { elements } = parsePage(page);
const from = (start: string, end: string): string => page.slice(page.indexOf(start), page.indexOf(end));

test('a card for each network and neuron of the paper’s tables: its best run, and the paper’s best', () => {
  const cards = from('<ul class="cards">', '<nav')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');
  expect(
    [...cards.matchAll(/([\d.]+ %) paper’s best ([^A-Z]*%(?:, T = \d+)?) (\w+ of \w+)/g)].map((all) =>
      all.slice(1),
    ),
  ).toEqual([
    ['99.00 %', '99.65 %', 'LeNet of IF'],
    ['98.00 %', '99.60 %', 'LeNet of LIF'],
    ['84.00 %', '91.35 %, T = 400', 'VGG7 of IF'],
  ]);
});

test('runs of a data set stand together, those of the paper’s data sets first, the best first', () => {
  const names = [...from('id="runs"', '<section id="run-1"').matchAll(/>run-of-([\d.]+)</g)].map(
    ([, name]) => name,
  );
  expect(names).toEqual(['99', '98', '92', '84', '64', '91', '94']);
});

test('Figure 3 and the first table of the paper come first; the other table and the runs are below', () => {
  const sections = elements.flatMap(({ name, attributes: { id } }) => (name === 'section' ? [id] : []));
  expect(sections.slice(0, 6)).toEqual(['experiment-1', 'table1', 'curves', 'table2', 'runs', 'run-1']);
  expect(from('class="first"', 'class="note"')).toContain('id="table1"');
  // The measured rows are below those of the paper.
  const rows = [...from('id="table1"', 'id="curves"').matchAll(/<tr( class="own")?>/g)];
  expect(rows.map(([, own]) => own !== undefined)).toEqual([...Array(8).fill(false), true, true, true]);
});

/** A page of these runs only, and the names of the lines of each figure that has several. */
async function pageWith(own: readonly RunData[]): Promise<{ text: string; series: string[][] }> {
  const series: string[][] = [];
  const text = await buildPage({ title: 't', version: '1', runs: own, experiments: [] }, (figure) => {
    const points = JSON.stringify(figure).matchAll(/\{"series":"(\d run[^"]*)","x":1,/g);
    series.push([...points].map(([, name]) => name!));
    return Promise.resolve('<svg width="1" height="1"></svg>');
  });
  return { text, series: series.filter(({ length }) => length > 0) };
}

test.each([2, 6, 40])(
  'of %i own runs the best six of each data set are drawn first, no weights twice',
  async (count) => {
    const own = Array.from({ length: count }, (_, k) => ({
      ...run('ab'[k % 2]!, 'IF', 1 - k / 64),
      name: `run-${k}-${'long'.repeat(9)}`,
    }));
    const { text, series } = await pageWith([...own, { ...own[0]!, name: 'copy' }]);
    const lines = Array.from({ length: Math.min(6, count / 2) }, (_, k) => k);
    expect(series).toEqual(
      [0, 1].map((data) => lines.map((k) => `${k + 1} ${own[2 * k + data]!.name}`.slice(0, 24))),
    );
    const first = text.slice(text.indexOf('class="first"'), text.indexOf('class="note"'));
    expect(first).toMatch(/id="curves"[^]*id="runs"/);
    expect(first.includes('the best 6 of 20 runs')).toBe(count === 40);
    expect(first.replace(/<[^>]*>/g, '').replace(/\s+/g, ' ')).toContain('copy, same weights as run-0-');
    expect(text).not.toContain('<details open');
  },
);

test.each([
  ['asf', 'trained by accumulated spiking flow (ASF-BP,'],
  ['stbp', 'trained by STBP, by an implementation of accumulated spiking flow'],
] as const)('the introduction names the rule %s', async (rule, words) => {
  const one = run('a', 'IF', 0.9);
  const { text } = await pageWith([{ ...one, net: { ...one.net!, rule } }]);
  expect(text.replace(/\s+/g, ' ')).toContain(words);
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

test('the panels of a figure are figures of their own', () => {
  expect(drawn.filter((figure) => 'title' in figure)).toEqual([
    { padding: 4, title: 'one' },
    { padding: 4, title: 'two' },
  ]);
  const labels = elements.flatMap(({ name, attributes }) =>
    name === 'svg' ? attributes['aria-label']! : [],
  );
  expect(labels.filter((label) => label.includes('panel'))).toEqual([
    'Figure 3: seconds, panel 1 of 2',
    'Figure 3: seconds, panel 2 of 2',
  ]);
});

test('a figure has one name, and no head of a table is empty', () => {
  expect(page).not.toContain('graphics-symbol');
  expect(page).not.toContain('aria-label="x"');
  expect(
    elements.filter(({ name, attributes }) => name === 'th' && attributes['scope'] === 'col').length,
  ).toBeGreaterThan(10);
  expect(page).not.toMatch(/<th[^>]*><\/th>/);
});
