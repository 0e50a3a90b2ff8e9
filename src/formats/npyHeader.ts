import { refuse, show } from '../errors.ts';
import { parseJson } from './json.ts';
import { countElements, type Dtype } from './tensor.ts';

/** The head of an .npy file. */
export interface NpyHeader {
  /** The element type; U16 with `half` for binary16, and STR for texts of `width` bytes each. */
  readonly dtype: Dtype | 'STR';
  readonly half: boolean;
  /** Bytes of one element. */
  readonly width: number;
  readonly bigEndian: boolean;
  readonly fortran: boolean;
  readonly shape: readonly number[];
  /** Number of elements. */
  readonly count: number;
  /** Offset of the first element. */
  readonly start: number;
}

/** NumPy's type letters and widths, without the order of bytes. */
const known: Readonly<Record<string, Dtype>> = {
  f2: 'U16',
  f4: 'F32',
  f8: 'F64',
  i1: 'I8',
  u1: 'U8',
  i2: 'I16',
  u2: 'U16',
  i4: 'I32',
  u4: 'U32',
  i8: 'I64',
  u8: 'U64',
  b1: 'BOOL',
};

/** The `descr` of a written array. Halves are read, but not written. */
export function descrOf(dtype: Dtype): string {
  const code = Object.keys(known).find((each) => known[each] === dtype && each !== 'f2')!; // it has all
  return `${code.endsWith('1') ? '|' : '<'}${code}`;
}

/** Meanings of the other letters, for the error. */
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

/** The most bytes of the text in a head; NumPy itself reads 10,000. */
const mostText = 2 ** 16;

/**
 * Reads the head of an .npy file, versions 1.0, 2.0 and 3.0.
 *
 * Layout: 93 "NUMPY", two bytes of version, the length of the text (2 bytes in version 1, then 4;
 * little-endian), and the text, a Python dict: `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`
 * and white space.
 *
 * @throws InputError for another dict, and for pickled and structured arrays, which the error names.
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
  if (typeof descr !== 'string')
    refuse(
      where,
      'descr',
      'one element type',
      'a structured array',
      'save each field as an array of its own',
    );
  if (typeof fortran !== 'boolean') refuse(where, 'fortran_order', 'False or True', fortran);
  const count = countElements(where, 'shape', shape as number[]); // it checks that
  return {
    ...parseDescr(descr, where),
    fortran,
    shape: shape as number[], // as checked
    count,
    start: from + length,
  };
}

/** A Python dict of these three, written as JSON. */
function dictOf(text: string, where: string): Record<string, unknown> {
  const json = text
    .replaceAll("'", '"')
    .replaceAll('(', '[')
    .replaceAll(')', ']')
    .replace(/,\s*(?=[\]}])/g, '')
    .replace(/\b(True|False)\b/g, (word) => word.toLowerCase());
  const dict = Object(parseJson(json, `${where}: header`)) as Record<string, unknown>; // any value
  const keys = Object.keys(dict).sort().join();
  // A repeated key would add a colon.
  const isWhole =
    keys === 'descr,fortran_order,shape' && (Array.isArray(dict['descr']) || /^([^:]*:){3}[^:]*$/.test(text));
  if (!isWhole) refuse(where, 'header', 'descr, fortran_order and shape, each once', text.trim());
  return dict;
}

/** Checks magic and version and returns the offset of the text. */
function checkMagic(bytes: Uint8Array, where: string): number {
  if (bytes[0] === 0x80) refuse(where, '.npy file', '93 "NUMPY" at the start', 'a Python pickle', plain);
  const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
  if (magic.some((byte, i) => bytes[i] !== byte))
    refuse(where, '.npy file', '93 "NUMPY" at the start', 'other bytes');
  const version = bytes[6];
  if ((version !== 1 && version !== 2 && version !== 3) || bytes[7] !== 0) {
    refuse(where, '.npy version', '1.0, 2.0 or 3.0 at byte 6', `${bytes[6]}.${bytes[7]}`);
  }
  const from = version === 1 ? 10 : 12;
  if (bytes.length < from)
    refuse(where, '.npy file', `at least ${from} bytes`, bytes.length, 'the file is cut short');
  return from;
}

function parseDescr(descr: string, where: string) {
  const [whole, order = '', letter = '', digits = ''] = /^([<>|])([A-Za-z])([0-9]{0,9})/.exec(descr) ?? [];
  const dtype = whole === descr ? known[letter + digits] : undefined;
  const bigEndian = order === '>';
  if (dtype !== undefined && (order !== '|' || digits === '1')) {
    return { dtype, half: letter === 'f' && digits === '2', width: Number(digits), bigEndian };
  }
  if (whole === descr && letter === 'U' && order !== '|' && Number(digits) > 0) {
    return { dtype: 'STR' as const, half: false, width: 4 * Number(digits), bigEndian };
  }
  const name = refused[letter];
  refuse(
    where,
    'descr',
    'a plain element type',
    name === undefined ? show(descr) : `${name} (${show(descr)})`,
    plain,
  );
}
