/** Reads a trace, the input and output of a simulator, from a file into one array of numbers per step. */
import type { Floats } from '../../spec/arithmetic.ts';
import { neuronsOf } from '../../spec/network.ts';
import { checkWhole, InputError, refuse, show } from '../errors.ts';
import { readNpy } from '../formats/npy.ts';
import { readNpz } from '../formats/npz.ts';
import { numbersOf, showShape, type AnyTensor } from '../formats/tensor.ts';
import type { NirChain, NirLayer } from './chain.ts';
import type { NirRecord } from './follow.ts';
import { samplesOf, type Exchange } from './samples.ts';

export interface NirTrace {
  readonly input: readonly Floats[];
  /** By index in the chain. */
  readonly records: ReadonlyMap<number, NirRecord>;
  /** Layers whose axes of steps and neurons are swapped in the file; here they are in order. */
  readonly exchanged: ReadonlySet<number>;
}

/** Limit on the lines of a text table. */
const mostRows = 2 ** 24;

/**
 * Reads the traces of samples, one after the other: an `.npz` with `input`, and `spikes` and `potentials` of the layer with that number
 * of neurons, or `NAME.spikes` and `NAME.potentials` of the node NAME, or `NAME[i].potentials` of its neuron i; an `.npy` of spikes, with a
 * separate input; or a table for one neuron: input, potential, spike. Of several samples each array has them in front.
 *
 * @param inputFile an `.npy` with the input, if the trace has none
 */
export function readTraces(
  bytes: Uint8Array,
  chain: NirChain,
  where: string,
  inputFile?: Uint8Array,
  exchange: Exchange = 'none',
): NirTrace[] {
  const arrays = arraysOf(bytes, where);
  if (inputFile) arrays.set('input', readNpy(inputFile, `${where}: input`));
  const given = arrays.get('input');
  if (given === undefined)
    refuse(
      where,
      'input',
      'an array "input" in the .npz, or --input FILE.npy',
      [...arrays.keys()].join(', '),
    );
  const all = samplesOf(arrays, given, neuronsOf(chain.input), where, exchange);
  return all.map((own) => traceOf(own, chain, where));
}

/** The trace of one sample. */
function traceOf(arrays: ReadonlyMap<string, AnyTensor>, chain: NirChain, where: string): NirTrace {
  const given = arrays.get('input')!; // `readTraces` has found it
  const input = stepsOf(given, neuronsOf(chain.input), undefined, where, 'input').steps;
  const records = new Map<number, NirRecord>();
  const exchanged = new Set<number>();
  const single = new Map<number, Float64Array[]>();
  for (const [key, tensor] of arrays) {
    if (key === 'input') continue;
    const [, node, what] = /^(?:(.+)\.)?(spikes|potentials)$/.exec(key) ?? [];
    if (what === undefined)
      refuse(
        where,
        key,
        'input, spikes, potentials, NAME.spikes, NAME.potentials or NAME[neuron].potentials',
        key,
      );
    const one = what === 'potentials' ? neuronIn(chain, node) : undefined;
    const place = one?.place ?? placeOf(chain, node, tensor, input.length, where);
    const count = neuronsOf(chain.layers[place].shape);
    if (one) {
      const neuron = checkWhole(where, key, one.neuron, 0, count - 1);
      const { steps } = stepsOf(tensor, 1, input.length, where, key);
      // Potentials that were not recorded are no numbers.
      const rows = single.get(place) ?? input.map(() => new Float64Array(count).fill(NaN));
      single.set(place, rows);
      for (const [t, row] of rows.entries()) [row[neuron]] = steps[t];
      continue;
    }
    const read = stepsOf(tensor, count, input.length, where, key);
    if (read.exchanged) exchanged.add(place);
    records.set(place, { ...records.get(place), [what]: read.steps });
  }
  for (const [place, potentials] of single) {
    const record = records.get(place);
    if (record?.potentials)
      refuse(
        where,
        'potentials',
        'those of a layer, or of neurons of it',
        `both, of ${chain.layers[place].node.name}`,
      );
    records.set(place, { ...record, potentials });
  }
  if (records.size === 0) refuse(where, 'trace', 'spikes or potentials', 'an input alone');
  return { input, records, exchanged };
}

