import { checkNumber, refuse } from '../errors.ts';
import { toMiddle } from './digit.ts';

type Point = readonly [x: number, y: number];
type Strokes = readonly (readonly Point[])[];

/** Sides of the image, and of the box that a digit fills. */
const side = 28;
const box = 20;
/** Half the width of MNIST's strokes, and half the width of their soft edge, in pixels of the image. */
const radius = 1.3;
const edge = 0.9;
/** Limit on the points of a drawing: those of 100 seconds with a pointer that reports a thousand times per second. */
const mostPoints = 100_000;

/**
 * Converts a drawing to 28 × 28 bytes from 0 (background) to 255 (ink), row by row, as MNIST has them:
 *
 * 1. The strokes are scaled, so that the longer side of the digit is 20 pixels, and then inked with a pen of MNIST's width.
 *    The digit therefore looks the same whatever its size was.
 * 2. The digit is moved by whole pixels, so that its centre of mass is in the middle.
 *
 * Without a point, the image has 784 zeros.
 *
 * @param strokes lists of points [x, y] in any unit; y grows downwards, as on a canvas. At most 100,000 points
 * @param pen width of the pen in the unit of the points, from 0. A drawing of up to twice this width is a dot, which is not
 * enlarged. Default 0: only a single point is a dot
 * @returns 784 bytes 0 … 255
 * @throws InputError if the strokes are not lists of such points, or too many, or the pen is not a finite number from 0
 */
export function digitFromStrokes(
  strokes: readonly (readonly (readonly [x: number, y: number])[])[],
  pen = 0,
): Uint8Array {
  checkStrokes(strokes);
  checkNumber('digitFromStrokes', 'pen', pen, { low: 0 });
  const points = strokes.flat();
  if (points.length === 0) return new Uint8Array(side * side);
  const [across, down] = [0, 1].map((axis) => extentOf(points, axis));
  // A single point has no size, so any finite factor is right.
  const factor = Math.min(Number.MAX_VALUE, (box / 2 - radius) / Math.max(across.half, down.half, pen));
  const middle = side / 2;
  const moved = (dx: number, dy: number): Strokes =>
    strokes.map((stroke) =>
      stroke.map(([x, y]) => [
        middle + (x - across.middle) * factor + dx,
        middle + (y - down.middle) * factor + dy,
      ]),
    );
  return inked(moved(...toMiddle(inked(moved(0, 0)), side)));
}

function checkStrokes(strokes: Strokes): void {
  const where = 'digitFromStrokes';
  if (!Array.isArray(strokes)) refuse(where, 'strokes', 'lists of points [x, y]', strokes);
  let count = 0;
  for (const [k, stroke] of strokes.entries()) {
    if (!Array.isArray(stroke)) refuse(where, `strokes[${k}]`, 'a list of points [x, y]', stroke);
    count += stroke.length;
    if (count > mostPoints) refuse(where, 'strokes', `at most ${mostPoints} points`, `${count} or more`);
    for (const [n, point] of stroke.entries()) {
      if (!isPoint(point)) refuse(where, `strokes[${k}][${n}]`, 'a point [x, y] of finite numbers', point);
    }
  }
}

function isPoint(value: unknown): boolean {
  return Array.isArray(value) && value.length === 2 && Number.isFinite(value[0]) && Number.isFinite(value[1]);
}

/** The middle of the points on an axis, and half their extent. Coordinates are halved first, so nothing overflows. */
function extentOf(points: readonly Point[], axis: number): { middle: number; half: number } {
  let [low, high] = [Infinity, -Infinity];
  for (const point of points) {
    low = Math.min(low, point[axis]);
    high = Math.max(high, point[axis]);
  }
  return { middle: low / 2 + high / 2, half: high / 2 - low / 2 };
}

/** Draws strokes with a pen whose intensity decreases across its soft edge. */
function inked(strokes: Strokes): Uint8Array {
  const bytes = new Uint8Array(side * side);
  const reach = radius + edge;
  for (const stroke of strokes) {
    for (const [k, to] of stroke.entries()) {
      const from = stroke[Math.max(0, k - 1)];
      const [left, top] = [0, 1].map((axis) =>
        Math.max(0, Math.floor(Math.min(from[axis], to[axis]) - reach)),
      );
      const [right, bottom] = [0, 1].map((axis) =>
        Math.min(side, Math.ceil(Math.max(from[axis], to[axis]) + reach)),
      );
      for (let row = top; row < bottom; row++) {
        for (let column = left; column < right; column++) {
          const far = distance(from, to, column + 0.5, row + 0.5);
          const value = Math.round(255 * Math.min(1, Math.max(0, (reach - far) / (2 * edge))));
          const at = row * side + column;
          bytes[at] = Math.max(bytes[at], value);
        }
      }
    }
  }
  return bytes;
}

/**
 * The distance of a point from the line segment between two others. `Math.hypot` is not used, because its last bit differs between engines.
 */
function distance([ax, ay]: Point, [bx, by]: Point, x: number, y: number): number {
  const [wide, high] = [bx - ax, by - ay];
  const length = wide * wide + high * high;
  const share = length === 0 ? 0 : Math.min(1, Math.max(0, ((x - ax) * wide + (y - ay) * high) / length));
  const [dx, dy] = [x - ax - share * wide, y - ay - share * high];
  return Math.sqrt(dx * dx + dy * dy);
}
