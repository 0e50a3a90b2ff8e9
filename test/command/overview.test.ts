/** The first screen of a report has the best runs, Figure 3 and the paper's first table, and its runs have an order. */
import { expect, test } from 'vitest';
import type { ExperimentPart, RunPart } from '../../src/command/report/page/data.ts';
import { buildPage } from '../../src/command/report/page/page.ts';
import { paperRowFor } from '../../src/experiment/paper.ts';
import type { EpochRecord } from '../../src/modelFile/model.ts';
import { parsePage } from './wellFormed.ts';

/** A run whose name is its accuracy in percent. */
function run(dataset: string, neuron: 'IF' | 'LIF', accuracy: number, variant = 'authors'): RunPart {
  const network = dataset === 'cifar10' ? 'vgg7' : 'lenet';
  const traits = { dataset, network, neuron, timeWindow: 50 } as const;
  const record: EpochRecord = { epoch: 1, accuracy, loss: 1, imagesPerSecond: 1, spikeRates: {} };
  return {
    ...traits,
    name: `run-of-${100 * accuracy}`,
    rule: 'asf',
    command: 'asf-bp train',
    facts: [['variant', variant]],
    epochs: [record],
    accuracy,
    digest: '0'.repeat(64),
    paper: paperRowFor({ ...traits, limit: undefined }),
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
const figure3: ExperimentPart = {
  name: 'figure3-small-1',
  experiment: 'figure3',
  help: 'seconds',
  command: 'asf-bp experiment figure3',
  report: { digest: '1'.repeat(64), content: [{ columns: ['', 'T'], rows: [['', '1']] }], figure: panels },
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
  expect(sections.slice(0, 5)).toEqual(['experiment-1', 'table1', 'table2', 'runs', 'run-1']);
  expect(from('class="first"', 'class="note"')).toContain('id="table1"');
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
