/** Checks the inputs of a network, both samples of data sets and single ones. */
import { isEvenSpike } from '../../spec/encode.ts';
import { neuronsOf, type Network } from '../../spec/network.ts';
import { ranges, streams, type Draw } from '../../spec/random.ts';
import type { Input } from '../backend/backend.ts';
import type { Dataset } from '../data/dataset.ts';
import { checkOneOf, checkRecord, checkWhole, isMasked, refuse, show } from '../errors.ts';
import { shapeText } from '../network/check.ts';
import type { SpikingNetwork } from '../network/network.ts';
import type { Sample } from './forwardPass.ts';
import { keysOf } from '../keysOf.ts';

/**
 * An input of a network: a map (C,H,W), or an {@link Input}. The bytes 0 … 255 of a `Uint8Array` or `Uint8ClampedArray` are intensities 0 …
 * 1; any other array has intensities −1 … 1.
 */
export type Shown = ArrayLike<number> | Input;

/** Reads and checks samples of a data set, by index. */
export function drawSamples(
  where: string,
  plan: Network,
  data: Dataset,
  indices: ArrayLike<number>,
  draw: Omit<Draw, 'sample'>,
): Sample[] {
  return Array.from(indices, (sample) => {
    const input = data.input(sample, { ...draw, sample });
    checkInput(where, plan, input, `${data.name}[${sample}]`);
    return { input: asSpikes(plan, input), label: data.label(sample) };
  });
}

/** The classes of samples, without reading the samples. */
export function labelsOf(data: Dataset, indices: ArrayLike<number>): number[] {
  return Array.from(indices, (sample) => data.label(sample));
}

/** Converts one sample to the input of a backend. `draw` replaces parts of the default draw. */
export function inputOf(
  where: string,
  { plan, seed }: SpikingNetwork,
  shown: Shown,
  draw?: Partial<Draw>,
): Input {
  const expected = 'an array of intensities or an Input';
  if (!isObject(shown)) refuse(where, 'sample', expected, shown);
  if ('data' in shown) {
    const next = neuronsOf(plan.input) === 784 ? 'digitOf of asf-bp/models/tiny or ' : '';
    refuse(where, 'sample', expected, 'a picture', `convert it with ${next}mapOf of asf-bp/png`);
  }
  if ('frames' in shown || 'intensities' in shown) {
    checkInput(where, plan, shown);
    return shown;
  }
  const whole: Draw = { seed, stream: 'test', epoch: 0, sample: 0, ...draw };
  checkDraw(where, whole);
  checkMaps(where, 'sample', plan, shown, 1);
  if (shown instanceof Uint8Array || shown instanceof Uint8ClampedArray)
    return { intensities: Float64Array.from(shown, (byte) => byte / 255), draw: whole };
  for (let i = 0; i < shown.length; i++) {
    if (Math.abs(shown[i]) > 1) {
      const next = 'pass bytes 0 … 255 as a Uint8Array';
      refuse(where, 'sample', 'intensities from -1 to 1', `${show(shown[i])} at place ${i}`, next);
    }
  }
  return { intensities: shown, draw: whole };
}

/** Converts intensities to evenly spaced spikes from step `t0`, if the network's input is `even`. */
export function asSpikes({ T, variant, inputScale, isEven }: Network, input: Input, t0 = 0): Input {
  if (!isEven || !('intensities' in input)) return input;
  const { intensities } = input;
  const size = intensities.length;
  const frames = new Float32Array(T * size);
  const scale = variant.input === 'scaledIntensity' ? inputScale : 1;
  for (let i = 0; i < size; i++) {
    const rate = Math.min(1, Math.abs(intensities[i]) * scale);
    for (let t = 0; t < T; t++)
      if (isEvenSpike(t0 + t, rate)) frames[t * size + i] = Math.sign(intensities[i]);
  }
  return { frames };
}

/** Checks that an input fits a network: the number of values, whether all are finite, and the draw that encodes them. */
function checkInput(where: string, plan: Network, input: Input, what = 'sample'): void {
  if (!isObject(input) || !('frames' in input || 'intensities' in input))
    refuse(where, what, '{ intensities, draw } or { frames }', input);
  if ('frames' in input) return checkMaps(where, what, plan, input.frames, plan.T);
  checkMaps(where, what, plan, input.intensities, 1);
  checkDraw(where, input.draw);
}

function checkMaps(
  where: string,
  what: string,
  { input }: Network,
  values: ArrayLike<number>,
  maps: number,
): void {
  const expected = maps * neuronsOf(input);
  if (!isObject(values) || values.length !== expected) {
    const many = maps > 1 ? `${maps} maps` : 'a map';
    const numbers = `${many} of ${shapeText(input)}: ${expected} numbers`;
    refuse(where, what, numbers, isObject(values) ? values.length : values);
  }
  for (let i = 0; i < expected; i++) {
    if (!Number.isFinite(values[i]))
      refuse(where, what, 'finite numbers', `${show(values[i])} at place ${i}`);
  }
}

function checkDraw(where: string, draw: Draw): void {
  checkRecord(where, 'draw', draw, ['seed', 'stream', 'epoch', 'sample']);
  checkWhole(where, 'draw.seed', draw.seed, 0, ranges.seed);
  checkOneOf(where, 'draw.stream', draw.stream, keysOf(streams));
  checkWhole(where, 'draw.epoch', draw.epoch, 0, ranges.epoch);
  checkWhole(where, 'draw.sample', draw.sample, 0, ranges.sample);
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !isMasked(value);
}
