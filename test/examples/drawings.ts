/** Hand-drawn digits in 32 styles, each under 10 conditions. */
import { congruence } from '../support.ts';

export type Point = readonly [x: number, y: number];
type Stroke = readonly Point[];

/** Parses points `x,y x,y` in hundredths of the side. */
function pointsOf(text: string): Point[] {
  const numbers = Array.from(text.matchAll(/\d+/g), ([digits]) => Number(digits) / 100);
  return Array.from({ length: numbers.length / 2 }, (_, k) => [numbers[2 * k]!, numbers[2 * k + 1]!]);
}

/** A smooth Catmull-Rom curve through points. */
function curve(given: string | readonly Point[]): Stroke {
  const through = typeof given === 'string' ? pointsOf(given) : given;
  const at = (k: number): Point => through[Math.min(through.length - 1, Math.max(0, k))]!;
  const points: Point[] = [];
  for (let k = 0; k < through.length - 1; k++) {
    const [a, b, c, d] = [at(k - 1), at(k), at(k + 1), at(k + 2)];
    for (let part = 0; part < 8; part++) {
      const s = part / 8;
      const mixed = (axis: 0 | 1): number =>
        0.5 *
        (2 * b[axis] +
          (c[axis] - a[axis]) * s +
          (2 * a[axis] - 5 * b[axis] + 4 * c[axis] - d[axis]) * s ** 2 +
          (3 * b[axis] - a[axis] - 3 * c[axis] + d[axis]) * s ** 3);
      points.push([mixed(0), mixed(1)]);
    }
  }
  return [...points, through.at(-1)!];
}

/** Straight lines between points, in small steps like those of a pointer. */
function lines(given: string | readonly Point[]): Stroke {
  const corners = typeof given === 'string' ? pointsOf(given) : given;
  const points: Point[] = [corners[0]!];
  for (let k = 1; k < corners.length; k++) {
    const [from, to] = [corners[k - 1]!, corners[k]!];
    for (let part = 1; part <= 8; part++)
      points.push([from[0] + ((to[0] - from[0]) * part) / 8, from[1] + ((to[1] - from[1]) * part) / 8]);
  }
  return points;
}

/** An ellipse that starts at an angle and runs for some turns. It may be open, or overlap itself. */
function ring(x: number, y: number, wide: number, high: number, from = -0.25, turns = -1): Stroke {
  return Array.from({ length: 33 }, (_, k) => {
    const angle = 2 * Math.PI * (from + (turns * k) / 32);
    return [x + wide * Math.cos(angle), y + high * Math.sin(angle)] as const;
  });
}

/** A style: its class, and its strokes in a square of side 1. */
export interface Style {
  readonly label: number;
  readonly name: string;
  readonly strokes: readonly Stroke[];
}

const style = (label: number, name: string, ...strokes: Stroke[]): Style => ({ label, name, strokes });

export const styles: readonly Style[] = [
  style(0, 'oval', ring(0.5, 0.5, 0.28, 0.4)),
  style(0, 'narrow', ring(0.5, 0.5, 0.18, 0.4)),
  style(0, 'overlapping', ring(0.5, 0.5, 0.32, 0.38, -0.2, -1.12)),
  style(0, 'slashed', ring(0.5, 0.5, 0.28, 0.4), lines('72,16 28,84')),
  style(1, 'a line', lines('50,10 50,90')),
  style(1, 'with a flag', lines('34,28 52,10 52,90')),
  style(1, 'with flag and foot', lines('36,26 50,10 50,90'), lines('32,90 68,90')),
  style(2, 'with a straight foot', curve('24,30 36,13 58,10 72,26 66,48 46,68 24,88'), lines('24,88 78,88')),
  style(2, 'with a loop', curve('26,26 40,12 62,14 70,32 58,56 36,80 26,86 24,76 36,74 54,86 78,84')),
  style(2, 'angular', lines('26,14 74,14 74,30 24,88 78,88')),
  style(3, 'round', curve('28,18 50,9 70,22 62,42 44,48'), curve('44,48 68,54 74,74 54,90 26,82')),
  style(3, 'with a flat top', lines('26,12 72,12 46,42'), curve('46,42 70,50 74,72 54,90 26,82')),
  style(3, 'in one stroke', curve('30,16 54,10 68,24 58,40 42,46 60,50 74,66 62,86 28,86')),
  style(4, 'open', lines('30,12 26,54 74,54'), lines('66,12 66,90')),
  style(4, 'closed', lines('62,90 62,10 24,62 80,62')),
  style(4, 'leaning', lines('42,12 28,54 78,50'), lines('68,34 54,90')),
  style(5, 'with a hat', curve('34,14 31,44 52,40 72,54 70,76 50,90 26,84'), lines('34,13 72,13')),
  style(5, 'in one stroke', curve('72,12 52,12 36,14 32,44 54,42 72,58 66,82 44,90 26,82')),
  style(5, 'angular', lines('72,12 34,12 32,46'), curve('32,46 58,42 74,62 62,86 28,88')),
  style(6, 'curled', curve('66,12 44,26 30,54 32,78 50,90 68,80 68,60 50,52 33,64')),
  style(6, 'with a straight stem', curve('58,10 42,34 30,60 34,82'), ring(0.5, 0.72, 0.18, 0.17, 0.5, -1)),
  style(6, 'narrow', curve('50,10 36,40 32,72 46,90 62,80 58,62 35,68')),
  style(7, 'plain', lines('24,14 76,14 44,90')),
  style(7, 'crossed', lines('24,14 76,14 44,90'), lines('36,50 74,50')),
  style(7, 'with a hook', lines('26,28 26,14 74,14 50,90')),
  style(7, 'curved', curve('22,20 42,12 76,14 60,42 48,68 46,90')),
  style(8, 'in one stroke', curve('66,20 48,10 32,22 42,42 62,56 70,76 50,90 30,78 38,58 58,42 68,24')),
  style(8, 'of two rings', ring(0.5, 0.29, 0.17, 0.18), ring(0.5, 0.69, 0.22, 0.21)),
  style(8, 'narrow', ring(0.5, 0.3, 0.13, 0.19), ring(0.5, 0.7, 0.15, 0.2)),
  style(9, 'with a straight stem', ring(0.47, 0.31, 0.19, 0.2, 0, -1), lines('66,28 64,90')),
  style(9, 'with a tail', ring(0.48, 0.3, 0.2, 0.19, 0, -1), curve('68,28 68,60 58,84 34,88')),
  style(9, 'in one stroke', curve('66,20 46,11 32,26 36,44 56,44 68,22 66,56 58,90')),
];

