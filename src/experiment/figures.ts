/** Parts of figures, and line charts without a legend: each line has its name at its end. */
import type { Figure } from './experiment.ts';

export interface Point {
  readonly series: string;
  readonly x: number;
  readonly y: number;
  /** Minimum and maximum of the values whose mean is y, drawn as a band. */
  readonly range?: readonly [number, number] | undefined;
}

interface Axes {
  /** Width of the whole figure in pixels, including names and axis. */
  readonly width: number;
  readonly height: number;
  readonly x: string;
  readonly y: string;
  /** Number format of the y axis, in d3's notation. */
  readonly format: string;
  /** Whether the y axis begins at 0. */
  readonly zero?: boolean;
  /** Whether y stays constant until the next point. */
  readonly steps?: boolean;
  /** A line of text above the figure. */
  readonly title?: string | undefined;
  /** A horizontal line with a text. */
  readonly level?: { readonly y: number; readonly text: string } | undefined;
}

/** Colours that remain distinct for colour-blind readers and in grey. */
export const colours = ['#0b5cad', '#d55e00', '#009e73', '#7b3fa0', '#b8860b', '#4d4d4d'];

/** In pixels: height of a name, width of a letter, width of axis and margins. */
const [letters, letter, sides] = [13, 6.5, 70];
/** Marks are drawn for at most this many points. More would take half of the figure's bytes and hide the lines. */
const mostDots = 60;

export const titleOf = (text: string, fontSize = 13): object => ({
  text,
  anchor: 'start',
  frame: 'group',
  fontSize,
  fontWeight: 'normal',
});

/** A layer of a figure: values, the mark drawn for each value, and the encoding that shows the fields of a value. */
export const layerOf = (values: readonly object[], mark: object, encoding: object): object => ({
  data: { values },
  mark,
  encoding,
});

/** The encoding of a field of numbers. */
export const numbers = (
  field: string,
  title?: string | null | undefined,
  scale?: object | null,
  axis?: object | null,
): object => ({ field, type: 'quantitative', title, scale, axis });

/** A scale that begins and ends at these numbers. */
export const span = (...domain: readonly [number, number]): object => ({ domain, nice: false });

/** One colour per name. */
export const colourOf = (
  field: string,
  shades: Readonly<Record<string, string | undefined>>,
  legend: object | null = null,
): object => ({
  field,
  type: 'nominal',
  scale: { domain: Object.keys(shades), range: Object.values(shades) },
  legend,
});

/** The marks at the points of a line. */
export const dots = (size: number): object => ({ size, filled: true, opacity: 1 });

export const dashed = (color: string): object => ({ type: 'rule', strokeDash: [5, 4], color });

/** The name at one end of a line. */
export const nameMark = (align: 'left' | 'right', dx: number): object => ({
  type: 'text',
  align,
  baseline: 'middle',
  dx,
  fontSize: 12,
});

export const wholeAxis = { format: 'd', tickMinStep: 1, tickCount: 8, grid: false };

export function linesOf(points: readonly Point[], axes: Axes): Figure {
  // Descriptions of each mark would triple the figure's size. The page describes the whole figure.
  return { padding: 4, config: { aria: false }, ...linePanel(points, axes) };
}

/** Draws lines as a panel of a larger figure, in the order of their first points. A single line has no name. */
export function linePanel(points: readonly Point[], axes: Axes): object {
  const { width, height, x, y, format, title, zero = false, steps = false, level } = axes;
  const all = [...new Set(points.map(({ series }) => series))];
  const [first, last] = ends(points.map((point) => point.x));
  const reached = points.flatMap((point) => point.range ?? [point.y]);
  const [low, high] = roomFor([...reached, ...(level ? [level.y] : [])], zero);
  const shades = all.map((series, index) => [series, colours[index % colours.length]] as const);
  const color = colourOf('series', Object.fromEntries(shades));
  const encoding = {
    x: numbers('x', x, span(first, Math.max(last, first + 1)), wholeAxis),
    y: numbers('y', y, span(low, high), { format, tickCount: 5 }),
    color,
  };
  const line = {
    type: 'line',
    strokeWidth: 1.8,
    ...(steps && { interpolate: 'step-after' }),
    ...(points.length <= mostDots && { point: dots(22) }),
  };
  const bands = points.flatMap(({ series, x: at, range }) =>
    range ? [{ series, x: at, y: range[0], most: range[1] }] : [],
  );
  // every series has a point
  const lasts = all.map((series) => ({ series, y: points.filter((one) => one.series === series).at(-1)!.y }));
  const names = layerOf(namesOf(lasts, (letters * (high - low)) / height, [low, high]), nameMark('left', 6), {
    x: { value: 'width' },
    y: numbers('y'),
    text: { field: 'series', type: 'nominal' },
    color,
  });
  const isNamed = all.length > 1;
  return {
    width: width - sides - (isNamed ? letter * Math.max(...all.map(({ length }) => length)) : 0),
    height,
    ...(title !== undefined && { title: titleOf(title, 12) }),
    layer: [
      ...(bands.length > 0
        ? [layerOf(bands, { type: 'area', opacity: 0.15 }, { ...encoding, y2: { field: 'most' } })]
        : []),
      layerOf(points, line, encoding),
      ...(isNamed ? [names] : []),
      ...(level ? levelOf(level) : []),
    ],
  };
}

/** The end of a line, with the name to write there. */
type NamedEnd = Pick<Point, 'series' | 'y'>;

/** Places the names at the ends of lines, and moves overlapping names apart. `room`: height of a name, in units of y. */
export function namesOf(
  named: readonly NamedEnd[],
  room: number,
  [low, high]: readonly [number, number],
): NamedEnd[] {
  const names = named.map(({ series, y }) => ({ series, y })).sort((a, b) => a.y - b.y);
  for (const [k, name] of names.entries()) name.y = Math.max(name.y, k > 0 ? names[k - 1].y + room : low);
  let ceiling = high;
  for (const name of names.reverse()) {
    name.y = Math.min(name.y, ceiling);
    ceiling = name.y - room;
  }
  return names;
}

function levelOf({ y, text }: NonNullable<Axes['level']>): object[] {
  const place = { align: 'right', baseline: 'bottom', x: 'width', dx: -4, dy: -3 };
  const mark = { type: 'text', ...place, fontSize: 12, color: '#555' };
  return [
    layerOf([{}], dashed('#555'), { y: { datum: y } }),
    layerOf([{}], mark, { y: { datum: y }, text: { value: text } }),
  ];
}

/** The range of an axis: a margin above the values, and a margin below unless the axis begins at 0. */
function roomFor(values: readonly number[], zero: boolean): [number, number] {
  const [low, high] = ends(zero ? [0, ...values] : values);
  const room = 0.1 * (high - low || Math.abs(high) || 1);
  return [zero && low === 0 ? 0 : low - room / 2, high + room];
}

/** The minimum and the maximum. A spread call would fail for long arrays. */
function ends(values: readonly number[]): [number, number] {
  return [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
}
