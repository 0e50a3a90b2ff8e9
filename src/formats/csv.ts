/** CSV tables: one line per sample, optionally after a line of names. */
import { ranges } from '../../spec/random.ts';
import { InputError, refuse, show } from '../errors.ts';
import { endOfLine, forEachCell, isBlank, numberOf, plainNumber, textOf } from './csvCells.ts';

export interface CsvImages {
  /** Number of values per sample. */
  readonly size: number;
  readonly count: number;
  /**
   * A `Uint8Array` of whole numbers 0 … 255, a `Float32Array` of intensities with fractions, or a `Float64Array` of numbers in
   * any unit.
   */
  readonly values: Uint8Array | Float32Array | Float64Array;
  /** The value that means intensity 1. For numbers in any unit: 1. For others: 255 if some value exceeds 1, else 1. */
  readonly unit: 255 | 1;
  readonly labels?: Float32Array;
  /** If the labels are words: the names of the classes 0, 1, …, sorted. */
  readonly classes?: readonly string[];
  /** The names of the columns of values. Absent without a line of names, or if the names are numbers. */
  readonly names?: readonly string[] | undefined;
}

/** Names of the column of labels, in upper or lower case. */
const labelNames = ['label', 'labels', 'class', 'target', 'y'];

/** The expected values of a table with fractions. Fractions that were read as bytes 0 … 255 would hardly cause spikes. */
const fractionsExpected = 'a value from 0 to 1, since values with fractions are not bytes 0 … 255';
const scaleHint = '`train --scale columns` scales each column (gray values: divide by 255)';

/** The greatest label: a network has at most 65,536 classes. */
export const mostLabel = 65535;
const labelsHint = 'labels are all numbers or all words';
const nameHint = 'put a line of names first, with `label` over that column';
/** Limit on the bytes of a label that is a word. */
const longestLabel = 100;

/** Limit on the columns: the inputs of the largest network, a label, and an index. */
const mostColumns = ranges.index + 3;

/**
 * Reads a table of numbers with optional labels. Labels are words in every line, or whole numbers. They are in a column with a
 * name such as `label`. Without such a name, they are in the first or the last column; numbers there need at least two
 * different values. If both columns are possible, exactly one must contain every class from 0 on.
 *
 * @param inputs values per sample, if known. A table with this number of columns has no labels; a table with one more column
 * has labels
 * @param rawness decides whether all finite values are allowed, from the number of values per sample and whether all are gray
 * values
 * @throws InputError with the line and the column
 */
