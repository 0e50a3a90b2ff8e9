/**
 * What reading costs a process, measured from outside: at most 100 MB and four times the larger of the file and what is needed of it at
 * once, and 10 s of the processor.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { writeNpz } from '../../src/formats/npz.ts';
import { writeZip } from '../../src/formats/zipWriter.ts';
import { writePng } from '../../src/formats/png.ts';
import { writeSafetensors } from '../../src/formats/safetensors.ts';
import type { AnyTensor } from '../../src/formats/tensor.ts';
import { ascii, concat, idxFile, pngChunk, pngFile, u32le } from '../fuzz/samples.ts';
import { isWhole } from '../support.ts';
import { costly, file, noise as long, type Case } from './costlyFiles.ts';
import { fresh, start } from './process.ts';

/**
 * Writes at its end what a process took: bytes of memory and seconds of the processor. Not `maxRSS`, which begins with the memory of the
 * process that started it.
 */
const measure = `${fresh('measure')}.cjs`;
writeFileSync(
  measure,
  `process.on('exit', () => {
  const { readFileSync, writeFileSync } = require('node:fs');
  const [, kilobytes] = /^VmHWM:\\s+(\\d+) kB$/m.exec(readFileSync('/proc/self/status', 'latin1'));
  const { user, system } = process.cpuUsage();
  writeFileSync(process.env.MEASURED, JSON.stringify([1024 * kilobytes, (user + system) / 1e6]));
});`,
);

async function costOf(
  args: readonly string[],
): Promise<{ code: number | null; err: string; bytes: number; seconds: number }> {
  const path = fresh('measured');
  const env = { MEASURED: path, NODE_OPTIONS: `--require=${measure}` };
  const { code, err } = await start(args, { env }).ended;
  expect(err.length, err).toBeLessThan(1000);
  const [bytes, seconds] = JSON.parse(readFileSync(path, 'utf8')) as [number, number];
  return { code, err, bytes, seconds };
}

const noise = long.subarray(0, 2 ** 23);
const u8 = (shape: readonly number[], data: Uint8Array): AnyTensor => ({ dtype: 'U8', shape, data });
const lists = (count: number): string => `[${'[],'.repeat(count)}[]]`;
const tensor = { a: { dtype: 'F32', shape: [1], data: new Float32Array(1) } } as const;

/** Pictures of two classes, `count` in all. */
function pictures(count: number, make: (k: number) => Uint8Array): string {
  const folder = fresh('pictures');
  for (const name of ['a', 'b']) mkdirSync(join(folder, name), { recursive: true });
  for (let k = 0; k < count; k++) writeFileSync(join(folder, 'ab'[k % 2]!, `${k}.png`), make(k));
  return folder;
}

/** The four files; behind the images are `more` bytes of zeros. */
function idx(images: number, more: number): string {
  const folder = fresh('idx');
  mkdirSync(folder);
  for (const part of ['train', 't10k']) {
    const data = new Uint8Array(images * 784 + more);
    writeFileSync(join(folder, `${part}-images-idx3-ubyte.gz`), gzipSync(idxFile([images, 28, 28], data)));
    writeFileSync(join(folder, `${part}-labels-idx1-ubyte`), idxFile([images], new Uint8Array(images)));
  }
  return folder;
}

/** Images and labels in an .npz. */
function arraysOf(pixels: Uint8Array): string {
  const count = pixels.length / 784;
  const labels = u8([count], new Uint8Array(count));
  return file('a.npz', writeNpz(Object.entries({ images: u8([count, 28, 28], pixels), labels })));
}

/** A zip archive of empty files, as no writer here makes it. */
function zipOfEmpty(count: number): Uint8Array {
  const [local, central] = [new Uint8Array(35 * count), new Uint8Array(51 * count)];
  const one = writeZip([['00000', new Uint8Array(0)]], false);
  for (let k = 0; k < count; k++) {
    const name = ascii(`${k}`.padStart(5, '0'));
    local.set(one.subarray(0, 30), 35 * k);
    local.set(name, 35 * k + 30);
    central.set(one.subarray(35, 35 + 42), 51 * k);
    central.set(u32le(35 * k), 51 * k + 42);
    central.set(name, 51 * k + 46);
  }
  const end = one.slice(-22);
  end.set([count & 255, count >> 8, count & 255, count >> 8], 8);
  end.set([...u32le(central.length), ...u32le(local.length)], 12);
  return concat(local, central, end);
}

/** A safetensors file with a text for a network. */
const described = (text: string): string =>
  file('a.safetensors', writeSafetensors(tensor, { 'asf-bp': '1', network: text }));
const wide = {
  input: { channels: 1, height: 256, width: 256 },
  timeWindow: 4096,
  threshold: 1,
  layers: [
    { kind: 'convolution', channels: 200, kernel: 1 },
    { kind: 'linear', units: 2 },
  ],
};

