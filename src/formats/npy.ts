import { bytesOf, type AnyBytes } from './bytes.ts';
import { refuse, show } from '../errors.ts';
import { arrayOf, countElements, decodeElements, dtypes, elementBytes, fileDtypes } from './tensor.ts';
import { showShape, widthOf, type AnyTensor, type FileDtype } from './tensor.ts';
import type { StringTensor, Tensor } from './tensor.ts';
import { parseJson } from './json.ts';

/**
 * Reads an .npy file into a new array in C order.
 *
 * Big-endian elements are swapped, Fortran order is re-ordered, f2 becomes F32 (exactly), b1 becomes BOOL, and U becomes texts.
 *
 * @param supplied the bytes of the file
 * @param where name of the file in error messages
 * @returns element type, shape and elements
 * @throws InputError if the elements have an unsupported type (pickled, structured, …) or do not fill the file to its last byte
 */
export function readNpy(supplied: AnyBytes, where: string): AnyTensor {
  return decodeNpy(bytesOf(where, 'file', supplied), where);
}

/**
 * As {@link readNpy}.
 *
 * @param mayShare whether the array may use the memory of `bytes`
 */
export function decodeNpy(bytes: Uint8Array, where: string, mayShare = false): AnyTensor {
  const header = readNpyHeader(bytes, where);
  const { dtype, shape, count, width, start, bigEndian, fortran } = header;
  const size = bytes.length - start;
  // Both factors are below 2^53. If the product is large enough to be rounded, it exceeds the size of any file.
  const next = size < count * width ? 'the file is cut short' : 'the file continues after its elements';
  const expected = `${count * width} bytes for ${showShape(shape)} from byte ${start}`;
  if (size !== count * width) refuse(where, 'elements', expected, size, next);
  const elements: AnyTensor =
    dtype === 'STR'
      ? { dtype, shape, data: readTexts(bytes, header, where) }
      : decodeElements(where, dtype, shape, bytes.subarray(start), { bigEndian, mayShare });
  return fortran ? toC(elements) : elements;
}

/** Limit on the number of texts, because a text in memory takes up to ten times its bytes in the file. */
const mostTexts = 2 ** 16;

/** Reads texts of `width / 4` code points, 4 bytes each, padded with zeros. */
function readTexts(bytes: Uint8Array, { width, bigEndian, start }: NpyHeader, where: string): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = (bytes.length - start) / width;
  if (count > mostTexts) refuse(where, 'shape', `at most ${mostTexts} texts`, count);
  const texts: string[] = [];
  for (let from = start; from < bytes.length; from += width) {
    let end = from + width;
    while (end > from && view.getUint32(end - 4) === 0) end -= 4;
    texts.push(readText(view, from, end, !bigEndian, where));
  }
  return texts;
}

function readText(view: DataView, from: number, end: number, little: boolean, where: string): string {
  const pieces: string[] = [];
  // The text is built in pieces: single characters would make a chain of strings, and one large call would overflow the stack.
  for (let at = from; at < end;) {
    const points: number[] = [];
    for (; at < end && points.length < 4096; at += 4) {
      const point = view.getUint32(at, little);
      if (!isScalar(point)) refuse(where, 'text', `a Unicode character at byte ${at}`, point);
      points.push(point);
    }
    pieces.push(String.fromCodePoint(...points));
  }
  return pieces.join('');
}

const isScalar = (point: number) => point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);

/** Re-orders elements from Fortran order (the first dimension runs fastest) to C order. */
function toC(tensor: AnyTensor): AnyTensor {
  const { shape, data } = tensor;
  const count = data.length;
  const strides: number[] = [];
  for (let i = 0, stride = 1; i < shape.length; stride *= shape[i++]) strides.push(stride);
  // Both arrays have the same type.
  const [from, to] = [data.slice(), data] as (typeof data)[number][][];
  const index = shape.map(() => 0);
  for (let i = 0, at = 0; i < count; i++) {
    to[i] = from[at];
    for (let k = shape.length - 1; k >= 0; k--) {
      at += strides[k];
      if (++index[k] < shape[k]) break;
      at -= strides[k] * shape[k];
      index[k] = 0;
    }
  }
  return tensor;
}

