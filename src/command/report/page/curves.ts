/** Curves over the epochs of a run and over the steps of a sample, as Vega-Lite descriptions. */
import type { Figure } from '../../../experiment/experiment.ts';
import { colours, linesOf } from '../../../experiment/figures.ts';
import type { EpochRecord } from '../../../modelFile/model.ts';
import type { RunPart } from './data.ts';
import { printable } from './html.ts';
import { layerWords } from './words.ts';

/** Two such figures fit side by side on a wide page, and one fills a narrow one, so that the letters stay readable. */
const size = { width: 460, height: 190, x: 'epoch' };
/** Height of a row of potentials. */
const row = 24;

/** Characters of a name at the end of a line. */
const mostLetters = 24;

/** Test accuracy by epoch, a line per run with its place and its name. */
export function accuracyCurves(runs: readonly Pick<RunPart, 'name' | 'epochs'>[]): Figure {
  const points = runs.flatMap(({ name, epochs }, place) => {
    const series = printable(`${place + 1} ${name}`).slice(0, mostLetters);
    return epochs.map(({ epoch, accuracy }) => ({ series, x: epoch, y: accuracy }));
  });
  return linesOf(points, { ...size, height: 240, y: 'test accuracy', format: '~%' });
}

/** Accuracy on the test images and, if there are any, on those set aside; `level` is the paper's. */
export function accuracyCurve(
  epochs: readonly EpochRecord[],
  level: { y: number; text: string } | undefined,
): Figure {
  const points = epochs.flatMap(({ epoch, accuracy, validation }) => [
    { series: 'test', x: epoch, y: accuracy },
    ...(validation === undefined ? [] : [{ series: 'validation', x: epoch, y: validation }]),
  ]);
  return linesOf(points, { ...size, y: 'accuracy', format: '~%', level });
}

export function lossCurve(epochs: readonly EpochRecord[]): Figure {
  const points = epochs.map(({ epoch, loss }) => ({ series: 'loss', x: epoch, y: loss }));
  return linesOf(points, { ...size, y: 'mean loss', format: '.3~g', zero: true });
}

/** One curve per layer; undefined without measurements. */
export function layerCurves(epochs: readonly EpochRecord[], of: 'S' | 'spikeRates'): Figure | undefined {
  const points = epochs.flatMap(({ epoch, [of]: values = {} }) =>
    Object.entries(values).map(([layer, y]) => ({ series: printable(layerWords(layer)), x: epoch, y })),
  );
  if (points.length === 0) return undefined;
  const y = of === 'S' ? 'S' : 'spike rate';
  return linesOf(points, { ...size, y, format: '.3~g', zero: of === 'spikeRates', steps: of === 'S' });
}

/** The potential of each output over the steps of a window: one row per class on one scale, that of `said` in colour. */
export function potentialCurves(
  points: readonly { name: string; step: number; u: number }[],
  said: string,
): Figure {
  const last = Math.max(...points.map(({ step }) => step));
  const color = {
    condition: { test: `datum.name === ${JSON.stringify(said)}`, value: colours[0] },
    value: colours.at(-1),
  };
  const y = { field: 'u', type: 'quantitative', axis: null, scale: { nice: false } };
  return {
    padding: 4,
    config: { aria: false, view: { stroke: null } },
    data: { values: points },
    spacing: 2,
    facet: {
      row: {
        field: 'name',
        type: 'nominal',
        sort: null,
        header: {
          title: 'class',
          labelAngle: 0,
          labelAlign: 'left',
          labelFontSize: 12,
          titleFontWeight: 'normal',
        },
      },
    },
    spec: {
      width: 400,
      height: row,
      layer: [
        {
          mark: { type: 'line', strokeWidth: 1.6 },
          encoding: {
            x: {
              field: 'step',
              type: 'quantitative',
              scale: { domain: [1, Math.max(last, 2)], nice: false },
              axis: { format: 'd', tickMinStep: 1, tickCount: 8, grid: false },
            },
            y,
            color,
          },
        },
        {
          transform: [{ filter: `datum.step === ${last}` }],
          mark: { type: 'text', align: 'left', baseline: 'middle', dx: 6, fontSize: 12 },
          encoding: {
            x: { value: 400 },
            y,
            text: { field: 'u', type: 'quantitative', format: '.1f' },
            color,
          },
        },
      ],
    },
  };
}
