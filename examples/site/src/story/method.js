/**
 * The figure of the method as the text of an SVG: T steps forward, then backward through sums or through all steps. It is an animation in
 * the page; README shows the last frame.
 */

/** In pixels: left edge, distance between steps, top edge, distance between layers, side of a box. */
const place = { left: 98, step: 62, top: 44, layer: 78, box: 28 };
const layers = ['output', 'layer', 'input'];
/** The values of each layer that remain after the window. */
const kept = ['u', 'FI, FO', 'FO'];

const number = (value) => Number(value.toFixed(1));

/** Text in several lines, centred vertically on y. */
const strong = (x, y, lines) =>
  `<text class="word strong" y="${y}">${lines.map((words, k) => `<tspan x="${x}" dy="${k > 0 ? 1.3 : 0.95 - 0.65 * lines.length}em">${words}</tspan>`).join('')}</text>`;

/** The number of moves: one per step forward, then either two for the sums and the backward pass, or one per step backward. */
export const movesOf = ({ T, isOnce }) => (isOnce ? T + 2 : 2 * T);

/**
 * @param T number of steps
 * @param isOnce whether the backward pass is through the flows, instead of through each step
 * @param move number of moves so far, from 0 to `movesOf`
 * @param id prefix of the ids of the figure's parts, unique in a page
 */
export function method({ T, isOnce, move = movesOf({ T, isOnce }), id }) {
  const arrow = (x1, y1, x2, y2, name) =>
    `<path class="${name}" d="M${number(x1)} ${number(y1)}L${number(x2)} ${number(y2)}" marker-end="url(#${id}-${name.split(' ')[0]})"/>`;
  const { left, step, top, layer, box } = place;
  const x = (t) => left + t * step;
  const y = (k) => top + k * layer;
  const sums = x(T) + 26;
  const width = isOnce ? sums + 190 : x(T - 1) + 134;
  const height = y(2) + 60;
  const parts = [];
  for (const [k, name] of layers.entries())
    parts.push(`<text class="word" x="${left - box - 10}" y="${y(k) + 4}" text-anchor="end">${name}</text>`);
  for (let t = 0; t < T; t++) {
    const isDone = move > t;
    const from = isDone ? 'forward' : 'forward faint';
    for (let k = 2; k >= 0; k--) {
      // Backpropagation through time stores all values of a step until its backward pass.
      const isKept = !isOnce && isDone;
      parts.push(
        `<circle class="node${isDone ? ' done' : ''}${isKept ? ' kept' : ''}" cx="${x(t)}" cy="${y(k)}" r="11"/>`,
      );
      if (k > 0) parts.push(arrow(x(t), y(k) - 13, x(t), y(k - 1) + 17, from));
      if (t > 0 && k < 2)
        parts.push(arrow(x(t - 1) + 13, y(k), x(t) - 17, y(k), move > t ? 'forward' : 'forward faint'));
    }
    parts.push(
      `<text class="word" x="${x(t)}" y="${y(2) + 32}" text-anchor="middle">${t === 0 ? 't = 1' : t + 1}</text>`,
    );
  }
  if (isOnce) {
    const isSummed = move > T;
    for (let k = 2; k >= 0; k--) {
      const name = isSummed ? 'sum done' : 'sum';
      parts.push(
        `<rect class="${name}" x="${sums}" y="${y(k) - 17}" width="104" height="34" rx="4"/>`,
        `<text class="letter" x="${sums + 52}" y="${y(k) + 5}" text-anchor="middle">${kept[k]}</text>`,
      );
      parts.push(arrow(x(T - 1) + 13, y(k), sums - 6, y(k), isSummed ? 'forward' : 'forward faint'));
    }
    for (let k = 0; k < 2; k++) {
      const isDone = move > T + 1;
      parts.push(arrow(sums + 128, y(k) + 4, sums + 128, y(k + 1) - 6, isDone ? 'back' : 'back faint'));
    }
    parts.push(strong(sums + 136, y(1), ['via', 'sums']));
  } else {
    for (let t = T - 1; t >= 0; t--) {
      const isDone = move >= 2 * T - t;
      for (let k = 0; k < 2; k++)
        parts.push(arrow(x(t) + 19, y(k) + 8, x(t) + 19, y(k + 1) - 10, isDone ? 'back' : 'back faint'));
      if (t < T - 1) {
        for (let k = 0; k < 2; k++)
          parts.push(arrow(x(t + 1) - 13, y(k) + 19, x(t) + 25, y(k) + 19, isDone ? 'back' : 'back faint'));
      }
    }
    parts.push(strong(x(T - 1) + 34, y(1), [`via ${T} ×`, 'as many', 'nodes']));
  }
  const head = (name) =>
    `<marker id="${id}-${name}" class="${name}" viewBox="0 0 8 8" refX="6" refY="4" markerWidth="6" markerHeight="6" orient="auto"><path d="M0 0L8 4L0 8z"/></marker>`;
  const title = `${T} steps forward, then backward through ${isOnce ? 'sums' : `${T} times as many nodes`}`;
  return {
    width,
    height,
    title,
    text: `<defs>${head('forward')}${head('back')}</defs>${parts.join('')}`,
  };
}
