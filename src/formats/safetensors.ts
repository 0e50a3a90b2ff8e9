import { checkOneOf, refuse, show } from '../errors.ts';
import { decodeUtf8, wholeIn } from './bytes.ts';
import { parseJson } from './json.ts';
import { countElements, decodeElements, elementBytes, fileDtypes, showShape } from './tensor.ts';
import { widthOf, type FileDtype, type Tensor } from './tensor.ts';

/** The format's own limit on the bytes of a header. */
const headerLimit = 100_000_000;

/** Limit on the number of tensors or metadata texts: in memory, each takes up to ten times the bytes it has in the file. */
const mostEntries = 2 ** 12;

/** Limit on the characters of a header outside its strings, because a parser may need 33 bytes per character. */
const mostStructure = 2 ** 19;

/** A tensor in the header. `begin` and `end` are byte positions in the data. */
interface Entry {
  readonly name: string;
  readonly dtype: FileDtype;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/** Tensors and texts by name. The records have no prototype, so any name is safe, even `__proto__`. */
export interface Safetensors {
  readonly tensors: Record<string, Tensor>;
  readonly metadata: Record<string, string>;
}

/**
 * Reads a safetensors file. Each tensor is a fresh copy; F16 is widened to F32, which is exact.
 *
 * Layout: the length of the header in 8 bytes (little-endian), the header (JSON, padded with spaces), the data. The header
 * has the dtype, shape and data range of each tensor. The ranges cover the data without holes or overlap.
 *
 * @throws InputError when a length, a name or a range breaks these rules, and for unsupported dtypes.
 */
export function readSafetensors(bytes: Uint8Array, where: string): Safetensors {
  const start = 8 + readHeaderLength(bytes, where);
  const { entries, metadata } = readHeader(bytes.subarray(8, start), where);
  checkRanges(entries, bytes.length - start, where);
  const tensors: Record<string, Tensor> = Object.create(null);
  for (const { name, dtype, shape, begin, end } of entries) {
    const data = bytes.subarray(start + begin, start + end);
    tensors[name] = decodeElements(`${where}(${show(name)})`, dtype, shape, data);
  }
  return { tensors, metadata };
}

function readHeaderLength(bytes: Uint8Array, where: string): number {
  if (bytes.length < 10) refuse(where, 'safetensors file', 'at least 10 bytes', bytes.length);
  const length = wholeIn(bytes.subarray(0, 8));
  const most = Math.min(headerLimit, bytes.length - 8);
  if (length < 2 || length > most) {
    // The first byte is <, so the file may be the page that a server sent for a missing file.
    if (bytes[0] === 60 && length > headerLimit) refuse(where, 'file', 'a safetensors file', 'a web page');
    const next = 'the file is cut short, or it is not a safetensors file';
    refuse(where, 'header length', `from 2 to ${most} bytes`, length, next);
  }
  if (bytes[8] !== 0x7b) refuse(where, 'header', '{ at byte 8', bytes[8], 'it is not a safetensors file');
  return length;
}

/**
 * Reads the header, `{"__metadata__":{text: text …}, name: {"dtype": text, "shape": [whole …], "data_offsets": [whole, whole]} …}`.
 *
 * `JSON.parse` would build everything that a hostile header describes, and hide a name that occurs twice. The characters outside strings
 * are therefore counted first, and must include one colon per name.
 */
function readHeader(bytes: Uint8Array, where: string) {
  const { structure, colons } = measure(bytes);
  if (structure > mostStructure)
    refuse(where, 'header', `at most ${mostStructure} characters outside its texts`, structure);
  const header = decodeUtf8(bytes) ?? refuse(where, 'header', 'JSON in UTF-8', 'other bytes');
  const parsed = parseJson(header, `${where}: header`, headerLimit);
  const named = membersOf(parsed, 'header', where);
  const metadata: Record<string, string> = Object.create(null);
  const entries: Entry[] = [];
  let names = named.length;
  for (const [name, value] of named) {
    const members = membersOf(value, show(name), where);
    names += members.length;
    if (name !== '__metadata__') entries.push(entryOf(name, members, where));
    else
      for (const [key, text] of members) {
        if (typeof text !== 'string') refuse(where, `metadata ${show(key)}`, 'a text', text);
        metadata[key] = text;
      }
  }
  if (names !== colons) refuse(where, 'header', 'each name once', 'one again');
  return { entries, metadata };
}

/** Counts the bytes of a JSON text outside its strings, and the colons among them. */
function measure(bytes: Uint8Array): { structure: number; colons: number } {
  const [quote, backslash, colon] = [34, 92, 58];
  let [structure, colons, isText] = [0, 0, false];
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at] === quote) isText = !isText;
    else if (isText) at += bytes[at] === backslash ? 1 : 0;
    else {
      structure++;
      if (bytes[at] === colon) colons++;
    }
  }
  return { structure, colons };
}