/** The side of the drawing pad, in the units of a drawing. */
export const pad = 280;

/** Reproducible random numbers from −1 to 1. */
function noise(seed: number): () => number {
  const next = congruence(seed);
  return () => 2 * next() - 1;
}

/** Scales a point about the middle, and moves it. */
const placed =
  (wide: number, high: number, x = 0.5, y = 0.5) =>
  ([px, py]: Point): Point => [pad * (x + (px - 0.5) * wide), pad * (y + (py - 0.5) * high)];

const slanted =
  (by: number) =>
  ([x, y]: Point): Point =>
    placed(0.8, 0.8)([x + by * (0.5 - y), y]);

function turned(degrees: number) {
  const [c, s] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  return ([x, y]: Point): Point =>
    placed(0.8, 0.8)([0.5 + c * (x - 0.5) - s * (y - 0.5), 0.5 + s * (x - 0.5) + c * (y - 0.5)]);
}

/** For each condition, the points that a pointer reports for a style, in whole pixels. */
export const conditions: Readonly<Record<string, (style: Style, place: number) => Point[][]>> = {
  normal: drawn(placed(0.8, 0.8)),
  big: drawn(placed(1, 1)),
  small: drawn(placed(0.35, 0.35)),
  corner: drawn(placed(0.4, 0.4, 0.22, 0.24)),
  'right slant': drawn(slanted(0.35)),
  'left slant': drawn(slanted(-0.3)),
  rotated: drawn(turned(12)),
  wide: drawn(placed(1, 0.6)),
  shaky: (each, place) => {
    const random = noise(place + 1);
    return drawn(placed(0.8, 0.8))(each).map((stroke) =>
      stroke.map(([x, y]) => [x + 4 * random(), y + 4 * random()] as const),
    );
  },
  // 45 pixels high; the pen is 16 pixels wide (`drawn.test.ts`).
  'thick pen': drawn(placed(45 / pad / 0.8, 45 / pad / 0.8)),
};

function drawn(place: (point: Point) => Point) {
  return ({ strokes }: Style): Point[][] =>
    strokes.map((stroke) =>
      stroke.map((point) => {
        const [x, y] = place(point);
        return [Math.round(x), Math.round(y)] as const;
      }),
    );
}

/** Scribbles: random lines, zigzags, spirals and crosses. */
export function scribbles(count: number): Point[][][] {
  const list = <V>(length: number, value: (j: number) => V): V[] =>
    Array.from({ length }, (_, j) => value(j));
  return list(count, (k) => {
    const next = noise(1000 + k);
    const to = (): Point => [pad * (0.5 + 0.42 * next()), pad * (0.5 + 0.42 * next())];
    const zig = (j: number): Point => [
      pad * (0.1 + 0.1 * j),
      pad * (0.5 + (j % 2 ? 0.3 : -0.3) + 0.1 * next()),
    ];
    const turn = (j: number): Point => {
      const [r, angle] = [(0.04 + (0.36 * j) / 120) * pad, (j / 120) * 2 * Math.PI * (3 + next() * 0.02)];
      return [pad / 2 + r * Math.cos(angle), pad / 2 + r * Math.sin(angle)];
    };
    const strokes = [
      () => [curve(list(12, to))],
      () => [lines(list(9, zig))],
      () => [list(120, turn)],
      () => list(6, () => lines([to(), to()])),
    ][k % 4]!();
    return strokes.map((stroke) => [...stroke]);
  });
}
