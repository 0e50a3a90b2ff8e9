/** Stage loss: u of the output layer → output; output, label → L; and the gradient that the backward pass starts from. */
import { outputLayer } from '../../../spec/network.ts';
import type { Floats } from '../../../spec/arithmetic.ts';
import {
  gamma,
  gridOf,
  isExactSum,
  isSingle,
  orNone,
  roundingOfQuotient,
  roundingOfSum,
  tiny,
  total,
  ε,
  type Interval,
  type Intervals,
} from '../interval.ts';
import { keyOf } from '../keys.ts';
import type { StagePart, Setting } from '../stagePart.ts';
import { range, slice, take } from '../slices.ts';

export function lossParts(setting: Setting): StagePart[] {
  return [outputPart(setting), samplePart(setting), batchPart(setting), gradientPart(setting)];
}

const isPowerOfTwo = (value: number): boolean => Number.isInteger(Math.log2(value));

/** Roundings of a division by T·Vth, in one, in two, or by the inverse; 0 where it is exact. */
function windowRounding(quotient: number, T: number, Vth: number): number {
  // Neither the quotient nor what is divided is so small that it may be flushed.
  const isNormal = quotient === 0 || Math.abs(quotient) * Math.min(1, T * Vth) >= tiny;
  if (isPowerOfTwo(T) && isPowerOfTwo(Vth) && isSingle(quotient) && isNormal) return 0;
  return gamma(4) * Math.abs(quotient) + tiny * Math.max(1, T, 1 / (T * Vth));
}

function outputPart({ network, B, semantics, precision }: Setting): StagePart {
  const { T, layers } = network;
  const { n, Vth, output } = outputLayer({ layers });
  const end = keyOf(n, 'potential.end');
  const K = output.channels;
  return {
    id: 'loss.0.output',
    stage: 'loss',
    n: 0,
    inputs: [end],
    outputs: ['output'],
    run(inputs, { bounds }) {
      const u = take(inputs, end);
      const value = precision.array(B * K);
      for (const b of range(B))
        value.set(semantics.computeOutput(slice(u.value, b, K, precision), T, Vth), b * K);
      if (!bounds) return new Map([['output', { value }]]);
      const radius = Float64Array.from(
        value,
        (y, i) => ((u.radius?.[i] ?? 0) / (T * Vth)) * (1 + gamma(4)) + windowRounding(y, T, Vth),
      );
      return new Map([['output', { value, radius: orNone(radius) }]]);
    },
  };
}

/** The errors output − Y of a sample, and their radii. */
function errorsOf({ network, semantics, precision }: Setting, inputs: Intervals, b: number) {
  const K = outputLayer(network).output.channels;
  const output = take(inputs, 'output');
  const label = take(inputs, 'label').value[b];
  const Y = semantics.computeLabelVector(label, K, precision);
  const errors = semantics.computeDifference(slice(output.value, b, K, precision), Y);
  const radii = Float64Array.from(errors, (e, i) => {
    const radius = output.radius?.[b * K + i] ?? 0;
    const rounding = roundingOfSum(output.value[b * K + i], -Y[i]);
    return radius > 0 ? radius * (1 + ε) + ε * Math.abs(e) : rounding;
  });
  return { errors, radii };
}

function samplePart(setting: Setting): StagePart {
  const { B, semantics, precision, variant } = setting;
  const radiusOf = (errors: Floats, radii: Float64Array): number => {
    const squares = total(errors, (e) => e * e);
    const half = variant.loss === 'half' ? 0.5 : 1;
    const spread = total(radii, (r, i) => 2 * Math.abs(errors[i]) * r + r * r);
    if (spread === 0 && isExactSum(squares, 2 * gridOf(errors))) return 0;
    return half * (spread + gamma(errors.length + 2) * (squares + spread)) + tiny;
  };
  return {
    id: 'loss.0.sample',
    stage: 'loss',
    n: 0,
    inputs: ['output', 'label'],
    outputs: ['loss.sample'],
    run(inputs, { bounds }) {
      const [value, radius] = [precision.array(B), new Float64Array(B)];
      for (const b of range(B)) {
        const { errors, radii } = errorsOf(setting, inputs, b);
        value[b] = semantics.computeLoss(errors, variant);
        radius[b] = radiusOf(errors, radii);
      }
      return new Map([['loss.sample', { value, radius: bounds ? orNone(radius) : undefined }]]);
    },
  };
}

function batchPart({ B, semantics, precision, variant }: Setting): StagePart {
  return {
    id: 'loss.0',
    stage: 'loss',
    n: 0,
    inputs: ['loss.sample'],
    outputs: ['loss'],
    run(inputs, { bounds }) {
      const samples = take(inputs, 'loss.sample');
      const value = precision
        .array(1)
        .fill(semantics.computeBatchLoss(slice(samples.value, 0, B, precision), variant));
      if (!bounds) return new Map([['loss', { value }]]);
      const isMean = variant.batch === 'mean';
      const magnitude = total(samples.value, Math.abs);
      const spread = samples.radius?.reduce((sum, r) => sum + r, 0) ?? 0;
      const isExact =
        spread === 0 &&
        isExactSum(magnitude, gridOf(samples.value)) &&
        (!isMean || roundingOfQuotient(magnitude, B) === 0);
      const radius = isExact ? 0 : (spread + gamma(B + 1) * (magnitude + spread)) / (isMean ? B : 1) + tiny;
      return new Map([['loss', { value, radius: orNone(Float64Array.of(radius)) }]]);
    },
  };
}

/** The factor of Eq. 9, ∂L/∂FI of the output layer. */
function gradientPart(setting: Setting): StagePart {
  const { network, B, wholeB = B, semantics, precision, variant } = setting;
  const { T, layers } = network;
  const { n, Vth, output } = outputLayer({ layers });
  const K = output.channels;
  const dFI = keyOf(n, 'dFI');
  const meanRounding = setting.wasMean && !isPowerOfTwo(wholeB) ? gamma(2) : 0;
  const factor = variant.loss === 'half' ? 1 : 2;
  const radiusOf = (d: number, radius: number): number =>
    ((factor * radius) / (T * Vth)) * (1 + gamma(4)) +
    windowRounding(d, T, Vth) +
    (radius > 0 ? gamma(1) * Math.abs(d) : 0) +
    meanRounding * Math.abs(d);
  return {
    id: `backward.${n}.dFI`,
    stage: 'backward',
    n,
    inputs: ['output', 'label'],
    outputs: [dFI],
    run(inputs, { bounds }) {
      const value = precision.array(B * K);
      const radius = new Float64Array(B * K);
      for (const b of range(B)) {
        const { errors, radii } = errorsOf(setting, inputs, b);
        const d = semantics.computedmem(errors, T, Vth, variant);
        value.set(d, b * K);
        radius.set(
          radii.map((r, i) => radiusOf(d[i], r)),
          b * K,
        );
      }
      return new Map<string, Interval>([[dFI, { value, radius: bounds ? orNone(radius) : undefined }]]);
    },
  };
}
