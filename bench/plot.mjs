/** Figures of the benchmarks, from plain rows. */
export { drawFigure } from '../dist/src/command/draw/figure.js';

const xTitles = {
  T: 'T (steps)',
  batch: 'batch (images)',
  density: 'input density (spikes per input and step)',
};
const yTitles = { imagesPerSecond: 'images / s', megabytes: 'peak memory (MB)' };
const colours = { lenet: '#0b5cad', vgg7: '#c2410c' };
const dashes = { 1: [1, 0], 2: [6, 3] };

/** The figure of `npm run bench scale`: a panel of speed and a panel of memory for each measured quantity of `xTitles`. */
export function scaleFigure(rows) {
  const named = rows.map((row) => ({
    ...row,
    line: `${row.model}, ${row.threads} thread${row.threads > 1 ? 's' : ''}`,
  }));
  const lines = [...new Map(named.map((row) => [row.line, row])).values()];
  const domain = lines.map(({ line }) => line);
  /** One legend for the colours and the dashes of lines. */
  const byLine = (range) => ({
    field: 'line',
    type: 'nominal',
    scale: { domain, range },
    legend: { orient: 'top', title: null, symbolType: 'stroke', labelLimit: 0 },
  });
  const color = byLine(lines.map(({ model }) => colours[model]));
  const strokeDash = byLine(lines.map(({ threads }) => dashes[threads]));

  const panel = (x, y) => {
    const values = named.filter(({ against }) => against === x);
    const speed = y === 'imagesPerSecond';
    return {
      width: 300,
      height: 200,
      data: { values },
      mark: { type: 'line', point: { filled: true, size: 40, strokeDash: [1, 0] } },
      encoding: {
        x: {
          field: x,
          type: 'quantitative',
          title: xTitles[x],
          ...measuredAxis(values.map((row) => row[x])),
        },
        y: {
          field: y,
          type: 'quantitative',
          title: yTitles[y],
          ...(speed ? logarithmicAxis(values.map((row) => row[y])) : { axis: { tickCount: 5 } }),
        },
        color,
        strokeDash,
      },
    };
  };
  const xs = Object.keys(xTitles).filter((x) => rows.some(({ against }) => against === x));
  return {
    columns: 2,
    concat: xs.flatMap((x) => Object.keys(yTitles).map((y) => panel(x, y))),
  };
}

/** A logarithmic axis with a tick at each value. */
function measuredAxis(values) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return {
    scale: { type: 'log', nice: false, domain: [low / 1.1, high * 1.1] },
    axis: { values: [...new Set(values)].sort((a, b) => a - b), format: low < 1 ? '.2~r' : 'd' },
  };
}

/** A logarithmic axis with ticks at 0.1, 0.2, 0.5, 1, …: from the last tick ≤ all values to the first tick ≥ all values. */
function logarithmicAxis(values) {
  const steps = [0.1, 1, 10, 100, 1000, 10000].flatMap((power) => [power, 2 * power, 5 * power]);
  const low = steps.findLast((step) => step <= Math.min(...values));
  const high = steps.find((step) => step >= Math.max(...values));
  return {
    scale: { type: 'log', nice: false, domain: [low, high] },
    axis: { values: steps.filter((step) => step >= low && step <= high), format: '~r' },
  };
}