function membersOf(value: unknown, what: string, where: string): [string, unknown][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    refuse(where, what, 'an object', value);
  const members = Object.entries(value);
  if (members.length > mostEntries) refuse(where, what, `at most ${mostEntries} names`, members.length);
  return members;
}

function entryOf(name: string, members: readonly [string, unknown][], where: string): Entry {
  const keys = members.map(([key]) => key).sort();
  if (keys.join() !== 'data_offsets,dtype,shape')
    refuse(where, show(name), 'dtype, shape and data_offsets', keys.join());
  const { dtype, shape, data_offsets: range } = Object.fromEntries(members);
  const sizes = shape as number[]; // `countElements` checks it
  const count = countElements(where, `shape of ${show(name)}`, sizes);
  const what = `data_offsets of ${show(name)}`;
  const [begin, end, ...more] = Array.isArray(range) ? (range as unknown[]) : []; // the array may have any values
  if (!isWhole(begin) || !isWhole(end) || more.length > 0 || begin > end)
    refuse(where, what, '[begin, end] with begin <= end', range);
  const known = checkOneOf(where, `dtype of ${show(name)}`, dtype, fileDtypes);
  const size = count * widthOf(known);
  if (end - begin !== size)
    refuse(where, what, `${size} bytes for ${known} ${showShape(sizes)}`, end - begin);
  return { name, dtype: known, shape: sizes, begin, end };
}

const isWhole = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0; // it is a safe integer

/** Checks that the ranges cover the data from its first byte to its last, without gaps. */
function checkRanges(entries: readonly Entry[], length: number, where: string): void {
  let end = 0;
  for (const entry of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    const expected = `to begin at ${end}, where the previous one ends`;
    if (entry.begin !== end) refuse(where, `data_offsets of ${show(entry.name)}`, expected, entry.begin);
    end = entry.end;
  }
  if (end !== length) {
    const next = end > length ? 'the file is cut short' : 'the file continues after its tensors';
    refuse(where, 'data', `${end} bytes, as the header says`, length, next);
  }
}

/**
 * The parts of a safetensors file: the header, which is a new array, and views of the tensors' data. The same tensors in the same order
 * give the same bytes.
 *
 * The header has the order of the record; JavaScript puts names that are whole numbers first. The data are in descending order of element
 * width, as the official writer has them. Each tensor is thus aligned, which PyTorch requires.
 *
 * @param tensors arrays that fit their shapes; none is named `__metadata__`
 */
export function safetensorsParts(
  tensors: Readonly<Record<string, Tensor>>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array[] {
  const named = Object.entries(tensors);
  const byWidth = [...named].sort((a, b) => widthOf(b[1].dtype) - widthOf(a[1].dtype));
  const offsets = new Map<string, readonly [begin: number, end: number]>();
  let end = 0;
  for (const [name, { data }] of byWidth) offsets.set(name, [end, (end += data.byteLength)]);
  const entries = named.map(([name, { dtype, shape }]) => {
    const info = { dtype, shape, data_offsets: offsets.get(name) };
    return `${JSON.stringify(name)}:${JSON.stringify(info)}`;
  });
  if (Object.keys(metadata).length > 0) entries.unshift(`"__metadata__":${JSON.stringify(metadata)}`);
  const text = new TextEncoder().encode(`{${entries.join(',')}}`);
  // Spaces pad the header to a multiple of 8 bytes.
  const head = new Uint8Array(8 + Math.ceil(text.length / 8) * 8).fill(0x20);
  new DataView(head.buffer).setBigUint64(0, BigInt(head.length - 8), true);
  head.set(text, 8);
  return [head, ...byWidth.map(([, { data }]) => elementBytes(data))];
}
