/** A reader of a mutated file returns, or throws an error of one line. Its time and memory are in proportion to the file. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/errors.ts';
import { drawing } from '../support.ts';
import { checkReader } from './checkReader.ts';
import { readers, type Reader } from './readers.ts';

describe('the table', () => {
  it('names each reader once', () => {
    expect(new Set(readers.map(({ name }) => name)).size).toBe(readers.length);
  });

  it('has every reader of src/formats, but for those that only others of them call', () => {
    const inner =
      'crc32 isGzip decodeUtf8 wholeIn wholesIn readZipHead readZipChunks parseJsonBytes readNpyHeader readChunks decodeNpy listZip readZipEntry readModel readHdf5';
    const formats = new URL('../../src/formats/', import.meta.url);
    const exported = readdirSync(formats).flatMap((name) =>
      Array.from(
        readFileSync(new URL(name, formats), 'utf8').matchAll(
          /^export function (\w+)\(\s*(?:\w*bytes|source)\b/gm,
        ),
        ([, reader]) => reader!,
      ),
    );
    expect(exported.length).toBeGreaterThan(15);
    const [, table] = readFileSync(new URL('readers.ts', import.meta.url), 'utf8').split(
      'export const readers',
    );
    const known = new Set(`${inner} ${table}`.match(/\w+/g));
    expect(exported.filter((reader) => !known.has(reader))).toEqual([]);
  });
});

describe.each(readers)('$name', (reader) => {
  it('reads its samples', () => {
    const samples = reader.samples();
    expect(samples).not.toHaveLength(0);
    for (const sample of samples) expect(() => reader.read(sample)).not.toThrow();
  });

  it('returns or refuses in one line, whatever happened to the file', { timeout: 600_000 }, () => {
    checkReader(reader, drawing(2000));
  });
});

/** Faulty readers, and the message with which the check reports each. */
const faulty: Record<string, [Reader['read'], RegExp, mostSeconds?: number]> = {
  'throws another error': [(file) => file[5]!.toFixed(0), /not an InputError: TypeError/],
  ...Object.fromEntries(
    ['one\ntwo', 'one\u2028two', 'one\u202etwo', 'x'.repeat(401)].map((message) => [
      `throws ${JSON.stringify(message)}`,
      [() => refuse(message), /not one short printable line/],
    ]),
  ),
  'takes buffers': [() => Array.from({ length: 60 }, () => new Uint8Array(2 ** 17).length), /took \d+ bytes/],
  'takes objects': [() => Array.from({ length: 2 ** 17 }, () => ({})), /took \d+ bytes for a file of \d+/],
  'takes too long': [spendTime, /took 0\.\d+ s/, 0.002],
};

function refuse(message: string): never {
  throw new InputError(message);
}
function spendTime(): void {
  const start = process.cpuUsage();
  for (let spent = 0; spent < 3000;) {
    const { user, system } = process.cpuUsage(start);
    spent = user + system;
  }
}

it.each(Object.entries(faulty))('catches a reader that %s', (_, [read, expected, mostSeconds]) => {
  const samples = () => [Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)];
  const check = () => checkReader({ name: 'bad', read, samples }, { seed: 7, numRuns: 300 }, mostSeconds);
  expect(check).toThrow(expected);
});
