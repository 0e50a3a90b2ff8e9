/** Reads supplied arrays and their description from .npz, .safetensors or JSON. */
import { checkRecord, InputError, messageOf, refuse, show } from '../../errors.ts';
import type { ByteSource } from '../../formats/bytes.ts';
import { mostCharacters } from '../../formats/json.ts';
import { readNpz } from '../../formats/npz.ts';
import { readSafetensors } from '../../formats/safetensors.ts';
import { countElements, type AnyTensor } from '../../formats/tensor.ts';
import { loadModel, arrayNames } from '../../modelFile/reader.ts';
import { weightedLayers } from '../../network/network.ts';
import { arraysOfJson, mostJsonBytes } from './jsonArrays.ts';
import { narrowed } from './values.ts';

export interface Supplied {
  readonly arrays: Map<string, AnyTensor>;
  /** The other fields of the file, unchanged: `network`, `variant`, … */
  readonly words: Readonly<Record<string, unknown>>;
}

/** The parts of a vector's name, `variant/stage/case`. */
export const namesOfCase = ({ words }: Pick<Supplied, 'words'>): readonly string[] =>
  typeof words['case'] === 'string' ? words['case'].split('/') : [];

const saveAs = 'save plain arrays, as numpy.savez does';

/**
 * Reads a file; its first bytes determine the format.
 *
 * @throws InputError for files that the readers refuse, and for pickles, such as PyTorch's files
 */
export function readSupplied(source: ByteSource, where: string): Supplied {
  const head = source.subarray(0, Math.min(2, source.length));
  if (head[0] === 0x80 && head[1] <= 5) refuse(where, 'file', 'arrays', 'a Python pickle', saveAs);
  if (head[0] === 0x50 && head[1] === 0x4b) return readZipped(source, where);
  if (head[0] === 0x93) refuse(where, 'file', 'named arrays', 'a single .npy', 'put it into an .npz');
  const bytes = source.subarray(0, source.length);
  const first = bytes.find((byte) => byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09);
  if (first === 0x7b) return readJson(bytes, where);
  const { tensors, metadata } = readSafetensors(bytes, where);
  const arrays = new Map<string, AnyTensor>(Object.entries(tensors));
  if (metadata['asf-bp'] !== undefined)
    for (const [name, array] of arraysOfModel(bytes, where)) arrays.set(name, array);
  return { arrays, words: unpack(metadata) };
}

/** The arrays of a model file: S, weights and biases. Weights that are stored as whole numbers on a grid become real numbers. */
function arraysOfModel(bytes: Uint8Array, where: string): [string, AnyTensor][] {
  const { plan, weights = [], S, rule } = loadModel(bytes, where);
  const scales = rule === 'asf' ? plan.layers.filter(({ spikes }) => spikes) : [];
  const before = scales.map(({ n }): [string, AnyTensor] => [
    `layer${n}.S.before`,
    { dtype: 'F64', shape: [], data: Float64Array.of(S[n - 1]) },
  ]);
  const numbers = weightedLayers(plan).flatMap((layer, index) => {
    let from = 0;
    return arrayNames(layer, 'weight').map(({ name, shape }): [string, AnyTensor] => {
      const past = from + countElements(where, name, shape);
      const data = weights[index].slice(from, past);
      from = past;
      return [name, { dtype: 'F32', shape, data }];
    });
  });
  return [...before, ...numbers];
}

/**
 * Arrays with at least this many elements are stored in bytes as soon as they are read, if each of their numbers fits in a
 * byte.
 */
const manyElements = 2 ** 20;

function inBytes(array: AnyTensor): AnyTensor {
  const { dtype, shape, data } = array;
  if ((dtype !== 'F32' && dtype !== 'F64') || data.length < manyElements) return array;
  const values = narrowed(data);
  return values instanceof Int8Array ? { dtype: 'I8', shape, data: values } : array;
}

function readZipped(source: ByteSource, where: string): Supplied {
  const arrays = readNpz(source, where, inBytes);
  const meta = arrays.get('meta');
  if (meta?.dtype !== 'STR' || meta.data.length !== 1) return { arrays, words: {} };
  arrays.delete('meta');
  return { arrays, words: recordOf(parseText(meta.data[0], `${where}(meta)`), `${where}(meta)`) };
}

function readJson(bytes: Uint8Array, where: string): Supplied {
  if (bytes.length > mostJsonBytes)
    refuse(where, 'JSON', `at most ${mostJsonBytes} bytes`, bytes.length, saveAs);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    refuse(where, 'JSON', 'UTF-8', 'another encoding');
  }
  const { arrays, ...words } = recordOf(parseText(text, where), where);
  if (arrays === undefined) {
    const isNetwork = 'layers' in words;
    const got = isNetwork ? 'the description of a network' : Object.keys(words).join(', ') || 'no key';
    const next = isNetwork ? 'it belongs after --network' : 'put them into { "arrays": { NAME: numbers } }';
    refuse(where, 'file', 'the arrays of a step, under the key "arrays"', got, next);
  }
  return { arrays: arraysOfJson(recordOf(arrays, `${where}(arrays)`), where), words };
}

/** Parses metadata, which are texts. A text that is too long or not JSON stays a text. */
function unpack(metadata: Readonly<Record<string, string>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(metadata).map(([key, text]) => {
      if (text.length > mostCharacters) return [key, text];
      try {
        return [key, JSON.parse(text)];
      } catch {
        return [key, text];
      }
    }),
  );
}

function parseText(text: string, where: string): unknown {
  if (text.length > mostCharacters)
    refuse(where, 'JSON', `at most ${mostCharacters} characters`, text.length);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new InputError(`${where}: "JSON" expected JSON, got ${show(messageOf(cause))}`, { cause });
  }
}

function recordOf(value: unknown, where: string): Record<string, unknown> {
  return checkRecord(where, 'JSON', value);
}
