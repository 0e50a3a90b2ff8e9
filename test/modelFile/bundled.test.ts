/** The models of the repository and the package have a digest. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { text } from '../../dist/models/tiny.js';
import { readSafetensors } from '../../src/formats/safetensors.ts';
import { decodeHex } from '../../src/hex.ts';
import { loadModel, version } from '../../src/modelFile/reader.ts';

const folder = new URL('../../models/', import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith('.safetensors'));
const read = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(name, folder)));

it.each(files)('%s has a digest', (name) => {
  const bytes = read(name);
  const { metadata } = readSafetensors(bytes, name);
  expect(metadata['asf-bp']).toBe(version);
  expect(loadModel(bytes, name).weights).toBeDefined();
});

it('the module of the tiny network is its file', () => {
  expect(Buffer.from(decodeHex(text)).equals(read('tiny.safetensors'))).toBe(true);
});
