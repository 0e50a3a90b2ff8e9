/**
 * Eq. (10), the factor, for all kinds of layers: dFI = dFO · S, in place, for one sample.
 *
 * @param gate 1: dFI is +0 unless FI > 0
 * @param perNeuron 1: the factor is not S but FO/FI of each neuron, or `bound` if FO/FI is outside (0, bound]
 */
export function applydFI(
  d: usize, FI: usize, FO: usize, bytes: usize, S: f32, bound: f32, gate: i32, perNeuron: i32,
): void {
  const zero = f32x4.splat(0);
  const most = f32x4.splat(bound);
  let slope = f32x4.splat(S);
  for (let at: usize = 0; at < bytes; at += 16) {
    const fi = v128.load(FI + at);
    if (perNeuron) {
      const ratio = f32x4.div(v128.load(FO + at), fi);
      const valid = v128.and(f32x4.gt(ratio, zero), f32x4.le(ratio, most));
      slope = v128.bitselect(ratio, most, valid);
    }
    let value = f32x4.mul(v128.load(d + at), slope);
    if (gate) value = v128.and(value, f32x4.gt(fi, zero));
    v128.store(d + at, value);
  }
}

/** One addition of the tree over shards: into += gradient. `bytes` is a multiple of 16. */
export function accumulate(into: usize, gradient: usize, bytes: usize): void {
  const end = into + bytes;
  const end4 = into + (bytes & ~63);
  for (; into < end4; into += 64, gradient += 64) {
    v128.store(into, f32x4.add(v128.load(into), v128.load(gradient)));
    v128.store(into, f32x4.add(v128.load(into, 16), v128.load(gradient, 16)), 16);
    v128.store(into, f32x4.add(v128.load(into, 32), v128.load(gradient, 32)), 32);
    v128.store(into, f32x4.add(v128.load(into, 48), v128.load(gradient, 48)), 48);
  }
  for (; into < end; into += 16, gradient += 16) {
    v128.store(into, f32x4.add(v128.load(into), v128.load(gradient)));
  }
}
