/** Stage flow, Eq. (7): the start and the end of a window. `neuron.ts` sums FI, since x is known there. */
import { addBytes, spreadBytes } from './bits';
import { Run } from './window';

/** Before the first step: u, FI, FO ← 0, unless carried over; no spikes yet. */
export function beginWindow(a: Run): void {
  if (a.outBits) memory.fill(a.outBits, 0, <usize>a.steps * a.outRow);
  if (a.carried) return;
  const bytes = (<usize>(a.rows * a.columns * a.outputs)) << 2;
  memory.fill(a.u, 0, bytes);
  memory.fill(a.FI, 0, bytes);
  memory.fill(a.FO, 0, bytes);
}

/**
 * FO += Σ_t o: counts the spikes of each neuron from bit rows, 128 neurons at a time. c‹k› holds bit k of their counts, up to 127 steps;
 * three full adders add four steps, and their carry ripples through the higher bits.
 */
export function accumulateFO(a: Run, FO: usize): void {
  const neurons = a.rows * a.columns * a.outputs;
  const row = <usize>a.outRow;
  const zero = i32x4.splat(0);
  for (let index = 0; index < neurons; index += 128) {
    let bits = a.outBits + (<usize>index >> 3);
    let left = a.steps;
    while (left > 0) {
      const end = max(0, left - 124);
      let c0 = zero;
      let c1 = zero;
      let c2 = zero;
      let c3 = zero;
      let c4 = zero;
      let c5 = zero;
      let c6 = zero;
      for (; left > end; left -= 4, bits += 4 * row) {
        const p = v128.load(bits);
        const q = left > 1 ? v128.load(bits + row) : zero;
        const r = left > 2 ? v128.load(bits + 2 * row) : zero;
        const s = left > 3 ? v128.load(bits + 3 * row) : zero;
        const pq = v128.xor(p, q);
        const twos = v128.or(v128.and(p, q), v128.and(c0, pq));
        c0 = v128.xor(c0, pq);
        const rs = v128.xor(r, s);
        const others = v128.or(v128.and(r, s), v128.and(c0, rs));
        c0 = v128.xor(c0, rs);
        const both = v128.xor(twos, others);
        let carry = v128.or(v128.and(twos, others), v128.and(c1, both));
        c1 = v128.xor(c1, both);
        let next = v128.and(c2, carry);
        c2 = v128.xor(c2, carry);
        carry = v128.and(c3, next);
        c3 = v128.xor(c3, next);
        next = v128.and(c4, carry);
        c4 = v128.xor(c4, carry);
        carry = v128.and(c5, next);
        c5 = v128.xor(c5, next);
        c6 = v128.xor(c6, carry);
      }
      for (let n = 0; n < 8; n++) {
        const first = index + 16 * n;
        if (first >= neurons) break;
        // Moves the sixteen bits of these neurons to the front.
        const from = i8x16.splat(<i8>(2 * n));
        let count = v128.and(spreadBytes(c0, from), i8x16.splat(1));
        count = v128.or(count, v128.and(spreadBytes(c1, from), i8x16.splat(2)));
        count = v128.or(count, v128.and(spreadBytes(c2, from), i8x16.splat(4)));
        count = v128.or(count, v128.and(spreadBytes(c3, from), i8x16.splat(8)));
        count = v128.or(count, v128.and(spreadBytes(c4, from), i8x16.splat(16)));
        count = v128.or(count, v128.and(spreadBytes(c5, from), i8x16.splat(32)));
        count = v128.or(count, v128.and(spreadBytes(c6, from), i8x16.splat(64)));
        addBytes(FO + ((<usize>first) << 2), count, min(4, (neurons - first) >> 2));
      }
    }
  }
}
