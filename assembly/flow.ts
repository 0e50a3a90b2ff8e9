/** Stage flow, Eq. (7): how a window begins and ends. FI is summed where x is known, in `neuron.ts`. */
import { addBytes, spread } from './bits';
import { Window } from './window';

/** Before the first step: u, FI, FO ← 0, unless they are carried on; no spikes yet. */
export function beginWindow(a: Window): void {
  if (a.outBits) memory.fill(a.outBits, 0, <usize>a.steps * a.outRow);
  if (a.carried) return;
  const bytes = (<usize>(a.rows * a.columns * a.outputs)) << 2;
  memory.fill(a.u, 0, bytes);
  memory.fill(a.FI, 0, bytes);
  memory.fill(a.FO, 0, bytes);
}

/** FO += Σ_t o: the spikes of each neuron, counted from bit rows; 16 neurons at a time in bytes, up to 127 steps. */
export function accumulateFO(a: Window, FO: usize): void {
  const neurons = a.rows * a.columns * a.outputs;
  for (let place = 0; place < neurons; place += 16) {
    const groups = min(4, (neurons - place) >> 2);
    let t = 0;
    while (t < a.steps) {
      const end = min(a.steps, t + 127);
      let count = i8x16.splat(0);
      for (; t < end; t++) count = i8x16.sub(count, spread(a.outBits + <usize>t * a.outRow, <usize>place));
      addBytes(FO + ((<usize>place) << 2), count, groups);
    }
  }
}
