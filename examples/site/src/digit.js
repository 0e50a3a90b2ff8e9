/**
 * From a drawing to a digit as MNIST has them: 20 pixels high, its centre of mass in the middle of 28 × 28.
 *
 * A drawing is its strokes, not its pixels: they are scaled first and inked afterwards, with a pen of MNIST's width. So the digit
 * looks the same however large it was drawn, and a small one under a broad pen is no blob.
 */
const side = 28;
const box = 20;
/** Half the width of MNIST's strokes, and of their soft edge, in its pixels. */
const radius = 1.3;
const edge = 0.9;

/**
 * @param strokes lists of points [x, y]
 * @param pen width of the pen in their unit: what is not larger than two of it is a dot or a blot, and is not enlarged to a digit
 * @returns bytes, row by row; undefined where nothing is drawn
 */
export function digitFrom(strokes, pen) {
  const points = strokes.flat();
  if (points.length === 0) return undefined;
  const [left, top] = [0, 1].map((axis) => Math.min(...points.map((point) => point[axis])));
  const [right, bottom] = [0, 1].map((axis) => Math.max(...points.map((point) => point[axis])));
  const factor = (box - 2 * radius) / Math.max(right - left, bottom - top, 2 * pen);
  const middle = side / 2;
  const place = (dx, dy) =>
    strokes.map((stroke) =>
      stroke.map(([x, y]) => [
        middle + (x - (left + right) / 2) * factor + dx,
        middle + (y - (top + bottom) / 2) * factor + dy,
      ]),
    );
  const [x, y] = centreOf(inked(place(0, 0)));
  return inked(place(Math.round(middle - 0.5 - x), Math.round(middle - 0.5 - y)));
}

/** The intensity of a pixel falls from the pen's edge on. */
function inked(strokes) {
  const bytes = new Uint8Array(side * side);
  const reach = radius + edge;
  for (const stroke of strokes) {
    for (const [k, to] of stroke.entries()) {
      const from = stroke[Math.max(0, k - 1)];
      const [low, high] = [0, 1].map((axis) => [
        Math.max(0, Math.floor(Math.min(from[axis], to[axis]) - reach)),
        Math.min(side, Math.ceil(Math.max(from[axis], to[axis]) + reach)),
      ]);
      for (let row = high[0]; row < high[1]; row++) {
        for (let column = low[0]; column < low[1]; column++) {
          const far = distance(from, to, column + 0.5, row + 0.5);
          const value = Math.round(255 * Math.min(1, Math.max(0, (reach - far) / (2 * edge))));
          if (value > bytes[row * side + column]) bytes[row * side + column] = value;
        }
      }
    }
  }
  return bytes;
}

/** From a point to a line between two others. */
function distance([ax, ay], [bx, by], x, y) {
  const [wide, high] = [bx - ax, by - ay];
  const length = wide * wide + high * high;
  const share = length === 0 ? 0 : Math.min(1, Math.max(0, ((x - ax) * wide + (y - ay) * high) / length));
  return Math.hypot(x - ax - share * wide, y - ay - share * high);
}

function centreOf(bytes) {
  let [sum, x, y] = [0, 0, 0];
  for (const [place, value] of bytes.entries()) {
    sum += value;
    x += value * (place % side);
    y += value * Math.floor(place / side);
  }
  return [x / sum, y / sum];
}
