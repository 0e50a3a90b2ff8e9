/** Ten example digits, as strokes in a square of side 1. */
const turn = 2 * Math.PI;

/** Points on an ellipse. `from` is the first angle and `turns` the length of the arc, both in turns. */
const ring = (x, y, wide, high, from, turns) =>
  Array.from({ length: 29 }, (_, k) => {
    const angle = turn * (from + (turns * k) / 28);
    return [x + wide * Math.cos(angle), y + high * Math.sin(angle)];
  });

/** A smooth stroke through points. */
function smooth(...points) {
  const at = (k) => points[Math.min(points.length - 1, Math.max(0, k))];
  const stroke = [];
  for (let k = 0; k < points.length - 1; k++) {
    const [a, b, c, d] = [at(k - 1), at(k), at(k + 1), at(k + 2)];
    for (let s = 0; s < 1; s += 1 / 6)
      stroke.push(
        [0, 1].map(
          (axis) =>
            b[axis] +
            ((c[axis] - a[axis]) * s) / 2 +
            (a[axis] - 2.5 * b[axis] + 2 * c[axis] - d[axis] / 2) * s ** 2 +
            (1.5 * (b[axis] - c[axis]) + (d[axis] - a[axis]) / 2) * s ** 3,
        ),
      );
  }
  return [...stroke, points.at(-1)];
}

const straight = (...points) =>
  points.slice(1).flatMap(([x, y], k) => {
    const [fromX, fromY] = points[k];
    return Array.from({ length: 9 }, (_, s) => [
      fromX + ((x - fromX) * s) / 8,
      fromY + ((y - fromY) * s) / 8,
    ]);
  });

export const presets = [
  [ring(0.5, 0.5, 0.22, 0.34, -0.22, -1.02)],
  [straight([0.38, 0.3], [0.52, 0.16], [0.52, 0.84])],
  [
    smooth(
      [0.28, 0.32],
      [0.36, 0.18],
      [0.56, 0.15],
      [0.68, 0.3],
      [0.6, 0.5],
      [0.28, 0.82],
      [0.5, 0.8],
      [0.74, 0.82],
    ),
  ],
  [
    smooth([0.3, 0.22], [0.46, 0.14], [0.66, 0.22], [0.64, 0.38], [0.46, 0.46]),
    smooth([0.46, 0.46], [0.66, 0.52], [0.72, 0.68], [0.56, 0.84], [0.28, 0.78]),
  ],
  [straight([0.36, 0.16], [0.28, 0.54], [0.74, 0.54]), straight([0.62, 0.3], [0.58, 0.86])],
  [
    smooth([0.36, 0.17], [0.34, 0.44], [0.52, 0.41], [0.7, 0.55], [0.66, 0.76], [0.48, 0.85], [0.28, 0.78]),
    straight([0.36, 0.17], [0.7, 0.16]),
  ],
  [
    smooth(
      [0.62, 0.15],
      [0.44, 0.28],
      [0.32, 0.54],
      [0.34, 0.76],
      [0.5, 0.86],
      [0.66, 0.77],
      [0.65, 0.6],
      [0.5, 0.53],
      [0.34, 0.66],
    ),
  ],
  [straight([0.27, 0.19], [0.73, 0.17], [0.46, 0.85])],
  [
    smooth(
      [0.64, 0.24],
      [0.5, 0.15],
      [0.35, 0.26],
      [0.44, 0.44],
      [0.62, 0.58],
      [0.68, 0.74],
      [0.5, 0.86],
      [0.33, 0.74],
      [0.41, 0.56],
      [0.6, 0.42],
      [0.66, 0.27],
    ),
  ],
  [ring(0.48, 0.33, 0.17, 0.17, 0, -1), smooth([0.65, 0.32], [0.64, 0.6], [0.58, 0.85])],
];

/** The first part of strokes. `share` is its share of the points. */
export function partOf(strokes, share) {
  let left = Math.round(share * strokes.flat().length);
  return strokes
    .map((stroke) => {
      const part = stroke.slice(0, Math.max(0, left));
      left -= stroke.length;
      return part;
    })
    .filter((part) => part.length > 0);
}
