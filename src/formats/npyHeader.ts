import { refuse, show } from '../errors.ts';
import { Scanner } from './scanner.ts';
import { mostDimensions, type Dtype } from './tensor.ts';

/** What the head of an .npy file says. */
export interface NpyHeader {
  /** The element type; U16 with `half` for binary16, and STR for texts of `width` bytes each. */
  readonly dtype: Dtype | 'STR';
  readonly half: boolean;
  /** Bytes of one element. */
  readonly width: number;
  readonly bigEndian: boolean;
  readonly fortran: boolean;
  readonly shape: number[];
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

/** What the other letters mean, for the refusal. */
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

/**
 * Reads the head of an .npy file, versions 1.0, 2.0 and 3.0.
 *
 * Layout: 93 "NUMPY", two bytes of version, the length of the text (2 bytes in version 1, then 4; little-endian), and
 * the text, a Python dict: `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }` and white space.
 *
 * @throws InputError with the offset of the first byte that does not fit; pickled and structured arrays by their name.
 */
export function readNpyHeader(bytes: Uint8Array, where: string): NpyHeader {
  const from = checkMagic(bytes, where);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = from === 10 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > bytes.length - from) {
    const most = bytes.length - from;
    refuse(
      where,
      'header length',
      `at most ${most} bytes at byte 8`,
      length,
      'the file is cut short or damaged',
    );
  }
  const scanner = new Scanner(where, 'header', bytes, from, from + length);
  const { descr, fortran, shape } = takeDict(scanner, where);
  if (scanner.peek() !== '') scanner.fail('only white space after the dict');
  return { ...parseDescr(descr, where), fortran, shape, start: from + length };
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

function takeDict(scanner: Scanner, where: string) {
  const seen = new Set<string>();
  let descr = '';
  let fortran = false;
  const shape: number[] = [];
  scanner.list('{', '}', takeItem, true);
  if (seen.size < 3) scanner.fail('descr, fortran_order and shape before', scanner.at, [...seen].join());
  return { descr, fortran, shape };

  function takeSize() {
    if (shape.push(scanner.whole()) > mostDimensions) scanner.fail(`at most ${mostDimensions} dimensions`);
  }

  function takeItem() {
    scanner.peek();
    const at = scanner.at;
    const key = takeText(scanner);
    if (seen.has(key)) scanner.fail('each key once', at, `${key} again`);
    seen.add(key);
    scanner.expect(':');
    if (key === 'descr') descr = takeDescr(scanner, where);
    else if (key === 'fortran_order') fortran = takeTruth(scanner);
    else if (key === 'shape') scanner.list('(', ')', takeSize, true);
    else scanner.fail('descr, fortran_order or shape', at, key);
  }
}

function takeDescr(scanner: Scanner, where: string): string {
  const next = scanner.peek();
  if (next === '[' || next === '(' || next === '{') {
    refuse(
      where,
      'descr',
      'one element type',
      'a structured array',
      'save each field as an array of its own',
    );
  }
  return takeText(scanner);
}

/** A Python text in either quote, without escapes. */
function takeText(scanner: Scanner): string {
  return scanner.text(scanner.peek() === "'" ? "'" : '"', false);
}

function takeTruth(scanner: Scanner): boolean {
  if (scanner.take('True')) return true;
  if (!scanner.take('False')) scanner.fail('False or True');
  return false;
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