const cases: readonly Case[] = [
  [
    '4,000 blank pictures',
    () => ['show', pictures(4000, () => writePng(28, 28, new Uint8Array(784))), '0'],
    undefined,
    4000 * 784,
  ],
  [
    '4,000 pictures of noise',
    () => ['show', pictures(4000, (k) => writePng(28, 28, noise.subarray(k, k + 784))), '0'],
    undefined,
    4000 * 900,
  ],
  [
    'a picture of 4096 × 4096',
    () => ['predict', 'models/tiny', file('a.png', writePng(4096, 4096, new Uint8Array(2 ** 24)))],
    undefined,
    2 ** 24,
  ],
  [
    'a picture that claims as much',
    () => [
      'predict',
      'models/tiny',
      file('a.png', pngFile({ width: 4096, height: 4096, depth: 8, colour: 0, raw: [0] })),
    ],
    /got 4096 x 4096|at most \d+ for/,
    0,
  ],
  [
    'a picture in 700,000 chunks',
    () => {
      const empty = pngChunk('IDAT', []);
      const all = new Uint8Array(7e5 * empty.length).map((_, k) => empty[k % empty.length]!);
      const picture = pngFile({ width: 28, height: 28, depth: 8, colour: 0, raw: Array(28 * 29).fill(0) });
      // Behind the signature and the header.
      return [
        'predict',
        'models/tiny',
        file('a.png', concat(picture.subarray(0, 33), all, picture.subarray(33))),
      ];
    },
    /at most 65536 chunks/,
    84e5,
  ],
  [
    'an archive of 60,000 arrays',
    () => ['show', file('a.npz', zipOfEmpty(60_000)), '0'],
    /at most 4096 files/,
    48e5,
  ],
  // Both parts are read.
  ['10,000 images of a compressed IDX', () => ['show', idx(10_000, 0), '0'], undefined, 2 * 10_000 * 784],
  ['100 images, and 100 MB behind them', () => ['show', idx(100, 1e8), '0'], /IDX|uncompressed size/, 1e6],
  [
    'an array that nobody asked for',
    () => [
      'predict',
      'models/tiny',
      file(
        'a.npz',
        writeNpz([
          ['images', u8([1, 28, 28], new Uint8Array(784))],
          ['junk', u8([2 ** 26], new Uint8Array(2 ** 26))],
        ]),
      ),
    ],
    undefined,
    2 ** 19,
  ],
  [
    'images of noise',
    () => ['show', arraysOf(noise.subarray(0, 784 * Math.floor(noise.length / 784))), '0'],
    undefined,
    noise.length,
  ],
  [
    'ten samples of an array of 157 MB',
    () => {
      const ten = ['--limit', '10', '--threads', '1'];
      return ['evaluate', 'models/tiny', '--dataset', arraysOf(new Uint8Array(784 * 200_000)), ...ten];
    },
    undefined,
    // The labels of all, and a backend.
    1e7,
  ],
  ['a table of 8 MB', () => ['show', file('a.csv', '0,1,2\n1,0,3\n'.repeat(7e5)), '0'], undefined, 84e5],
  ['a table of one row', () => ['show', file('a.csv', `0${',1'.repeat(4e6)}\n`), '0'], /columns/, 8e6],
  ['JSON in the metadata', () => ['check', described(lists(3e6))], /"JSON" expected at most/, 9e6],
  ['a nest in the metadata', () => ['info', described('['.repeat(5e6))], /"JSON" expected at most/, 5e6],
  [
    'lists as a network',
    () => ['train', '--model', file('a.json', lists(7e6)), '--out', fresh()],
    /"JSON" expected at most/,
    21e6,
  ],
  [
    'JSON of many numbers',
    () => ['check', file('a.json', `{"network":{},"arrays":{"output":[1${',1'.repeat(8e6)}]}}`)],
    /"JSON" expected at most/,
    16e6,
  ],
  [
    'JSON of objects, as long as it may be',
    () => ['check', file('a.json', `{"network":{},"arrays":{"output":[1${',{}'.repeat(174_000)}]}}`)],
    /number 1|number/,
    2 ** 19,
  ],
  [
    'JSON of many keys',
    () => {
      const keys = Array.from({ length: 45_000 }, (_, k) => `"${k}":[]`);
      return ['check', file('a.json', `{"network":{${keys.join()}},"arrays":{}}`)];
    },
    /expected only name/,
    2 ** 19,
  ],
  [
    'a network that takes more than there is',
    () => [
      'train',
      '--model',
      file('wide.json', JSON.stringify(wide)),
      '--dataset',
      idx(10, 0),
      '--out',
      fresh(),
    ],
    /memory|neurons|synapses/,
    0,
  ],
  [
    'a line of a kept run',
    () => {
      const folder = fresh('runs');
      mkdirSync(folder);
      writeFileSync(join(folder, 'a.jsonl'), ascii(`{"epoch":1,"x":${'[[],'.repeat(4e6)}\n`));
      return ['report', folder, '--out', `${fresh('report')}.html`];
    },
    /at most 65536 bytes/,
    16e6,
  ],
];

/** One where somebody waits. */
test.runIf(process.platform === 'linux').each(isWhole ? [...cases, ...costly] : cases.slice(0, 1))(
  '%s',
  { timeout: 120_000 },
  async (_, make, refusal, needed) => {
    const args = make();
    const most = 100e6 + 4 * needed;
    const { code, err, bytes, seconds } = await costOf(args);
    expect(code, err).toBe(refusal ? 2 : 0);
    if (refusal) expect(err).toMatch(refusal);
    // When garbage is collected varies: what a process needs is the least that it took.
    let least = bytes;
    for (let again = 0; again < 4 && least >= most; again++)
      least = Math.min(least, (await costOf(args)).bytes);
    expect(least).toBeLessThan(most);
    expect(seconds).toBeLessThan(10);
  },
);

test.runIf(process.platform === 'linux')('is measured: what a process holds shows', () => {
  const path = fresh('measured');
  execFileSync(process.execPath, ['--require', measure, '-e', 'globalThis.kept = Buffer.alloc(2e8, 1)'], {
    env: { ...process.env, MEASURED: path },
  });
  expect((JSON.parse(readFileSync(path, 'utf8')) as number[])[0]).toBeGreaterThan(2e8);
});
