/** The lengths of buffers on the device, and the conversion of their values from and to public layout. */
import { weightsOf, type Network } from '../../../spec/network.ts';
import { InputError } from '../../errors.ts';
import { isAsWeights, reportRow, type Buffer, type Role } from '../backend.ts';
import { packMap, unpackMaps } from '../maps.ts';
import { frameWords, imageWords, aligned, cellsOf, weightIndices } from './layout.ts';
import type { BufferView } from './pages.ts';
import { recordBytes } from './params.ts';

/** STORAGE, COPY_SRC, COPY_DST. */
export const arrayUsage = 0x80 | 0x04 | 0x08;

/** A buffer on the device. Sample s begins `stride` bytes after sample s − 1. */
export interface DeviceBlock extends Buffer {
  readonly gpu: GPUBuffer;
  /** Bytes per sample; 0 if all samples share one piece of `bytes`. */
  readonly stride: number;
  readonly bytes: number;
  /** Only for the input: the value of each spike bit, used if `hasValues`. There is one map per sample, or one per step. */
  values?: { readonly gpu: GPUBuffer; readonly sample: number; readonly step: number };
  hasValues?: boolean;
}

export function blockOf(buffer: Buffer): DeviceBlock {
  return buffer as DeviceBlock; // this backend allocated every buffer that it receives
}

/** Words of one sample of a buffer, or of the whole buffer if it has no samples. */
export function wordsOf(network: Network, role: Role, n: number): number {
  const cells = cellsOf(network, n);
  if (role === 'spikes') return cells.train;
  if (role === 'report') return aligned(reportRow(network).length);
  if (isAsWeights(role)) return weightsOf(network.layers[n - 1]);
  return cells.map;
}

/** Bytes per sample that the input needs besides its bits: the uploaded input, and a number for each bit. */
export function inputBytes(network: Network): number {
  const sent = Math.max(imageWords(network), frameWords(network, network.T));
  return 4 * (sent + frameWords(network, network.T));
}

export function viewOf({ gpu: buffer, stride, bytes }: DeviceBlock, first = 0): BufferView {
  return { buffer, offset: first * stride, stride, size: stride === 0 ? bytes : stride };
}

/** Converts a map from (C,H,W) to cells. */
export function toCells(network: Network, n: number, map: ArrayLike<number>): Float32Array<ArrayBuffer> {
  const cells = new Float32Array(map.length);
  packMap(cellsOf(network, n), map, cells);
  return cells;
}

/** Converts weights from the device's order to (out,in,row,column) or (out,in). */
export function unpackWeights(network: Network, n: number, values: Float32Array): Float32Array {
  return Float32Array.from(weightIndices(network.layers[n - 1]), (index) => values[index]);
}

export function packWeights(network: Network, n: number, w: ArrayLike<number>): Float32Array<ArrayBuffer> {
  const values = new Float32Array(w.length);
  for (const [k, index] of weightIndices(network.layers[n - 1]).entries()) values[index] = w[k];
  return values;
}

/** Converts a spike train from bits and their values to T maps (C,H,W). */
export function unpackTrain(
  network: Network,
  n: number,
  bits: Uint32Array,
  values?: { readonly cells: Float32Array; readonly step: number },
): Float32Array {
  const cells = cellsOf(network, n);
  const step = new Float32Array(cells.count);
  return unpackMaps(cells, network.T, (t) => {
    for (let cell = 0; cell < cells.count; cell++) {
      const fired = (bits[t * cells.words + (cell >> 5)] >>> (cell & 31)) & 1;
      step[cell] = fired && values ? values.cells[t * values.step + cell] : fired;
    }
    return step;
  });
}

/** Converts a row of the report to doubles. On the device, ΣFO and spikes are whole numbers, and the other values are binary32. */
export function unpackReport(network: Network, words: ArrayBuffer, at: number): Float64Array {
  const row = reportRow(network);
  const reals = new Float32Array(words, at, row.length);
  const wholes = new Uint32Array(words, at, row.length);
  const values = Float64Array.from(reals);
  for (const { n } of network.layers) {
    for (const index of [row.sums(n) + 1, row.sums(n) + 2]) values[index] = wholes[index];
  }
  return values;
}

/** Refuses a network if one sample, or the weights of a layer, exceed the largest binding of the device. */
export function checkBindings(where: string, network: Network, most: number): void {
  const isShort = 'take a shorter window or backend wasm';
  checkBinding(where, 'an image', 4 * imageWords(network), most, 'take backend wasm');
  for (let n = 0; n <= network.layers.length; n++) {
    checkBinding(where, `spikes of layer ${n}`, 4 * wordsOf(network, 'spikes', n), most, isShort);
    checkBinding(where, `a map of layer ${n}`, 4 * wordsOf(network, 'FO', n), most, 'take backend wasm');
    if (n === 0) continue;
    const weights = 4 * wordsOf(network, 'weights', n);
    checkBinding(where, `weights of layer ${n}`, weights, most, 'take a smaller layer or backend wasm');
  }
}

/** @throws InputError if `bytes` exceed the largest binding of the device */
export function checkBinding(where: string, what: string, bytes: number, most: number, next: string): void {
  if (bytes <= most) return;
  const has = `at most ${mebibytes(most)} MiB, which this device can bind at once`;
  throw new InputError(
    `${where}: "network" expected ${what} of ${has}, got ${mebibytes(bytes)} MiB; ${next}`,
  );
}

function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toPrecision(3);
}

/** Bytes of a buffer: at least those of a record. */
export function bufferBytes(words: number, samples: number): number {
  return Math.max(recordBytes, 4 * words * samples);
}

/** Limits on a chunk, in samples and bytes: it should fill a device, but take little memory. */
const limit = { most: 128, bytes: 2 ** 28 };

const mapsOf = ({ layers }: Network): number[] => [0, ...layers.map(({ n }) => n)];

/** Number of samples whose spike trains are in memory at the same time. */
export function chunkOf(network: Network): number {
  const trains = mapsOf(network).reduce((sum, n) => sum + 4 * wordsOf(network, 'spikes', n), 0);
  return Math.max(1, Math.min(limit.most, Math.floor(limit.bytes / (trains + inputBytes(network)))));
}

/** Bytes of the largest buffer for batches of `samples`. If the device cannot bind it whole, the recorder binds parts of it. */
export function largestBytes(network: Network, samples: number): number {
  const maps = mapsOf(network);
  const perChunk = Math.min(chunkOf(network), samples);
  const input = Math.max(imageWords(network), frameWords(network, network.T));
  const words = [
    perChunk * input,
    samples * wordsOf(network, 'report', 0),
    ...maps.map((n) => perChunk * wordsOf(network, 'spikes', n)),
    ...maps.map((n) => samples * wordsOf(network, 'FO', n)),
    ...maps.slice(1).map((n) => wordsOf(network, 'weights', n)),
  ];
  return 4 * Math.max(...words);
}