export function readCsv(
  bytes: Uint8Array,
  where: string,
  inputs?: number,
  rawness: (size: number, areGray: boolean) => boolean = () => false,
): CsvImages {
  const head = readHead(bytes, where);
  const columns = head.columns - head.skip;
  const isBare = columns === inputs && head.label === undefined;
  if (columns < 2 && !isBare)
    refuse(where, 'line 1', 'a label and values, with commas between them', counted(columns, 'column'));
  const fitting = `${inputs} values per line, as the network takes, with or without a label`;
  if (inputs !== undefined && !isBare && columns !== inputs + 1)
    refuse(where, 'table', fitting, counted(columns, 'column'));
  const ends = isBare ? [] : head.label === undefined ? [0, columns - 1] : [head.label];
  const words = [...ends].reverse().find((column) => isWord(head.sample[column + head.skip]));
  const candidates = words === undefined ? ends : [words];
  /** The class of each label in words: first in the order of the file, then in that of the names. */
  const classOf = new Map<string, number>();
  const labelled = { words, classOf };
  // For each column: its range including 0, and whether all its numbers are whole.
  const [low, high] = [new Float64Array(columns), new Float64Array(columns)];
  const wholes = new Uint8Array(columns).fill(1);
  /** For each column that may have labels, its different values, up to the maximum number of classes plus 1. */
  const different = new Map(candidates.map((column) => [column, new Set<number>()]));
  let count = 0;
  scan(bytes, where, head, labelled, (row) => {
    for (let column = 0; column < columns; column++) {
      const value = row[column];
      // A number that overflows has no fraction.
      if (!Number.isInteger(value) && value !== Infinity) wholes[column] = 0;
      if (value < low[column]) low[column] = value;
      if (value > high[column]) high[column] = value;
    }
    for (const [column, seen] of different) if (seen.size <= mostLabel + 1) seen.add(row[column]);
    count++;
  });
  if (count === 0) refuse(where, 'table', 'one line per sample', 'none');
  const labelOf = (): number => {
    const able = [...different].filter(
      ([column, { size }]) => wholes[column] && low[column] >= 0 && high[column] < Infinity && size > 1,
    );
    const found = able.length < 2 ? able : able.filter(([column, { size }]) => size === high[column] + 1);
    if (found.length === 1) return found[0][0];
    const other = inputs === undefined ? '' : ', or leave the labels out';
    const got = able.length === 0 ? 'labels in neither' : 'what may be labels in both';
    refuse(where, 'table', `labels 0, 1, 2, … in column 1 or ${columns}`, got, `${nameHint}${other}`);
  };
  const label = isBare ? undefined : (head.label ?? words ?? labelOf());
  const isOfValues = (_: number, column: number): boolean => column !== label;
  const isWhole = wholes.filter(isOfValues).every(Boolean);
  const most = high.filter(isOfValues).reduce((one, other) => Math.max(one, other), 0);
  const least = low.filter(isOfValues).reduce((one, other) => Math.min(one, other), 0);
  const size = columns - (label === undefined ? 0 : 1);
  const areBytes = isWhole && most <= 255;
  const isRaw = rawness(size, areBytes && least >= 0 && most > 1);
  const values = new (isRaw ? Float64Array : areBytes ? Uint8Array : Float32Array)(count * size);
  const labels = new Float32Array(label === undefined ? 0 : count);
  const greatest = isWhole ? 255 : 1;
  const ofPictures = isWhole ? 'a value from 0 to 255, or from 0 to 1' : fractionsExpected;
  const expected = isRaw ? 'a finite number' : ofPictures;
  const classes = [...classOf.keys()].sort();
  for (const [rank, name] of classes.entries()) classOf.set(name, rank);
  let [at, sample] = [0, 0];
  scan(bytes, where, head, labelled, (row, line) => {
    const fail = (column: number, what: string, next?: string): never =>
      refuse(where, positionText(line, column + head.skip), what, row[column], next);
    for (let column = 0; column < columns; column++) {
      const value = row[column];
      if (column === label) {
        const isClass = Number.isInteger(value) && value >= 0 && value <= mostLabel;
        if (!isClass) fail(column, `a label, a whole number from 0 to ${mostLabel}`);
        labels[sample++] = value;
      } else {
        const isRight = isRaw ? Number.isFinite(value) : value >= 0 && value <= greatest;
        if (!isRight) fail(column, expected, isRaw ? undefined : scaleHint);
        values[at++] = value;
      }
    }
  });
  const named = head.names?.filter((_, column) => column !== label);
  const names = named?.some((name) => isWord(name)) ? named : undefined;
  const table = { size, count, values, unit: most > 1 && !isRaw ? 255 : 1, names } as const;
  if (label === undefined) return table;
  return { ...table, labels, ...(words !== undefined && { classes }) };
}

/** The first line. */
interface Head {
  /** The byte and the line (from 1) at which the numbers begin. */
  readonly start: number;
  readonly line: number;
  readonly columns: number;
  /** 1 if the first column is an index without a name, as pandas writes it. */
  readonly skip: 0 | 1;
  /** The column whose name is in {@link labelNames}, not counting the skipped column. */
  readonly label: number | undefined;
  /** The cells of the first sample, including the cell of the skipped column. */
  readonly sample: readonly string[];
  /** The names of the columns, without the skipped column. */
  readonly names?: readonly string[];
}

function readHead(bytes: Uint8Array, where: string): Head {
  // Skips a byte order mark.
  let start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  let line = 1;
  while (start < bytes.length && isBlank(bytes, start, endOfLine(bytes, start))) {
    start = endOfLine(bytes, start) + 1;
    line++;
  }
  if (start >= bytes.length) refuse(where, 'table', 'one line per sample', 'an empty file');
  const end = endOfLine(bytes, start);
  const cells = cellsOf(bytes, start, end, `${where}: "line ${line}"`);
  const [columns, first] = [cells.length, cells[0]];
  if (columns === 1 && /[;\t]/.test(first))
    refuse(where, `line ${line}`, 'commas between the columns', show(first), 'save it with commas');
  let next = end + 1;
  while (next < bytes.length && isBlank(bytes, next, endOfLine(bytes, next)))
    next = endOfLine(bytes, next) + 1;
  // The only line of a file stands for the line below it: it is a sample if its one text is no name of labels.
  const below = next < bytes.length ? cellsOf(bytes, next, endOfLine(bytes, next), where) : cells;
  const isAgain = (column: number): boolean => occurs(cells[column], bytes, next, column);
  if (!isNames(cells, below, isAgain))
    return { start, line, columns, skip: 0, label: undefined, sample: cells };
  const skip = first === '' ? 1 : 0;
  const [label, second] = [...cells.keys()].filter((column) => isLabelName(cells[column]));
  if (second !== undefined) {
    const got = `${cells[label]} in column ${label + 1} and ${cells[second]} in column ${second + 1}`;
    refuse(where, `line ${line}`, 'one column of labels', got, 'leave out or rename the other');
  }
  return {
    start: end + 1,
    line: line + 1,
    columns,
    skip,
    label: label === undefined ? undefined : label - skip,
    sample: below,
    names: cells.slice(skip),
  };
}

