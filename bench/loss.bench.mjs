/** Stage loss: L and its derivative at the output. */
import { resultOf } from '../dist/src/backend/backend.js';

export function run({ backend, plan, N, maps, report }) {
  backend.loss(resultOf(plan, maps[N]), [7], 0, report, maps[N].d);
}
export const result = ({ report, maps, N }) => [report, maps[N].d];
