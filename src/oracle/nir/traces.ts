/** Traces: the input and output of a simulator, as arrays of steps, samples and neurons. They come from a file, or from a run. */
import { binary32 } from '../../../spec/arithmetic.ts';
import { neuronsOf } from '../../../spec/network.ts';
import { inputWord } from '../../../spec/random.ts';
import { range } from '../../engine/rounding.ts';
import { checkWhole, InputError, indexNotFinite, refuse, show } from '../../errors.ts';
import { readNpy } from '../../formats/npy.ts';
import { readNpz } from '../../formats/npz.ts';
import { numbersOf, showShape, type AnyTensor } from '../../formats/tensor.ts';
import type { NirChain } from '../../nir/import/chain.ts';
import { workOf } from '../../nir/import/compose.ts';
import { runChain, type NirTiming } from '../../nir/run.ts';
import { keyOf, type NirModel } from './steps.ts';

/** Recorded arrays by key: `input`, and `NODE.spikes`, `NODE.potentials`, or `NODE[neuron].potentials` of single neurons. */
export interface NirTraces extends Pick<NirModel, 'T' | 'B' | 'single'> {
  /** (T,B,neurons) */
  readonly arrays: ReadonlyMap<string, Float64Array>;
  /** Nodes whose arrays in the file have the axes of steps and neurons exchanged. `arrays` has the right order. */
  readonly exchanged: readonly string[];
}

/**
 * Which arrays have the axes of samples and steps exchanged. `axes`: the file has (T,B,…). `input`: the simulator read
 * the input as (T,B,…), although it is (B,T,…). `all`: it read all arrays so.
 */
export type Exchange = 'none' | 'axes' | 'input' | 'all';

/** Limit on the lines of a text table. */
const mostRows = 2 ** 24;

/**
 * Reads traces from an `.npz`, an `.npy` or a text table. An `.npz` has `input`, `NODE.spikes`, `NODE.potentials`, and
 * `NODE[i].potentials` of one neuron. `spikes` and `potentials` without a node belong to the first layer whose size they fit.
 * An `.npy` has only spikes. A text table has the trace of one neuron, in the columns input, potential, spike. If there are
 * several samples, they are along the first axis of each array.
 *
 * @param inputFile a file with the input, if the trace has none
 */
export function readTraces(
  bytes: Uint8Array,
  chain: NirChain,
  where: string,
  inputFile?: Uint8Array,
  exchange: Exchange = 'none',
): NirTraces {
  const tensors = tensorsOf(bytes, where);
  const entered = inputFile ? inputIn(inputFile, where) : inputOf(tensors, where);
  const size = neuronsOf(chain.input);
  const [first, second] = entered.shape;
  const count = entered.dtype === 'STR' ? 0 : entered.data.length;
  const hasSamples = first !== 1 && count !== first * size && count === first * second * size;
  const [B, T] = !hasSamples ? [1] : exchange === 'axes' ? [second, first] : [first, second];
  const reader = new Reader(chain, where, B, hasSamples ? [first, second] : undefined);
  const input = reader.read('input', entered, size, T, exchange);
  const steps = input.length / (B * size);
  for (const [key, tensor] of tensors)
    if (key !== 'input') reader.record(key, tensor, steps, exchange === 'input' ? 'none' : exchange);
  if (reader.arrays.size === 0) refuse(where, 'trace', 'spikes or potentials', 'an input alone');
  reader.arrays.set('input', input);
  return { ...reader, T: steps, B };
}

/** Reads the input of one sample, (T,n), from an `.npy` or from a trace. */
export const readInput = (bytes: Uint8Array, chain: NirChain, where: string): Float64Array =>
  new Reader(chain, where, 1).read('input', inputIn(bytes, where), neuronsOf(chain.input));

const inputIn = (bytes: Uint8Array, where: string): AnyTensor =>
  bytes[0] === 0x93 ? readNpy(bytes, `${where}: input`) : inputOf(tensorsOf(bytes, where), where);

const inputOf = (tensors: ReadonlyMap<string, AnyTensor>, where: string): AnyTensor =>
  tensors.get('input') ??
  refuse(where, 'input', 'an array "input" in the .npz, or --input FILE.npy', [...tensors.keys()].join(', '));

class Reader {
  readonly arrays = new Map<string, Float64Array>();
  readonly single: NirModel['single'][number][] = [];
  readonly exchanged: string[] = [];
  readonly #chain: NirChain;
  readonly #where: string;
  readonly #B: number;
  /** The sizes of the first two axes, if the file has several samples. */
  readonly #axes: readonly number[] | undefined;

  constructor(chain: NirChain, where: string, B: number, axes?: readonly number[]) {
    this.#chain = chain;
    this.#where = where;
    this.#B = B;
    this.#axes = axes;
  }

