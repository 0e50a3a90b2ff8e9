/** Every reader returns or refuses in one line, in time and in proportion to the file, whatever happened to the file. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/errors.ts';
import { runsOf } from '../support.ts';
import { checkReader } from './checkReader.ts';
import { readers, type Reader } from './readers.ts';

/**
 * FUZZ_SEED repeats a run, FUZZ_RUNS sets the number of files a reader:
 * `FUZZ_RUNS=100000 npx vitest run test/fuzz -t npz`.
 */
const seed = Number(process.env['FUZZ_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const runs = Number(process.env['FUZZ_RUNS'] ?? runsOf(2000));

describe('the table', () => {
  it('names each reader once', () => {
    expect(new Set(readers.map(({ name }) => name)).size).toBe(readers.length);
  });

  it('has every reader of src/formats, but for those that only others of them call', () => {
    const inner =
      'crc32 isGzip readIdxHead readZipHead parseJsonBytes readNpyHeader readChunks decodeTensor decodeNpy listZip readZipEntry readModel'.split(
        ' ',
      );
    const formats = new URL('../../src/formats/', import.meta.url);
    const exported = readdirSync(formats).flatMap((name) =>
      [
        ...readFileSync(new URL(name, formats), 'utf8').matchAll(
          /^export function (\w+)\((?:\w*bytes|source)\b/gm,
        ),
      ].map(([, reader]) => reader!),
    );
    expect(exported.length).toBeGreaterThan(15);
    const table = readFileSync(new URL('readers.ts', import.meta.url), 'utf8');
    const isThere = (reader: string): boolean => inner.includes(reader) || table.includes(`${reader}(file`);
    expect(exported.filter((reader) => !isThere(reader))).toEqual([]);
  });
});

describe.each(readers)('$name', (reader) => {
  it('reads its samples', () => {
    const samples = reader.samples();
    expect(samples).not.toHaveLength(0);
    for (const sample of samples) expect(() => reader.read(sample)).not.toThrow();
  });

  it('returns or refuses in one line, whatever happened to the file', { timeout: 600_000 }, () => {
    checkReader(reader, { seed, runs });
  });
});

/** Readers that the harness must catch. */
const samples = () => [Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)];
const careless: Reader = { name: 'careless', samples, read: (file) => file[5]!.toFixed(0) };
const refusing = (message: string): Reader => ({
  name: 'refusing',
  samples,
  read: () => {
    throw new InputError(message);
  },
});
const slow: Reader = {
  name: 'slow',
  samples,
  read: () => {
    const start = process.cpuUsage();
    for (let spent = 0; spent < 3000;) {
      const { user, system } = process.cpuUsage(start);
      spent = user + system;
    }
  },
};
const bytesOf = (length: number) => new Uint8Array(length);
const greedy: Reader = {
  name: 'greedy',
  samples,
  read: () => {
    for (let k = 0; k < 60; k++) bytesOf(2 ** 17);
  },
};
const hoarding: Reader = {
  name: 'hoarding',
  samples,
  read: () => Array.from({ length: 2 ** 17 }, () => ({})),
};

describe('the harness', () => {
  it('catches a reader that throws another error, and says how to repeat it', () => {
    expect(() => checkReader(careless, { seed: 7, runs: 300 })).toThrow(
      /FUZZ_SEED=7 FUZZ_RUNS=300 npx vitest run test\/fuzz -t 'careless'[^]*not an InputError: TypeError/,
    );
  });

  it('catches a message of two lines, one that turns its direction, and one that is too long', () => {
    expect(() => checkReader(refusing('one\ntwo'), { seed: 7, runs: 1 })).toThrow(/more than a line/);
    expect(() => checkReader(refusing('one\u202etwo'), { seed: 7, runs: 1 })).toThrow(/not printable/);
    expect(() => checkReader(refusing('x'.repeat(401)), { seed: 7, runs: 1 })).toThrow(/too long/);
  });

  it('catches a reader that takes too long', () => {
    expect(() => checkReader(slow, { seed: 7, runs: 1, mostSeconds: 0.002 })).toThrow(/took 0\.\d+ s/);
  });

  it.each([greedy, hoarding])('catches a reader that is $name, though nothing is left of it', (reader) => {
    expect(() => checkReader(reader, { seed: 7, runs: 1 })).toThrow(/took \d+ bytes for a file of \d+/);
  });
});
