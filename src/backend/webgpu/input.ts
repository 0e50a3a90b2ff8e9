/** Inputs in the form that `encode.wgsl` reads: the bounds of an image's draws, or frames. */
import { neuronsOf, rasterOrder, type Network } from '../../../spec/network.ts';
import { keyOf } from '../../../spec/random.ts';
import type { Input } from '../backend.ts';
import { aligned } from './layout.ts';

type Image = Extract<Input, { intensities: unknown }>;

/** Words of an image: four for key and counter of its draws, and two per pixel. */
export function imageWords({ input }: Network): number {
  return aligned(4 + 2 * neuronsOf(input));
}

/** Words of `steps` frames. */
export function frameWords({ input }: Network, steps: number): number {
  return aligned(steps * neuronsOf(input));
}

const flags = { negative: 1, always: 2 };

/** Writes an image in raster order: a pixel fires if its random word is below its bound. */
export function writeImage({ intensities, draw }: Image, network: Network, to: Uint32Array): void {
  const { variant, inputScale, input } = network;
  const scale = variant.input === 'scaledIntensity' ? inputScale : 1;
  to.set([draw.seed, keyOf(draw.stream, draw.epoch), draw.sample, 0]);
  for (const [index, i] of rasterOrder(input).entries()) {
    const intensity = intensities[i];
    const p = Math.abs(intensity) * scale;
    const isAlways = p >= 1;
    to[4 + 2 * index] = isAlways ? 0 : Math.floor(p * 2 ** 32);
    to[5 + 2 * index] = (isAlways ? flags.always : 0) | (intensity < 0 ? flags.negative : 0);
  }
}

/** Whether a spike can be −1. */
export function isSigned({ intensities }: Image): boolean {
  for (let i = 0; i < intensities.length; i++) if (intensities[i] < 0) return true;
  return false;
}