  /** Reads an array other than the input. */
  record(key: string, tensor: AnyTensor, T: number, exchange: Exchange): void {
    const where = this.#where;
    const { layers } = this.#chain;
    const [, name, what] = /^(?:(.+)\.)?(spikes|potentials)$/.exec(key) ?? [];
    if (what === undefined)
      refuse(
        where,
        key,
        'input, spikes, potentials, NAME.spikes, NAME.potentials or NAME[neuron].potentials',
        key,
      );
    const one = what === 'potentials' ? this.#neuronIn(name) : undefined;
    const index = one?.index ?? this.#layerOf(name, tensor, T);
    const layer = layers[index];
    const size = neuronsOf(layer.shape);
    const ofLayer = keyOf(layer, what);
    if (one) {
      checkWhole(where, key, one.neuron, 0, size - 1);
      this.single.push({ key, ...one });
    }
    this.arrays.set(one ? key : ofLayer, this.read(key, tensor, one ? 1 : size, T, exchange));
    if (this.exchanged.at(-1) === key) this.exchanged.splice(-1, 1, layer.node.name);
    const isBoth = this.arrays.has(ofLayer) && this.single.some((each) => each.index === index);
    if (isBoth && what === 'potentials')
      refuse(where, what, 'those of a layer, or of neurons of it', `both, of ${layer.node.name}`);
  }

  /** Reads an array as (T,B,n). Drops a leading axis of size 1, and transposes (n,T). */
  read(key: string, tensor: AnyTensor, n: number, T?: number, exchange: Exchange = 'none'): Float64Array {
    const where = this.#where;
    const B = this.#B;
    const { shape } = tensor;
    if (tensor.dtype === 'STR') refuse(where, key, 'numbers', 'texts');
    const numbers = numbersOf(tensor.data);
    const bad = numbers.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) refuse(where, key, 'finite numbers', `${numbers[bad]} at place ${bad}`);
    const axes = this.#axes;
    if (axes && (shape[0] !== axes[0] || shape[1] !== axes[1]))
      refuse(where, key, `${axes[0]} × ${axes[1]} samples and steps, as the input has`, showShape(shape));
    const isBatch = !axes && shape[0] === 1 && (shape.length > 2 || (shape.length === 2 && n === 1));
    const sides = axes || isBatch ? shape.slice(1) : shape;
    const steps = T ?? sides[0] ?? 0;
    const isWhole = numbers.length === B * steps * n && numbers.length > 0;
    const isTransposed = B === 1 && isWhole && sides[0] !== steps && sides.at(-1) === steps;
    if (!isWhole || (!axes && sides[0] !== steps && !isTransposed))
      refuse(where, key, `${T ?? 'T'} steps of ${n} numbers`, showShape(shape));
    if (isTransposed) this.exchanged.push(key);
    return Float64Array.from(numbers, (_, m) => {
      const [t, b, i] = [Math.floor(m / (B * n)), Math.floor(m / n) % B, m % n];
      if (isTransposed) return numbers[i * steps + t];
      return exchange === 'none' ? numbers[(b * steps + t) * n + i] : numbers[m];
    });
  }

  /** The neuron that a name `NODE[i]` means. Undefined if a node has this name, or if there is no node `NODE`. */
  #neuronIn(name: string | undefined): { readonly index: number; readonly neuron: number } | undefined {
    const { layers } = this.#chain;
    const [, node, neuron] = /^(.+)\[(\d+)\]$/.exec(name ?? '') ?? [];
    const index = layers.findIndex((layer) => layer.node.name === node);
    const isNode = layers.some((layer) => layer.node.name === name);
    return index < 0 || isNode ? undefined : { index, neuron: Number(neuron) };
  }

  /** The layer of `node`, or else the first layer with as many neurons as the array has numbers per step and sample. */
  #layerOf(node: string | undefined, { shape }: AnyTensor, T: number): number {
    const { layers } = this.#chain;
    const names = layers.map((layer) => layer.node.name);
    if (node !== undefined) {
      const index = names.indexOf(node);
      return index >= 0 ? index : refuse(this.#where, 'node', `one of ${show(names.join(', '))}`, node);
    }
    const count = shape.reduce((a, b) => a * b, 1) / (T * this.#B);
    const index = layers.findIndex(({ shape: each }) => neuronsOf(each) === count);
    const known = layers.map((layer) => `${neuronsOf(layer.shape)} (${layer.node.name})`).join(', ');
    if (index < 0)
      refuse(this.#where, 'spikes', `${T} steps of a layer of ${show(known)} neurons`, showShape(shape));
    return index;
  }
}

/** The arrays of a file, by name. */
function tensorsOf(bytes: Uint8Array, where: string): Map<string, AnyTensor> {
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) return readNpz(bytes, where);
  const table = bytes[0] === 0x93 ? readNpy(bytes, where) : readTable(bytes, where);
  const { shape } = table;
  if (shape.length !== 2 || shape[1] !== 3 || table.dtype === 'STR') return new Map([['spikes', table]]);
  const numbers = numbersOf(table.data);
  const column = (k: number): AnyTensor => ({
    dtype: 'F64',
    shape: [shape[0], 1],
    data: Float64Array.from({ length: shape[0] }, (_, t) => numbers[3 * t + k]),
  });
  return new Map(['input', 'potentials', 'spikes'].map((key, k) => [key, column(k)]));
}

