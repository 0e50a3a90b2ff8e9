/** Digits as people draw them: 32 styles, and 10 conditions under which each is drawn. */

export type Point = readonly [x: number, y: number];
type Stroke = readonly Point[];

/** A smooth curve through points, by Catmull and Rom. */
function curve(...through: Point[]): Stroke {
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

/** Straight lines between points, in the small steps in which a pointer reports them. */
function lines(...corners: Point[]): Stroke {
  const points: Point[] = [corners[0]!];
  for (let k = 1; k < corners.length; k++) {
    const [from, to] = [corners[k - 1]!, corners[k]!];
    for (let part = 1; part <= 8; part++)
      points.push([from[0] + ((to[0] - from[0]) * part) / 8, from[1] + ((to[1] - from[1]) * part) / 8]);
  }
  return points;
}

/** An ellipse from an angle on, in turns; it may end before it closes, or go on. */
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
  style(0, 'slashed', ring(0.5, 0.5, 0.28, 0.4), lines([0.72, 0.16], [0.28, 0.84])),
  style(1, 'a line', lines([0.5, 0.1], [0.5, 0.9])),
  style(1, 'with a flag', lines([0.34, 0.28], [0.52, 0.1], [0.52, 0.9])),
  style(
    1,
    'with flag and foot',
    lines([0.36, 0.26], [0.5, 0.1], [0.5, 0.9]),
    lines([0.32, 0.9], [0.68, 0.9]),
  ),
  style(
    2,
    'with a straight foot',
    curve([0.24, 0.3], [0.36, 0.13], [0.58, 0.1], [0.72, 0.26], [0.66, 0.48], [0.46, 0.68], [0.24, 0.88]),
    lines([0.24, 0.88], [0.78, 0.88]),
  ),
  style(
    2,
    'with a loop',
    curve(
      [0.26, 0.26],
      [0.4, 0.12],
      [0.62, 0.14],
      [0.7, 0.32],
      [0.58, 0.56],
      [0.36, 0.8],
      [0.26, 0.86],
      [0.24, 0.76],
      [0.36, 0.74],
      [0.54, 0.86],
      [0.78, 0.84],
    ),
  ),
  style(2, 'angular', lines([0.26, 0.14], [0.74, 0.14], [0.74, 0.3], [0.24, 0.88], [0.78, 0.88])),
  style(
    3,
    'round',
    curve([0.28, 0.18], [0.5, 0.09], [0.7, 0.22], [0.62, 0.42], [0.44, 0.48]),
    curve([0.44, 0.48], [0.68, 0.54], [0.74, 0.74], [0.54, 0.9], [0.26, 0.82]),
  ),
  style(
    3,
    'with a flat top',
    lines([0.26, 0.12], [0.72, 0.12], [0.46, 0.42]),
    curve([0.46, 0.42], [0.7, 0.5], [0.74, 0.72], [0.54, 0.9], [0.26, 0.82]),
  ),
  style(
    3,
    'in one stroke',
    curve(
      [0.3, 0.16],
      [0.54, 0.1],
      [0.68, 0.24],
      [0.58, 0.4],
      [0.42, 0.46],
      [0.6, 0.5],
      [0.74, 0.66],
      [0.62, 0.86],
      [0.28, 0.86],
    ),
  ),
  style(4, 'open', lines([0.3, 0.12], [0.26, 0.54], [0.74, 0.54]), lines([0.66, 0.12], [0.66, 0.9])),
  style(4, 'closed', lines([0.62, 0.9], [0.62, 0.1], [0.24, 0.62], [0.8, 0.62])),
  style(4, 'leaning', lines([0.42, 0.12], [0.28, 0.54], [0.78, 0.5]), lines([0.68, 0.34], [0.54, 0.9])),
  style(
    5,
    'with a hat',
    curve([0.34, 0.14], [0.31, 0.44], [0.52, 0.4], [0.72, 0.54], [0.7, 0.76], [0.5, 0.9], [0.26, 0.84]),
    lines([0.34, 0.13], [0.72, 0.13]),
  ),
  style(
    5,
    'in one stroke',
    curve(
      [0.72, 0.12],
      [0.52, 0.12],
      [0.36, 0.14],
      [0.32, 0.44],
      [0.54, 0.42],
      [0.72, 0.58],
      [0.66, 0.82],
      [0.44, 0.9],
      [0.26, 0.82],
    ),
  ),
  style(
    5,
    'angular',
    lines([0.72, 0.12], [0.34, 0.12], [0.32, 0.46]),
    curve([0.32, 0.46], [0.58, 0.42], [0.74, 0.62], [0.62, 0.86], [0.28, 0.88]),
  ),
  style(
    6,
    'curled',
    curve(
      [0.66, 0.12],
      [0.44, 0.26],
      [0.3, 0.54],
      [0.32, 0.78],
      [0.5, 0.9],
      [0.68, 0.8],
      [0.68, 0.6],
      [0.5, 0.52],
      [0.33, 0.64],
    ),
  ),
  style(
    6,
    'with a straight stem',
    curve([0.58, 0.1], [0.42, 0.34], [0.3, 0.6], [0.34, 0.82]),
    ring(0.5, 0.72, 0.18, 0.17, 0.5, -1),
  ),
  style(
    6,
    'narrow',
    curve([0.5, 0.1], [0.36, 0.4], [0.32, 0.72], [0.46, 0.9], [0.62, 0.8], [0.58, 0.62], [0.35, 0.68]),
  ),
  style(7, 'plain', lines([0.24, 0.14], [0.76, 0.14], [0.44, 0.9])),
  style(7, 'crossed', lines([0.24, 0.14], [0.76, 0.14], [0.44, 0.9]), lines([0.36, 0.5], [0.74, 0.5])),
  style(7, 'with a hook', lines([0.26, 0.28], [0.26, 0.14], [0.74, 0.14], [0.5, 0.9])),
  style(7, 'curved', curve([0.22, 0.2], [0.42, 0.12], [0.76, 0.14], [0.6, 0.42], [0.48, 0.68], [0.46, 0.9])),
  style(
    8,
    'in one stroke',
    curve(
      [0.66, 0.2],
      [0.48, 0.1],
      [0.32, 0.22],
      [0.42, 0.42],
      [0.62, 0.56],
      [0.7, 0.76],
      [0.5, 0.9],
      [0.3, 0.78],
      [0.38, 0.58],
      [0.58, 0.42],
      [0.68, 0.24],
    ),
  ),
  style(8, 'of two rings', ring(0.5, 0.29, 0.17, 0.18), ring(0.5, 0.69, 0.22, 0.21)),
  style(8, 'narrow', ring(0.5, 0.3, 0.13, 0.19), ring(0.5, 0.7, 0.15, 0.2)),
  style(9, 'with a straight stem', ring(0.47, 0.31, 0.19, 0.2, 0, -1), lines([0.66, 0.28], [0.64, 0.9])),
  style(
    9,
    'with a tail',
    ring(0.48, 0.3, 0.2, 0.19, 0, -1),
    curve([0.68, 0.28], [0.68, 0.6], [0.58, 0.84], [0.34, 0.88]),
  ),
  style(
    9,
    'in one stroke',
    curve(
      [0.66, 0.2],
      [0.46, 0.11],
      [0.32, 0.26],
      [0.36, 0.44],
      [0.56, 0.44],
      [0.68, 0.22],
      [0.66, 0.56],
      [0.58, 0.9],
    ),
  ),
];

