/** Figure 3 as the paper draws it: bars for the seconds, a line for the ratio. */
import type { Figure } from './experiment.ts';
import { nameOf, names, rules, type TimingRow } from './figure3Panels.ts';

const colours: Readonly<Record<string, string>> = {
  [names.asf]: '#0b5cad',
  [names.lee]: '#e3a25f',
  ratio: '#222',
};

const color = {
  field: 'what',
  type: 'nominal',
  scale: { domain: Object.keys(colours), range: Object.values(colours) },
  // The line has an axis with its name.
  legend: {
    values: [names.asf, names.lee],
    title: null,
    orient: 'top',
    symbolType: 'square',
    symbolSize: 140,
    symbolStrokeWidth: 0,
  },
};
const x = { field: 'T', type: 'ordinal', title: 'time window T', axis: { labelAngle: 0, grid: false } };

/** One panel for each with rows: one bar per rule and window, and the ratio as a line with its own axis. */
export function figureOf(rows: readonly TimingRow[]): Figure {
  const numbers = [...new Set(rows.map(({ panel }) => panel))];
  return { padding: 4, columns: 2, spacing: 24, concat: numbers.map((panel) => panelOf(rows, panel)) };
}

function panelOf(rows: readonly TimingRow[], number: number): object {
  const own = rows.filter(({ panel }) => panel === number);
  return {
    title: {
      text: `${number}. ${nameOf(own[0])}`,
      anchor: 'start',
      frame: 'group',
      dx: -44,
      fontSize: 12,
      fontWeight: 'normal',
    },
    width: 160,
    height: 138,
    resolve: { scale: { y: 'independent' } },
    layer: [barsOf(own), lineOf(own)],
  };
}

/** The seconds of each rule and window. */
function barsOf(own: readonly TimingRow[]): object {
  const values = own.flatMap(({ timeWindow, secondsEpoch }) =>
    rules.map((rule) => ({ T: timeWindow, what: names[rule], seconds: secondsEpoch[rule] })),
  );
  const y = {
    field: 'seconds',
    type: 'quantitative',
    title: 'seconds an epoch',
    scale: upTo(values.map(({ seconds }) => seconds)),
    axis: { tickCount: 5, labelExpr: "datum.value === 0 ? '0' : format(datum.value, '~s')", ...room(32) },
  };
  const xOffset = { field: 'what', scale: { domain: rules.map((rule) => names[rule]) } };
  return { data: { values }, mark: { type: 'bar' }, encoding: { x, xOffset, y, color } };
}

/** The ratio of each window, with its number. */
function lineOf(own: readonly TimingRow[]): object {
  const y = {
    field: 'ratio',
    type: 'quantitative',
    title: 'ratio (line)',
    scale: upTo(own.map(({ ratio }) => ratio)),
    axis: { grid: false, tickCount: 5, ...room(22) },
  };
  return {
    data: { values: own.map(({ timeWindow, ratio }) => ({ T: timeWindow, what: 'ratio', ratio })) },
    encoding: { x, y, color },
    layer: [
      { mark: { type: 'line', strokeWidth: 2, point: { size: 45, filled: true, opacity: 1 } } },
      {
        mark: { type: 'text', dy: -11, fontSize: 12, fontWeight: 'bold' },
        encoding: { text: { field: 'ratio', type: 'quantitative', format: '.1f' } },
      },
    ],
  };
}

/** The same pixels for the labels of each panel, so that all panels are as wide. */
const room = (pixels: number): object => ({ minExtent: pixels, maxExtent: pixels });

/** A scale with space for the numbers above the line. */
function upTo(values: readonly number[]): object {
  return { domain: [0, 1.15 * Math.max(...values)], nice: false };
}