/** A table without header: input, potential and spike on each line. */
function readTable(bytes: Uint8Array, where: string): AnyTensor {
  const text = new TextDecoder().decode(bytes);
  if (text.includes('\ufffd'))
    throw new InputError(`${where}: expected an .npz, an .npy or a .csv file, got other bytes`);
  const lines = text.trimEnd().split(/\r?\n/);
  if (lines.length > mostRows) refuse(where, 'lines', `at most ${mostRows}`, lines.length);
  const data = lines.flatMap((line, t) => {
    const cells = line.split(',').map((cell) => (cell.trim() === '' ? NaN : Number(cell)));
    if (cells.length === 3 && cells.every(Number.isFinite)) return cells;
    return refuse(where, `line ${t + 1}`, 'three numbers: input, potential, spike', line);
  });
  return { dtype: 'F64', shape: [lines.length, 3], data: Float64Array.from(data) };
}

// simulated traces

/** Limit on the numbers of a trace. */
const mostNumbers = 2 ** 26;

/** Limit on the multiplications of a run in which every neuron fires; they take a few minutes. */
const mostWork = 2 ** 35;

/** A check computes each current about this many times: with bounds, and by every convention. */
const repetitions = 16;

/** Limit on the steps of neurons that a check compares; they take a minute, and 2 GB. */
const mostCompared = 2 ** 23;

/** Refuses traces that would take too long to check, and names the node that exceeds a limit. */
export function checkTraceWork(chain: NirChain, T: number, B: number, where: string): void {
  checkWork(chain, T * B, where, mostWork / repetitions);
  let neurons = 0;
  for (const { node, shape } of chain.layers) {
    neurons += neuronsOf(shape);
    if (T * B * neurons <= mostCompared) continue;
    const expected = `at most ${mostCompared} neurons × steps × samples, up to this node`;
    refuse(where, node.name, expected, T * B * neurons, 'give fewer steps or samples');
  }
}

/** Refuses runs with too many multiplications, and names the node that exceeds the limit. */
function checkWork({ input, layers }: NirChain, T: number, where: string, most = mostWork): void {
  let work = 0;
  let from = input;
  for (const { maps, recurrent, node, shape } of layers) {
    const into = maps.flatMap(({ map }) => (map ? [map] : []));
    work += T * workOf(into, from);
    if (recurrent?.map) work += T * workOf([recurrent.map], shape);
    if (work > most) {
      const expected = `at most ${most} multiplications in all steps, up to this node`;
      refuse(where, node.name, expected, work, 'give fewer steps');
    }
    from = shape;
  }
}

function checkSteps(chain: NirChain, T: number, where: string): void {
  const { input, layers } = chain;
  const all = layers.reduce((sum, { shape }) => sum + 2 * T * neuronsOf(shape), T * neuronsOf(input));
  if (all > mostNumbers) refuse(where, 'steps', `at most ${mostNumbers} numbers in a trace`, all);
  checkWork(chain, T, where);
}

/** T steps of spikes (T,n), each with probability ½. A spike depends only on the seed, its step and its place. */
export function drawInput(chain: NirChain, T: number, seed: number, where: string): Float64Array {
  checkSteps(chain, T, where);
  const n = neuronsOf(chain.input);
  // `inputWord` accepts at most 2¹⁷ inputs per sample. Further inputs therefore get the words of other samples.
  const word = (t: number, i: number): number =>
    inputWord({ seed, stream: 'test', epoch: 0, sample: i >>> 17 }, t, i % 2 ** 17);
  return Float64Array.from({ length: T * n }, (_, m) => word(Math.floor(m / n), m % n) >>> 31);
}

/**
 * Runs a graph by the convention of a simulator, in binary32 and from rest, and records all layers.
 *
 * @param input (T,n)
 * @throws InputError if numbers do not stay finite, or if the run or its trace is too large
 */
export function simulate(
  chain: NirChain,
  input: Float64Array,
  timing: NirTiming & { readonly dt: number },
  where: string,
): NirTraces {
  const n = neuronsOf(chain.input);
  const T = input.length / n;
  checkSteps(chain, T, where);
  const sizes = chain.layers.map(({ shape }) => neuronsOf(shape));
  const recorded = chain.layers.map((layer, index) =>
    ['spikes', 'potentials'].map((what) => [keyOf(layer, what), new Float64Array(T * sizes[index])] as const),
  );
  const entered = Float64Array.from(input, Math.fround);
  const steps = range(T).map((t) => entered.subarray(t * n, (t + 1) * n));
  runChain(chain, steps, timing, binary32, (index, t, { o, u }) => {
    const [[, spikes], [, potentials]] = recorded[index];
    spikes.set(o, t * sizes[index]);
    potentials.set(u, t * sizes[index]);
  });
  for (const [key, values] of recorded.flat()) {
    const at = indexNotFinite(values);
    if (at < 0) continue;
    const got = `${values[at]} with steps of ${timing.dt}`;
    refuse(where, key, 'weights, and a step in the unit of the time constants, that keep all finite', got);
  }
  const arrays = new Map([['input', entered], ...recorded.flat()]);
  return { arrays, T, B: 1, single: [], exchanged: [] };
}
