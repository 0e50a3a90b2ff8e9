/** Curves over the epochs of a run and over the steps of a sample, as Vega-Lite descriptions. */
import type { Figure } from '../../../experiment/experiment.ts';
import type { EpochRecord } from '../../../modelFile/model.ts';
import { printable } from './html.ts';

/** A point of a curve. */
interface Point {
  readonly series: string;
  readonly x: number;
  readonly y: number;
}

/** Options of a figure. */
interface Axes {
  /** Columns of the legend that fit into a narrow figure. */
  readonly columns?: number;
  readonly x?: string;
  readonly y: string;
  readonly format: string;
  /** Whether y begins at 0. */
  readonly zero?: boolean;
  /** Whether y stays constant until the next point. */
  readonly steps?: boolean;
  /** A horizontal line with its text. */
  readonly level?: { readonly y: number; readonly text: string } | undefined;
}

/** Colours that remain distinct for colour-blind readers and in grey. */
const colours = ['#0b5cad', '#d55e00', '#009e73', '#7b3fa0', '#b8860b', '#4d4d4d'];

/** Two such figures fit side by side on a wide page, and one fills a narrow one, so that the letters stay readable. */
const size = { width: 460, height: 190 };

/** Series in order of their first appearance; a single one needs no legend. */
function curvesOf(
  points: readonly Point[],
  { x = 'epoch', y, format, zero = false, columns = 2, steps = false, level }: Axes,
): Figure {
  const domain = [...new Set(points.map(({ series }) => series))];
  const places = points.map((point) => point.x);
  const [first, last] = [Math.min, Math.max].map((most) => most(...ends(places)));
  // With more points, marks take more than half of a figure's bytes and hide its lines.
  const isLong = places.length > 60;
  const line = {
    data: { values: points },
    mark: {
      type: 'line',
      strokeWidth: 1.8,
      ...(steps && { interpolate: 'step-after' }),
      ...(!isLong && { point: { size: 22, filled: true, opacity: 1 } }),
    },
    encoding: {
      x: {
        field: 'x',
        type: 'quantitative',
        title: x,
        scale: { domain: [first, Math.max(last, first + 1)], nice: false },
        axis: { format: 'd', tickMinStep: 1, tickCount: 8, grid: false },
      },
      y: {
        field: 'y',
        type: 'quantitative',
        title: y,
        scale: { zero },
        axis: { format, tickCount: 5 },
      },
      color: {
        field: 'series',
        type: 'nominal',
        scale: { domain, range: domain.map((_, place) => colours[place % colours.length]) },
        legend: domain.length > 1 ? { title: null, orient: 'bottom', columns, symbolType: 'stroke' } : null,
      },
    },
  };
  return {
    ...size,
    autosize: { type: 'fit-x', contains: 'padding' },
    padding: 4,
    // Each mark would have its own description; the page has one instead, which makes a figure a third as long.
    config: { aria: false, legend: { symbolSize: 250, symbolStrokeWidth: 2.5, labelLimit: 0 } },
    layer: level ? [line, ...levelOf(level)] : [line],
  };
}

function levelOf({ y, text }: NonNullable<Axes['level']>): object[] {
  const encoding = { y: { datum: y } };
  const data = { values: [{}] };
  return [
    { mark: { type: 'rule', strokeDash: [5, 4], color: '#555' }, data, encoding },
    {
      mark: {
        type: 'text',
        align: 'right',
        baseline: 'bottom',
        x: 'width',
        dx: -2,
        dy: -3,
        fontSize: 12,
        color: '#555',
      },
      data,
      encoding: { ...encoding, text: { value: text } },
    },
  ];
}

/** The minimum and the maximum, for arrays too long for the arguments of a call. */
function ends(values: readonly number[]): [number, number] {
  return [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
}

/** Accuracy on the test images and, if there are any, on those set aside; `level` is the paper's. */
export function accuracyCurve(epochs: readonly EpochRecord[], level: Axes['level']): Figure {
  const points = epochs.flatMap(({ epoch, accuracy, validation }) => [
    { series: 'test', x: epoch, y: accuracy },
    ...(validation === undefined ? [] : [{ series: 'validation', x: epoch, y: validation }]),
  ]);
  return curvesOf(points, { y: 'accuracy', format: '~%', level });
}

export function lossCurve(epochs: readonly EpochRecord[]): Figure {
  const points = epochs.map(({ epoch, loss }) => ({ series: 'loss', x: epoch, y: loss }));
  return curvesOf(points, { y: 'mean loss', format: '.3~g', zero: true });
}

/** One curve per layer; undefined without measurements. */
export function layerCurves(epochs: readonly EpochRecord[], of: 'S' | 'spikeRates'): Figure | undefined {
  const points = epochs.flatMap(({ epoch, [of]: values = {} }) =>
    Object.entries(values).map(([layer, y]) => ({ series: printable(layer), x: epoch, y })),
  );
  const y = of === 'S' ? 'S' : 'spike rate';
  return points.length === 0
    ? undefined
    : curvesOf(points, { y, format: '.3~g', zero: of === 'spikeRates', steps: of === 'S' });
}

/** The potential of each output over the steps of a window. */
export function potentialCurves(points: readonly { name: string; step: number; u: number }[]): Figure {
  const all = points.map(({ name, step, u }) => ({ series: name, x: step, y: u }));
  return { ...curvesOf(all, { x: 'step', y: 'u', format: '.3~g', columns: 5 }) };
}