/**
 * Writes an .npy file, version 1.0, little-endian, in C order. The same array gives the same bytes.
 *
 * @param array element type, shape and elements
 * @param where name of the caller in error messages
 * @returns the bytes of the file
 * @throws InputError if the elements do not fit the shape or the type, or a text ends in NUL or has an unpaired surrogate
 */
export function writeNpy(array: AnyTensor, where = 'writeNpy'): Uint8Array {
  if (typeof array !== 'object' || array === null) refuse(where, 'array', '{ dtype, shape, data }', array);
  const { descr, body } = array.dtype === 'STR' ? encodeTexts(array, where) : encodeNumbers(array, where);
  const shape = array.shape.length === 1 ? `${array.shape[0]},` : array.shape.join(', ');
  const dict = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape}), }`;
  // NumPy aligns the elements at 64 bytes, and ends the header with a line feed.
  const start = Math.ceil((10 + dict.length + 1) / 64) * 64;
  const file = new Uint8Array(start + body.length).fill(0x20, 10, start);
  file.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]);
  new DataView(file.buffer).setUint16(8, start - 10, true);
  file.set(new TextEncoder().encode(dict), 10);
  file[start - 1] = 0x0a;
  file.set(body, start);
  return file;
}

/** The type and the bytes of an array's elements. */
function encodeNumbers(array: Tensor, where: string) {
  const { dtype, data } = array;
  if (!dtypes.includes(dtype)) refuse(where, 'array', `a dtype, one of ${dtypes.join(', ')}`, dtype);
  const kind = arrayOf[dtype];
  if (!(data instanceof kind) || !ArrayBuffer.isView(data))
    refuse(where, 'array', `${kind.name} for ${dtype}`, Object.prototype.toString.call(data));
  checkLength(array, where);
  return { descr: `${widthOf(dtype) > 1 ? '<' : '|'}${codeOf(dtype)}`, body: elementBytes(data) };
}

function encodeTexts(array: StringTensor, where: string) {
  checkLength(array, where);
  const texts = array.data.map((text) => {
    const points = Array.from(text, (character) => character.codePointAt(0)!); // every character has a code point
    if (!points.every(isScalar))
      refuse(where, 'text', 'Unicode characters', text, 'it has half of a surrogate pair');
    if (points.at(-1) === 0) refuse(where, 'text', 'no zero character at its end', text);
    return points;
  });
  const longest = texts.reduce((most, { length }) => Math.max(most, length), 1);
  const body = new Uint32Array(longest * texts.length);
  for (const [i, points] of texts.entries()) body.set(points, longest * i);
  return { descr: `<U${longest}`, body: elementBytes(body) };
}

function checkLength({ shape, data }: AnyTensor, where: string): void {
  const count = countElements(where, 'array', shape);
  if (data.length !== count) refuse(where, 'array', `${count} elements for ${showShape(shape)}`, data.length);
}

export interface NpyHeader {
  /** The element type; STR for texts of `width` bytes each. */
  readonly dtype: FileDtype | 'STR';
  /** Bytes of one element. */
  readonly width: number;
  readonly bigEndian: boolean;
  readonly fortran: boolean;
  readonly shape: readonly number[];
  readonly count: number;
  /** Offset of the first element. */
  readonly start: number;
}

/** NumPy's letter and width of a type, without the byte order. */
const codeOf = (dtype: FileDtype): string => `${dtype[0].toLowerCase()}${widthOf(dtype)}`;

/** Meanings of unsupported letters, for the error. */
const refused: Readonly<Record<string, string>> = {
  O: 'a pickled object array',
  c: 'complex numbers',
  f: 'extended floats',
  S: 'byte strings',
  a: 'byte strings',
  V: 'a structured or raw array',
  M: 'dates',
  m: 'time spans',
};

const plain = 'save it with one of f2 f4 f8 i1 i2 i4 i8 u1 u2 u4 u8 b1 U';

/** Limit on the bytes of a header's text. NumPy's own limit is 10,000. */
const mostText = 2 ** 16;

/**
 * Reads the header of an .npy file, versions 1.0, 2.0 and 3.0.
 *
 * Layout: 93 "NUMPY", two bytes of version, the length of the text, and the text. The length has 2 bytes in version 1 and 4 in later
 * versions, little-endian. The text is a Python dict followed by white space: `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4),
 * }`.
 *
 * @throws InputError if the dict has other keys, or if the element type is unsupported; the message names the type
 */
export function readNpyHeader(bytes: Uint8Array, where: string): NpyHeader {
  const from = checkMagic(bytes, where);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = from === 10 ? view.getUint16(8, true) : view.getUint32(8, true);
  const most = Math.min(mostText, bytes.length - from);
  if (length > most)
    refuse(where, 'header length', `at most ${most} bytes`, length, 'the file is cut short or damaged');
  const text = new TextDecoder().decode(bytes.subarray(from, from + length));
  const { descr, fortran_order: fortran, shape } = dictOf(text, where);
  const fields = 'save each field as an array of its own';
  if (typeof descr !== 'string') refuse(where, 'descr', 'one element type', 'a structured array', fields);
  if (typeof fortran !== 'boolean') refuse(where, 'fortran_order', 'False or True', fortran);
  const sizes = shape as number[]; // `countElements` checks it
  const count = countElements(where, 'shape', sizes);
  return { ...parseDescr(descr, where), fortran, shape: sizes, count, start: from + length };
}

/** Parses a Python dict of descr, fortran_order and shape by rewriting it as JSON. */
function dictOf(text: string, where: string): Record<string, unknown> {
  const json = text
    .replaceAll("'", '"')
    .replaceAll('(', '[')
    .replaceAll(')', ']')
    .replace(/,\s*(?=[\]}])/g, '')
    .replace(/\b(True|False)\b/g, (word) => word.toLowerCase());
  const dict = Object(parseJson(json, `${where}: header`)) as Record<string, unknown>; // `Object` returns an object for any value
  const keys = Object.keys(dict).sort().join();
  // With a repeated key, there would be more than three colons.
  const isWhole =
    keys === 'descr,fortran_order,shape' && (Array.isArray(dict['descr']) || /^([^:]*:){3}[^:]*$/.test(text));
  if (!isWhole) refuse(where, 'header', 'descr, fortran_order and shape, each once', text.trim());
  return dict;
}

function checkMagic(bytes: Uint8Array, where: string): number {
  if (bytes[0] === 0x80) refuse(where, '.npy file', '93 "NUMPY" at the start', 'a Python pickle', plain);
  const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
  if (magic.some((byte, i) => bytes[i] !== byte))
    refuse(where, '.npy file', '93 "NUMPY" at the start', 'other bytes');
  const version = bytes[6];
  if (![1, 2, 3].includes(version) || bytes[7] !== 0)
    refuse(where, '.npy version', '1.0, 2.0 or 3.0 at byte 6', `${version}.${bytes[7]}`);
  const from = version === 1 ? 10 : 12;
  if (bytes.length < from)
    refuse(where, '.npy file', `at least ${from} bytes`, bytes.length, 'the file is cut short');
  return from;
}

function parseDescr(descr: string, where: string) {
  const [whole, order = '', letter = '', digits = ''] = /^([<>|])([A-Za-z])([0-9]{0,9})/.exec(descr) ?? [];
  const dtype = whole === descr ? fileDtypes.find((each) => codeOf(each) === letter + digits) : undefined;
  const bigEndian = order === '>';
  if (dtype !== undefined && (order !== '|' || digits === '1')) {
    return { dtype, width: Number(digits), bigEndian };
  }
  if (whole === descr && letter === 'U' && order !== '|' && Number(digits) > 0) {
    return { dtype: 'STR' as const, width: 4 * Number(digits), bigEndian };
  }
  const name = refused[letter];
  const got = name === undefined ? show(descr) : `${name} (${show(descr)})`;
  refuse(where, 'descr', 'a plain element type', got, plain);
}
