/** Untrusted JSON: its length is checked before it is parsed, and errors have one line. */
import { expect, test } from 'vitest';
import { parseJson, parseJsonBytes } from '../../src/formats/json.ts';
import { decodeModel, encodeModel } from '../../src/modelFile/model.ts';
import { readSafetensors } from '../../src/formats/safetensors.ts';
import { partsWithDigest } from '../../src/modelFile/reader.ts';
import { network, type NetworkFile } from '../../src/index.ts';
import { collectGarbage } from '../fuzz/measure.ts';
import { everyKind, ready } from '../train/small.ts';

test('a text that is too long is not parsed', () => {
  expect(parseJson('[1]', 'file')).toEqual([1]);
  const deep = '['.repeat(2 ** 20 + 1);
  expect(() => parseJson(deep, 'file')).toThrow(
    /^file: "JSON" expected at most 1048576 characters, got 1048577$/,
  );
  expect(() => parseJson('x', 'file')).toThrow(/^file: expected JSON, got x; /);
  const bytes = new Uint8Array(2 ** 22 + 1);
  expect(() => parseJsonBytes(bytes, 'file')).toThrow(
    /"JSON" expected at most 1048576 characters, got 4194305 bytes/,
  );
});

test('a model with five megabytes of metadata costs little more than they', () => {
  const { tensors, metadata } = readSafetensors(encodeModel({ net: ready(), epochs: [] }), 'model');
  for (const key of ['network', 'epochs']) {
    const { digest: _, ...rest } = metadata;
    const text = `${'['.repeat(2.5e6)}${']'.repeat(2.5e6)}`;
    const bytes = Buffer.concat(partsWithDigest({ tensors, metadata: { ...rest, [key]: text } }));
    collectGarbage();
    const before = process.memoryUsage().rss;
    expect(() => decodeModel(bytes, 'file')).toThrow(
      /^file: \w+: "JSON" expected at most \d+ characters, got 5000000$/,
    );
    expect(process.memoryUsage().rss - before).toBeLessThan(100e6 + 4 * bytes.length);
  }
});

test.each<[unknown, RegExp]>([
  ['x'.repeat(100), /^network: "network" expected an object such as lenet of asf-bp, got x/],
  [[1, 2], /^network: "network" expected an object/],
  [{ ...everyKind, variant: { from: { toString: 1 } } }, /"variant.from" expected one of paper, authors/],
  [{ ...everyKind, variant: { from: { from: {} } } }, /"variant.from" expected one of/],
  [{ ...everyKind, layers: [{ kind: { toString: 1 } }] }, /"layers\[0\].kind" expected one of/],
])('%j is no network', (file, expected) => {
  expect(() => network(file as NetworkFile)).toThrow(expected);
});
