/**
 * Weights on a dyadic grid: 8-bit integers times a power of two, which a layer's weights and biases share. The model file has tensors
 * `layerN.weight` and `layerN.bias` of type I8. Its metadata `grid` lists this power of two (`step`) for each layer.
 */
import { checkWhole, refuse } from '../errors.ts';
import { concat } from '../formats/bytes.ts';
import { checkIsNetwork, trainedWeights, type SpikingNetwork } from '../network/network.ts';
import { checkWritten, metadataOf, tensorsFor } from './model.ts';
import { partsWithDigest } from './reader.ts';

/** Weights of a layer on its grid: w ≈ wholes · step. */
export interface Gridded {
  /** The weights in units of `step`. */
  readonly wholes: Int8Array;
  /** The distance between neighbouring points of the grid. It is a power of two. */
  readonly step: number;
}

/** The greatest 8-bit integer in use. −128 is excluded, so that every weight can be negated. */
const most = 127;

/**
 * Rounds weights to a grid: to multiples of 1 / `grid`, or of a larger power of two if the greatest weight does not fit 8 bits. Ties go to
 * the even number.
 *
 * @param grid a power of two
 */
export function gridOf(w: Float32Array, grid: number): Gridded {
  const greatest = w.reduce((so, value) => Math.max(so, Math.abs(value)), 0);
  let step = 1 / grid;
  while (greatest / step > most + 0.5) step *= 2;
  return {
    step,
    wholes: Int8Array.from(w, (value) => Math.max(-most, Math.min(most, toEven(value / step)))),
  };
}

/**
 * Rounds weights to a grid: 8-bit integers times one power of two per layer.
 *
 * @param net a network with weights; it does not change
 * @param grid number of grid steps per interval of length 1: a power of two, 1 … 2²⁰. A layer whose weights do not fit 8 bits gets a
 * coarser grid
 * @returns a network with the rounded weights, and integers and step of each layer with weights
 * @throws InputError if the network has no weights or `grid` is not such a power
 */
export function onGrid(net: SpikingNetwork, grid: number): { net: SpikingNetwork; layers: Gridded[] } {
  checkGrid('onGrid', grid);
  checkIsNetwork('onGrid', net);
  const layers = trainedWeights('onGrid', net).map((w) => gridOf(w, grid));
  const weights = layers.map(({ wholes, step }) => Float32Array.from(wholes, (k) => k * step));
  return { net: { ...net, weights }, layers };
}

function checkGrid(where: string, grid: unknown): number {
  const steps = checkWhole(where, 'grid', grid, 1, 2 ** 20);
  if (!Number.isInteger(Math.log2(steps))) refuse(where, 'grid', 'a power of two', steps);
  return steps;
}

/**
 * Encodes a model with its weights on a grid, in a quarter of the bytes of `encodeModel`.
 *
 * @param net a network with weights
 * @param grid as for {@link onGrid}
 * @returns the bytes of a safetensors file, which `loadModel` reads
 * @throws InputError as {@link onGrid}
 */
export function encodeOnGrid(net: SpikingNetwork, grid: number): Uint8Array {
  const { layers } = onGrid(net, grid);
  checkWritten('encodeOnGrid', net);
  const wholes = layers.map((layer) => layer.wholes);
  const steps = JSON.stringify(layers.map(({ step }) => step));
  const tensors = tensorsFor(net, 'weight', 'I8', wholes);
  return concat(partsWithDigest({ tensors, metadata: { ...metadataOf(net, []), grid: steps } }));
}

/** The nearest whole number; ties go to the even one. */
function toEven(value: number): number {
  const below = Math.floor(value);
  if (value - below !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}