/** Whether `text` occurs in a column, in the lines from byte `start` on. */
function occurs(text: string, bytes: Uint8Array, start: number, column: number): boolean {
  let isThere = false;
  for (let at = start; at < bytes.length && !isThere; at = endOfLine(bytes, at) + 1) {
    let index = 0;
    forEachCell(bytes, at, endOfLine(bytes, at), (from, to) => {
      if (index++ === column) isThere = textOf(bytes, from, to) === text;
    });
  }
  return isThere;
}

const isLabelName = (text: string): boolean => labelNames.includes(text.toLowerCase());
const isWord = (text = ''): boolean => text !== '' && Number.isNaN(numberOf(text));

/**
 * Whether the first line has the names of the columns: texts, or numbers that count the columns. Otherwise it is a sample,
 * whose label may be a word.
 *
 * @param isAgain whether the text in a column occurs in a later line too, as labels do
 */
function isNames(
  cells: readonly string[],
  below: readonly string[],
  isAgain: (column: number) => boolean,
): boolean {
  const ends = [0, cells.length - 1].filter((column) => Number.isNaN(numberOf(cells[column])));
  if (ends.length === 0) return cells.length > 4 && cells.every((text, column) => text === String(column));
  const [end] = ends;
  const numbers = cells.filter((_, column) => column !== end).map(numberOf);
  const isSample = isWord(cells[end]) && !isLabelName(cells[end]) && isWord(below[end]);
  if (numbers.length === 0 || numbers.some(Number.isNaN) || !isSample) return true;
  const doCount = numbers.length > 1 && numbers.every((value, k) => value === numbers[0] + k);
  return doCount && !isAgain(end);
}

function cellsOf(bytes: Uint8Array, start: number, end: number, where: string): string[] {
  const cells: string[] = [];
  forEachCell(bytes, start, end, (from, to) => {
    if (cells.push(textOf(bytes, from, to)) > mostColumns)
      throw new InputError(`${where} expected at most ${mostColumns} columns, got more`);
  });
  return cells;
}

/**
 * Calls `take` for each line, with its values (without the skipped column) and its number.
 *
 * @param labelled.words the column whose labels are words, if any
 * @param labelled.classOf the number of each word; new words are added
 */
function scan(
  bytes: Uint8Array,
  where: string,
  head: Head,
  { words, classOf }: { readonly words: number | undefined; readonly classOf: Map<string, number> },
  take: (row: Float64Array, line: number) => void,
): void {
  const { columns, skip } = head;
  const row = new Float64Array(columns - skip);
  for (let start = head.start, end = 0, { line } = head; start < bytes.length; start = end + 1, line++) {
    end = endOfLine(bytes, start);
    if (isBlank(bytes, start, end)) continue;
    let column = 0;
    const fail = (expected: string, got: unknown, next?: string): never =>
      refuse(where, positionText(line, column), expected, got, next);
    const idOf = (text: string, length: number): number => {
      if (!isWord(text)) fail('a label in words', text || 'an empty cell', labelsHint);
      if (length > longestLabel) fail(`a label of at most ${longestLabel} bytes`, length);
      const id = classOf.get(text) ?? classOf.size;
      if (id > mostLabel) fail(`at most ${mostLabel + 1} classes`, 'another label', nameHint);
      classOf.set(text, id);
      return id;
    };
    forEachCell(bytes, start, end, (from, to) => {
      const index = column - skip;
      const plain = plainNumber(bytes, from, to);
      if (index === words) row[index] = idOf(textOf(bytes, from, to), to - from);
      else if (index >= 0 && index < row.length) {
        row[index] = Number.isNaN(plain) ? numberOf(textOf(bytes, from, to)) : plain;
        if (Number.isNaN(row[index])) {
          const text = show(textOf(bytes, from, to));
          const isLabel = [head.label ?? 0, head.label ?? row.length - 1].includes(index);
          fail('a number', text || 'an empty cell', isLabel && text !== '' ? labelsHint : undefined);
        }
      }
      column++;
    });
    if (column !== columns)
      refuse(where, `line ${line}`, `${counted(columns, 'column')}, as the first line has`, column);
    take(row, line);
  }
}

/** The text of a position. Its line and its column count from 1. The argument `line` counts from 1, `column` from 0. */
const positionText = (line: number, column: number): string => `line ${line}, column ${column + 1}`;

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
