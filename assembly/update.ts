/** Stage `update`, over flat arrays; `bytes` is a multiple of 16. */

/** The gradient of the batch with weight decay: q = g (÷ samples) + decay·w. */
// @ts-ignore: decorator
@inline
function decayed(g: v128, w: v128, samples: v128, mean: i32, decay: v128): v128 {
  if (mean) g = f32x4.div(g, samples);
  return f32x4.add(g, f32x4.mul(decay, w));
}

/** Eq. (11): w ← w − η·q. `mean` 1: the gradient is divided by `samples` first. */
export function sgd(w: usize, dw: usize, bytes: usize, samples: f32, mean: i32, decay: f32, rate: f32): void {
  const n = f32x4.splat(samples);
  const λ = f32x4.splat(decay);
  const η = f32x4.splat(rate);
  for (let at: usize = 0; at < bytes; at += 16) {
    const before = v128.load(w + at);
    const q = decayed(v128.load(dw + at), before, n, mean, λ);
    v128.store(w + at, f32x4.sub(before, f32x4.mul(η, q)));
  }
}

/** Numbers with a magnitude below 2⁻¹⁰⁰ become +0. */
// @ts-ignore: decorator
@inline
function flushed(value: v128): v128 {
  return v128.andnot(value, f32x4.lt(f32x4.abs(value), f32x4.splat(7.888609052210118e-31)));
}

/**
 * Adam, in the order of operations of `spec/update.ts`. The host rounds the constants.
 *
 * @param keep1 β1
 * @param take1 1 − β1
 * @param keep2 β2
 * @param take2 1 − β2
 */
export function adam(
  w: usize, dw: usize, m: usize, v: usize, bytes: usize, samples: f32, mean: i32, decay: f32,
  keep1: f32, take1: f32, keep2: f32, take2: f32, size: f32, correction: f32, epsilon: f32,
): void {
  const n = f32x4.splat(samples);
  const λ = f32x4.splat(decay);
  const β1 = f32x4.splat(keep1);
  const α1 = f32x4.splat(take1);
  const β2 = f32x4.splat(keep2);
  const α2 = f32x4.splat(take2);
  const step = f32x4.splat(size);
  const c = f32x4.splat(correction);
  const ε = f32x4.splat(epsilon);
  for (let at: usize = 0; at < bytes; at += 16) {
    const before = v128.load(w + at);
    const q = decayed(v128.load(dw + at), before, n, mean, λ);
    const m1 = flushed(f32x4.add(f32x4.mul(β1, v128.load(m + at)), f32x4.mul(α1, q)));
    const v1 = flushed(f32x4.add(f32x4.mul(β2, v128.load(v + at)), f32x4.mul(α2, f32x4.mul(q, q))));
    v128.store(m + at, m1);
    v128.store(v + at, v1);
    const root = f32x4.add(f32x4.div(f32x4.sqrt(v1), c), ε);
    v128.store(w + at, f32x4.sub(before, f32x4.mul(step, f32x4.div(m1, root))));
  }
}