/** The neuron that `NAME[i]` names; undefined where that is the name of a node, or none. */
function neuronIn(
  { layers }: NirChain,
  name: string | undefined,
): { readonly place: number; readonly neuron: number } | undefined {
  const [, node, neuron] = /^(.+)\[(\d+)\]$/.exec(name ?? '') ?? [];
  const place = layers.findIndex((layer) => layer.node.name === node);
  const isNode = layers.some((layer) => layer.node.name === name);
  return place < 0 || isNode ? undefined : { place, neuron: Number(neuron) };
}

/** The arrays of a file, by name. */
function arraysOf(bytes: Uint8Array, where: string): Map<string, AnyTensor> {
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
  return new Map([
    ['input', column(0)],
    ['potentials', column(1)],
    ['spikes', column(2)],
  ]);
}

/** A table without header: input, potential and spike on each line. */
function readTable(bytes: Uint8Array, where: string): AnyTensor {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new InputError(`${where}: expected an .npz, an .npy or a .csv file, got other bytes`);
  }
  const lines = text.trimEnd().split(/\r?\n/);
  if (lines.length > mostRows) refuse(where, 'lines', `at most ${mostRows}`, lines.length);
  const data = new Float64Array(3 * lines.length);
  for (const [t, line] of lines.entries()) {
    const cells = line.split(',').map((cell) => (cell.trim() === '' ? NaN : Number(cell)));
    if (cells.length !== 3 || cells.some((cell) => !Number.isFinite(cell)))
      refuse(where, `line ${t + 1}`, 'three numbers: input, potential, spike', line);
    data.set(cells, 3 * t);
  }
  return { dtype: 'F64', shape: [lines.length, 3], data };
}

/** The layer of an array: by node name, or the first with that number of neurons. */
function placeOf(
  chain: NirChain,
  node: string | undefined,
  { shape }: AnyTensor,
  T: number,
  where: string,
): number {
  const names = chain.layers.map((layer) => layer.node.name);
  if (node !== undefined) {
    const place = names.indexOf(node);
    return place >= 0 ? place : refuse(where, 'node', `one of ${show(names.join(', '))}`, node);
  }
  const sizes = shape.filter((_, d) => !(d === 0 && shape[0] === 1 && shape.length > 2));
  const count = sizes.reduce((a, b) => a * b, 1) / T;
  const place = chain.layers.findIndex(({ shape: own }: NirLayer) => neuronsOf(own) === count);
  if (place < 0)
    refuse(
      where,
      'spikes',
      `${T} steps of a layer of ${show(chain.layers.map((layer) => `${neuronsOf(layer.shape)} (${layer.node.name})`).join(', '))} neurons`,
      showShape(shape),
    );
  return place;
}

/** Splits an array (T, n…) into steps; an array (n, T) is transposed. A leading batch of one is dropped. */
function stepsOf(
  tensor: AnyTensor,
  n: number,
  T: number | undefined,
  where: string,
  key: string,
): { steps: Float64Array[]; exchanged: boolean } {
  const isBatch =
    tensor.shape[0] === 1 && (tensor.shape.length > 2 || (tensor.shape.length === 2 && n === 1));
  const shape = isBatch ? tensor.shape.slice(1) : tensor.shape;
  if (tensor.dtype === 'STR') refuse(where, key, 'numbers', 'texts');
  const numbers = numbersOf(tensor.data);
  const bad = numbers.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) refuse(where, key, 'finite numbers', `${numbers[bad]} at place ${bad}`);
  const total = numbers.length;
  const steps = shape[0] ?? 0;
  const inOrder = total === steps * n && (T === undefined || T === steps);
  const exchanged = !inOrder && shape.at(-1) === T && total === n * (T ?? 0);
  if ((!inOrder && !exchanged) || total === 0)
    refuse(where, key, `${T ?? 'T'} steps of ${n} numbers`, showShape(tensor.shape));
  const length = T ?? steps;
  const at = (t: number, i: number): number => numbers[exchanged ? i * length + t : t * n + i];
  return {
    steps: Array.from({ length }, (_, t) => Float64Array.from({ length: n }, (__, i) => at(t, i))),
    exchanged,
  };
}
