/** Stage `flow`, Eq. (7): the start and the end of a window. `neuron.ts` sums FI, because x is known there. */
import { addBytes, spreadBytes } from './bits';
import { Run } from './window';

/** Before the first step: clears the spikes, and sets u, FI and FO to 0 unless they are carried over. */
export function beginWindow(a: Run): void {
  if (a.outBits) memory.fill(a.outBits, 0, <usize>a.steps * a.outRow);
  if (a.carried) return;
  const bytes = (<usize>(a.rows * a.columns * a.outputs)) << 2;
  memory.fill(a.u, 0, bytes);
  memory.fill(a.FI, 0, bytes);
  memory.fill(a.FO, 0, bytes);
}

/**
 * FO += Σ_t o: counts the spikes of each neuron from bit rows, 128 neurons at a time. c[k] holds bit k of their counts over up to 124
 * steps. Three full adders add four steps, and their carry ripples through the higher bits.
 */
// @ts-ignore: decorator
@unrolled()
export function accumulateFO(a: Run, FO: usize): void {
  const neurons = a.rows * a.columns * a.outputs;
  const row = <usize>a.outRow;
  const zero = i32x4.splat(0);
  for (let index = 0; index < neurons; index += 128) {
    let bits = a.outBits + (<usize>index >> 3);
    let left = a.steps;
    while (left > 0) {
      const end = max(0, left - 124);
      const c = new StaticArray<v128>(7);
      for (let k = 0; k < 7; k++) c[k] = zero;
      for (; left > end; left -= 4, bits += 4 * row) {
        const p = v128.load(bits);
        const q = left > 1 ? v128.load(bits + row) : zero;
        const r = left > 2 ? v128.load(bits + 2 * row) : zero;
        const s = left > 3 ? v128.load(bits + 3 * row) : zero;
        const pq = v128.xor(p, q);
        const twos = v128.or(v128.and(p, q), v128.and(c[0], pq));
        c[0] = v128.xor(c[0], pq);
        const rs = v128.xor(r, s);
        const others = v128.or(v128.and(r, s), v128.and(c[0], rs));
        c[0] = v128.xor(c[0], rs);
        const both = v128.xor(twos, others);
        let carry = v128.or(v128.and(twos, others), v128.and(c[1], both));
        c[1] = v128.xor(c[1], both);
        for (let k = 0; k < 5; k++) {
          const next = v128.and(c[k + 2], carry);
          c[k + 2] = v128.xor(c[k + 2], carry);
          carry = next;
        }
      }
      for (let part = 0; part < 8; part++) {
        const first = index + 16 * part;
        if (first >= neurons) break;
        // The byte at which the sixteen bits of these neurons begin.
        const from = i8x16.splat(<i8>(2 * part));
        let count = v128.and(spreadBytes(c[0], from), i8x16.splat(1));
        for (let k = 0; k < 6; k++) count = v128.or(count, v128.and(spreadBytes(c[k + 1], from), i8x16.splat(2 << k)));
        addBytes(FO + ((<usize>first) << 2), count, min(4, (neurons - first) >> 2));
      }
    }
  }
}
