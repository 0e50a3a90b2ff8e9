/**
 * Stage `encode`: from an image to the spikes that enter layer 1. Algorithm 1, line 3.
 *
 * Event recordings need no encoding: their counts per step enter unchanged.
 */
import type { Floats } from './arithmetic.ts';
import { rasterOrder, type Shape } from './network.ts';
import { inputWord, type Draw } from './random.ts';

/**
 * True with probability p: word < ⌊p·2³²⌋, computed in binary64; p ≥ 1 always fires.
 *
 * @param word 0 … 2³²−1
 */
export function isPoissonSpike(word: number, p: number): boolean {
  return p >= 1 || word < Math.floor(p * 2 ** 32);
}

/**
 * Whether step t has a spike if spikes are evenly spaced (not in the paper). T steps have T·p spikes, rounded.
 *
 * @param t step, counted from 0
 * @param p spikes per step, 0 … 1
 */
export function isEvenSpike(t: number, p: number): boolean {
  return Math.floor((t + 1) * p + 0.5) > Math.floor(t * p + 0.5);
}

/**
 * Algorithm 1, line 3: o_i^t ← Poisson(input_i). A spike has the sign of its intensity:
 * o_i = sign(input_i) with probability |input_i|·scale, else 0.
 *
 * @param o spikes of step t, −1, 0 or 1, (C,H,W)
 * @param input intensities, (C,H,W), usually 0 … 1
 * @param t step, counted from 0
 * @param scale variant `input`: 1 for `intensity`, the network's input scale for `scaledIntensity`
 */
export function applyPoisson(
  o: Floats,
  input: ArrayLike<number>,
  shape: Shape,
  t: number,
  scale: number,
  draw: Draw,
): void {
  const words = new Uint32Array(o.length);
  for (const [index, i] of rasterOrder(shape).entries()) words[i] = inputWord(draw, t, index);
  applyWords(o, input, words, scale);
}

/** As {@link applyPoisson}, from `words`: one random word per input, (C,H,W). */
export function applyWords(
  o: Floats,
  input: ArrayLike<number>,
  words: ArrayLike<number>,
  scale: number,
): void {
  for (let i = 0; i < o.length; i++) {
    const p = Math.abs(input[i]) * scale;
    o[i] = isPoissonSpike(words[i], p) ? Math.sign(input[i]) : 0;
  }
}