/** Side of the pad, in the units of a drawing, and the width of its pen. */
export const pad = 280;

/** Pseudo-random numbers from −1 to 1, the same each time. */
function* noise(seed: number): Generator<number, never> {
  for (let state = seed; ;) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state / 2 ** 31 - 1;
  }
}

/** Scaled about the middle, then moved. */
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

/** How a style is drawn: where its points go. A pointer reports whole pixels. */
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
      stroke.map(([x, y]) => [x + 4 * random.next().value, y + 4 * random.next().value] as const),
    );
  },
  // 45 pixels high: half of that is the pen.
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

/** Scribbles: lines without a plan, zigzags, spirals, crosses. */
export function scribbles(count: number): Point[][][] {
  return Array.from({ length: count }, (_, k) => {
    const random = noise(1000 + k);
    const next = (): number => random.next().value;
    const to = (): Point => [pad * (0.5 + 0.42 * next()), pad * (0.5 + 0.42 * next())];
    if (k % 4 === 0) return [curve(...Array.from({ length: 12 }, to)).map(([x, y]) => [x, y] as const)];
    if (k % 4 === 1)
      return [
        lines(
          ...Array.from({ length: 9 }, (_unused, j): Point => [
            pad * (0.1 + 0.1 * j),
            pad * (0.5 + (j % 2 ? 0.3 : -0.3) + 0.1 * next()),
          ]),
        ) as Point[],
      ];
    if (k % 4 === 2)
      return [
        Array.from({ length: 120 }, (_unused, j): Point => {
          const [r, angle] = [(0.04 + (0.36 * j) / 120) * pad, (j / 120) * 2 * Math.PI * (3 + next() * 0.02)];
          return [pad / 2 + r * Math.cos(angle), pad / 2 + r * Math.sin(angle)];
        }),
      ];
    return Array.from({ length: 6 }, () => lines(to(), to()) as Point[]);
  });
}
