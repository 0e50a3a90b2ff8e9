/** Stage `update`: Adam on all weights. */
import { adam } from '../dist/spec/update.js';

export function run({ backend, weighted, w, constants }) {
  for (const { n } of weighted) {
    const { w: weights, dw, m, v } = w[n];
    backend.update(n, { w: weights, dw, m, v }, { samples: 1, optimiser: adam, constants });
  }
}
export const result = ({ weighted, w }) => weighted.map(({ n }) => w[n].w);
