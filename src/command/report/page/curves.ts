/** Curves over the epochs of runs and over the steps of a sample, as Vega-Lite descriptions. */
import {
  type Figure,
  colours,
  linesOf,
  nameMark,
  numbers,
  span,
  wholeAxis,
  type Point,
} from '../../../experiment/index.ts';
import type { EpochRecord } from '../../../modelFile/index.ts';
import { percent, printable } from '../../../printable.ts';
import type { SampleData } from '../sample.ts';
import type { RunData } from './data.ts';
import { layerWords } from './html.ts';

/** Two figures of this size fit side by side on a wide page, and one fills a narrow page. Their letters stay readable. */
const size = { width: 460, height: 190, x: 'epoch' };

/** Limit on the characters of a name at the end of a line. */
const mostLetters = 24;

/** Test accuracy by epoch: one line per run, with the run's number in the list and its name. */
export function accuracyCurves(runs: readonly Pick<RunData, 'name' | 'epochs'>[]): Figure {
  const points = runs.flatMap(({ name, epochs }, index) => {
    const series = printable(`${index + 1} ${name}`).slice(0, mostLetters);
    return epochs.map(({ epoch, accuracy }) => ({ series, x: epoch, y: accuracy }));
  });
  return linesOf(points, { ...size, height: 240, y: 'test accuracy', format: '~%' });
}

type Curves = readonly (readonly [caption: string, figure: Figure])[];

/** The curves of a run, with captions. A curve without measurements is omitted. */
export function runCurves({ epochs, paper }: Pick<RunData, 'epochs' | 'paper'>): Curves {
  const level = paper && { y: paper.row.accuracy, text: `the paper: ${percent(paper.row.accuracy)}` };
  const byLayer = (values: Readonly<Record<string, number>> = {}): [string, number][] =>
    Object.entries(values).map(([layer, y]) => [layerWords(layer), y]);
  const pointsOf = (
    of: (record: EpochRecord) => readonly (readonly [string, number | undefined])[],
  ): Point[] =>
    epochs.flatMap((record) =>
      of(record).flatMap(([series, y]) =>
        y === undefined ? [] : [{ series: printable(series), x: record.epoch, y }],
      ),
    );
  const curves = [
    {
      caption: 'Test accuracy',
      points: pointsOf(({ accuracy, validation }) => [
        ['test', accuracy],
        ['validation', validation],
      ]),
      axes: { y: 'accuracy', format: '~%', level },
    },
    {
      caption: 'Loss of the training samples',
      points: pointsOf(({ loss }) => [['loss', loss]]),
      axes: { y: 'mean loss', format: '.3~g', zero: true },
    },
    {
      caption: 'S by layer',
      points: pointsOf(({ S }) => byLayer(S)),
      axes: { y: 'S', format: '.3~g', steps: true },
    },
    {
      caption: 'Spike rate by layer: spikes per neuron and step',
      points: pointsOf(({ spikeRates }) => byLayer(spikeRates)),
      axes: { y: 'spike rate', format: '.3~g', zero: true },
    },
  ];
  return curves
    .filter(({ points }) => points.length > 0)
    .map(({ caption, points, axes }) => [caption, linesOf(points, { ...size, ...axes })]);
}

/** The potential of each output over the steps of a window: one row per class, all on one scale. Class `said` has a colour. */
export function potentialCurves({ potentials, said }: SampleData): Figure {
  const width = 400;
  const last = Math.max(...potentials.map(({ step }) => step));
  const color = {
    condition: { test: `datum.name === ${JSON.stringify(String(said))}`, value: colours[0] },
    value: colours.at(-1),
  };
  const y = numbers('u', undefined, { nice: false }, null);
  const x = numbers('step', undefined, span(1, Math.max(last, 2)), wholeAxis);
  const text = { field: 'u', type: 'quantitative', format: '.1f' };
  const names = { labelAngle: 0, labelAlign: 'left', labelFontSize: 12 };
  const header = { title: 'class', ...names, titleFontWeight: 'normal' };
  return {
    padding: 4,
    config: { aria: false, view: { stroke: null } },
    data: { values: potentials },
    spacing: 2,
    facet: { row: { field: 'name', type: 'nominal', sort: null, header } },
    spec: {
      width,
      height: 24,
      layer: [
        { mark: { type: 'line', strokeWidth: 1.6 }, encoding: { x, y, color } },
        {
          transform: [{ filter: `datum.step === ${last}` }],
          mark: nameMark('left', 6),
          encoding: { x: { value: width }, y, text, color },
        },
      ],
    },
  };
}
