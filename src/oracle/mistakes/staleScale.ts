/** S used before its update. */
import { keyOf } from '../keys.ts';
import { byInput } from './mistake.ts';

export const staleScale = byInput(
  {
    id: 'stale-scale',
    stage: 'backward',
    says: 'The backward pass uses S as it was before this batch; Algorithm 1 updates it first (lines 11–20).',
  },
  (key, { n }) => (key === keyOf(n, 'S') ? keyOf(n, 'S.before') : key),
);
