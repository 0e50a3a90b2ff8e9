/** Stage flow, FO of Eq. (7): the spikes of each neuron, counted from the bit rows of a window. */
import { addBytes, spread } from './bits';

/**
 * FO += Σ_t o, 16 neurons at a time in bytes, which hold up to 127 steps.
 *
 * @param neurons a multiple of 4
 * @param row bytes of a step's row of bits; 4 more can be read
 */
export function accumulateFO(FO: usize, bits: usize, row: i32, steps: i32, neurons: i32): void {
  for (let place = 0; place < neurons; place += 16) {
    const groups = min(4, (neurons - place) >> 2);
    let t = 0;
    while (t < steps) {
      const end = min(steps, t + 127);
      let count = i8x16.splat(0);
      for (; t < end; t++) count = i8x16.sub(count, spread(bits + <usize>t * row, <usize>place));
      addBytes(FO + ((<usize>place) << 2), count, groups);
    }
  }
}
