import { checkOneOf, refuse, show } from '../errors.ts';
import { Scanner } from './scanner.ts';
import { dtypes, mostDimensions, type Dtype } from './tensor.ts';

/** What the header says of one tensor; the range is in bytes of the data. */
export interface Entry {
  readonly name: string;
  readonly dtype: Dtype | 'F16';
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/** The most tensors, and the most texts: each takes up to ten times the memory that its entry has bytes. */
const mostEntries = 2 ** 12;

const readable: readonly (Dtype | 'F16')[] = [...dtypes, 'F16'];

/**
 * Reads the JSON header of a safetensors file, the bytes from `start` to `end`:
 * `{"__metadata__":{text: text …}, name: {"dtype": text, "shape": [whole …], "data_offsets": [whole, whole]} …}`.
 *
 * It knows no other JSON, and refuses a name that occurs twice, which JSON.parse would hide.
 *
 * @throws InputError with the offset of the first byte that does not fit.
 */
export function readHeader(bytes: Uint8Array, start: number, end: number, where: string) {
  const scanner = new Scanner(where, 'header', bytes, start, end);
  const entries: Entry[] = [];
  const names = new Set<string>();
  let metadata: Record<string, string> = Object.create(null);
  scanner.list('{', '}', () => {
    const name = takeKey(scanner, names);
    if (name === '__metadata__') metadata = takeTexts(scanner);
    else entries.push(takeEntry(scanner, name, where));
  });
  if (scanner.peek() !== '') scanner.fail('only spaces after the closing brace');
  return { entries, metadata };
}

/** Takes `"name":`, where the name must not be in `seen`. */
function takeKey(scanner: Scanner, seen: Set<string>): string {
  scanner.peek();
  const at = scanner.at;
  const name = scanner.json();
  if (seen.has(name)) scanner.fail('each name once', at, `${show(name)} again`);
  if (seen.size === mostEntries) scanner.fail(`at most ${mostEntries} names`, at, 'more');
  seen.add(name);
  scanner.expect(':');
  return name;
}

function takeTexts(scanner: Scanner): Record<string, string> {
  const texts: Record<string, string> = Object.create(null);
  const seen = new Set<string>();
  scanner.list('{', '}', () => {
    const key = takeKey(scanner, seen);
    texts[key] = scanner.json();
  });
  return texts;
}

function takeEntry(scanner: Scanner, name: string, where: string): Entry {
  const seen = new Set<string>();
  let dtype = '';
  let shape: number[] = [];
  let range: number[] = [];
  scanner.list('{', '}', () => {
    scanner.peek();
    const at = scanner.at;
    const key = takeKey(scanner, seen);
    if (key === 'dtype') dtype = scanner.json();
    else if (key === 'shape') shape = takeWholes(scanner);
    else if (key === 'data_offsets') range = takeWholes(scanner);
    else scanner.fail('dtype, shape or data_offsets', at, show(key));
  });
  if (seen.size < 3)
    scanner.fail(`dtype, shape and data_offsets of ${show(name)} before`, scanner.at, [...seen].join());
  const [begin, end] = range;
  if (begin === undefined || end === undefined || range.length > 2 || begin > end) {
    refuse(where, `data_offsets of ${show(name)}`, '[begin, end] with begin <= end', range);
  }
  return { name, dtype: checkOneOf(where, `dtype of ${show(name)}`, dtype, readable), shape, begin, end };
}

function takeWholes(scanner: Scanner): number[] {
  const wholes: number[] = [];
  scanner.list('[', ']', () => {
    if (wholes.push(scanner.whole()) > mostDimensions) scanner.fail(`at most ${mostDimensions} dimensions`);
  });
  return wholes;
}
