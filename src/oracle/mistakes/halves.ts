/**
 * Stages current and flow: sums in 16 bits. Their order is as free as that of binary32, so that no bits can be expected:
 * what lies on the grid of the format, and as near as its roundings reach, is taken for such a sum.
 */
import type { Ball, Values } from '../ball.ts';
import { keyOf, neuronsAt } from '../keys.ts';
import type { Part, Setting } from '../part.ts';
import { roundings } from '../parts/current.ts';
import { absolutes } from '../ball.ts';
import { like, ownLayer } from './helpers.ts';
import type { Mistake } from './mistake.ts';

interface Format {
  /** Bits of the significand, and the exponent of the smallest normal number. */
  readonly bits: number;
  readonly least: number;
}

/** To nearest, ties to even. Numbers beyond the greatest are left as they are: nobody's network reaches them. */
export function roundTo(value: number, { bits, least }: Format): number {
  if (value === 0 || !Number.isFinite(value)) return value;
  const exponent = Math.max(least, Math.floor(Math.log2(Math.abs(value))));
  const unit = 2 ** (exponent - bits + 1);
  const [whole, rest] = [Math.floor(value / unit), value / unit - Math.floor(value / unit)];
  const up = rest > 0.5 || (rest === 0.5 && whole % 2 !== 0);
  return (whole + (up ? 1 : 0)) * unit;
}

/** The unit of the sums that a part makes, and how many terms each has. */
function sumsOf(part: Part, right: Ball, magnitudes: Ball, setting: Setting, format: Format) {
  const layer = ownLayer(part, setting)!;
  const n = part.stage === 'current' ? roundings(layer) : setting.network.T;
  const share = n * 2 ** -format.bits;
  return (i: number): number =>
    (share / Math.max(1 / 8, 1 - share)) * magnitudes.value[i] +
    n * 2 ** (format.least - format.bits + 1) +
    (right.radius?.[i] ?? 0);
}

function byFormat(id: string, name: string, format: Format): Mistake {
  return {
    id,
    stages: ['current', 'flow'],
    says: `Sums are kept in ${name}; they are at least of binary32.`,
    concerns: (part, setting) =>
      ownLayer(part, setting)?.kind.isPool === false && !part.outputs.includes(keyOf(part.n, 'FO')),
    plant: (right, _, setting) => ({
      ...right,
      run(balls, manner) {
        const made = right.run(balls, manner);
        const key = right.outputs[0];
        const ball = made.get(key)!;
        const value = like(ball.value, ball.value.length);
        if (!manner.bounds) {
          for (let i = 0; i < value.length; i++) value[i] = roundTo(ball.value[i], format);
          return new Map([[key, { value: sequential(right, balls, setting, format) ?? value }]]);
        }
        const magnitudes = right.run(magnified(right, balls), manner).get(key)!;
        const reach = sumsOf(right, ball, magnitudes, setting, format);
        const theirs = manner.follow.get(key);
        for (let i = 0; i < value.length; i++)
          value[i] = isSuch(theirs, i) && Math.abs(theirs![i] - ball.value[i]) <= reach(i) ? theirs![i] : NaN;
        return new Map([[key, { value }]]);
      },
    }),
  };

  function isSuch(theirs: Values | undefined, i: number): boolean {
    return theirs !== undefined && roundTo(theirs[i], format) === theirs[i];
  }
}

/** The inputs' magnitudes, of which a part makes Σ|terms|. */
function magnified(part: Part, balls: ReadonlyMap<string, Ball>): Map<string, Ball> {
  return new Map(part.inputs.map((key) => [key, { value: absolutes(balls.get(key)!.value) }]));
}

/** The sums with one accumulator that is rounded after each addition, in the text's order. */
function sequential(
  { stage, n, inputs }: Part,
  balls: ReadonlyMap<string, Ball>,
  setting: Setting,
  format: Format,
): Values {
  const { network, B } = setting;
  const layer = network.layers[n - 1];
  const [from, to] = [neuronsAt(network, n - 1), neuronsAt(network, n)];
  const maps = network.T * B;
  const first = balls.get(inputs[0])!.value;
  if (stage === 'flow') {
    const FI = new Float32Array(B * to);
    for (let i = 0; i < maps * to; i++) {
      const at = i % (B * to);
      FI[at] = roundTo(FI[at] + first[i], format);
    }
    return FI;
  }
  const o = balls.get(inputs[1])!.value;
  const x = new Float32Array(maps * to);
  const { into, j, k } = layer.synapses;
  for (let i = 0; i < to; i++) {
    const count = into(i);
    for (let m = 0; m < maps; m++) {
      let sum = 0;
      for (let s = 0; s < count; s++) sum = roundTo(sum + first[k[s]] * o[m * from + j[s]], format);
      x[m * to + i] = sum;
    }
  }
  return x;
}

export const halfMistakes: readonly Mistake[] = [
  byFormat('sums-in-binary16', 'binary16', { bits: 11, least: -14 }),
  byFormat('sums-in-bfloat16', 'bfloat16', { bits: 8, least: -126 }),
];
