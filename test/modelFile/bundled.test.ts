/** The models of the repository and the package have a digest, which detects every flipped bit. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { text } from '../../dist/models/tiny.js';
import { readSafetensors } from '../../src/formats/safetensors.ts';
import { decodeHex } from '../../src/hex.ts';
import { loadModel, version } from '../../src/modelFile/reader.ts';
import { unnoticed } from '../fuzz/refusal.ts';
import { bitsOf } from '../support.ts';

const folder = new URL('../../models/', import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith('.safetensors'));
const read = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(name, folder)));

it.each(files)('%s has a digest', (name) => {
  const bytes = read(name);
  const { metadata } = readSafetensors(bytes, name);
  expect(metadata['asf-bp']).toBe(version);
  expect(loadModel(bytes, name).weights).toBeDefined();
  const spread = Array.from({ length: 8 }, (_, k) => Math.floor(((k + 0.5) * 8 * bytes.length) / 8));
  expect(unnoticed(bytes, spread, (damaged) => loadModel(damaged, 'file'))).toEqual([]);
});

it('the module of the tiny network is its file, and finds every flipped bit', () => {
  const bytes = decodeHex(text);
  expect(Buffer.from(bytes).equals(read('tiny.safetensors'))).toBe(true);
  expect(unnoticed(bytes, bitsOf(bytes, 2000), (damaged) => loadModel(damaged, 'file'))).toEqual([]);
});
