/** The kind of a file is derived from its bytes. Errors about a file of the wrong kind name the kind. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { kindOf, wordsOf } from '../../src/command/fileKind.ts';
import { writeNpy } from '../../src/formats/npy.ts';

const bytesOf = (path: string): Uint8Array =>
  readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)));
const textOf = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('the kind of a file', () => {
  it.each([
    ['a PNG picture', bytesOf('examples/edge/digit.png')],
    ['an HDF5 file, as NIR graphs are', bytesOf('test/fixtures/nir/lif_norse.nir')],
    ['a safetensors file, as models are', bytesOf('models/lenet-mnist.safetensors')],
    ['a JSON text', bytesOf('package.json')],
    ['an .npy array', writeNpy({ dtype: 'F32', shape: [1], data: Float32Array.of(1) })],
    ['a table of text', textOf('a,b\n1,2\n')],
  ])('is %s', (words, bytes) => {
    expect(wordsOf(kindOf(bytes)!)).toBe(words);
  });

  it.each([
    ['nothing', new Uint8Array()],
    ['an IDX file of images', Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 7)],
    ['a JPEG', Uint8Array.of(0xff, 0xd8, 0xff, 0xe0)],
    ['words', textOf('a graph that is none')],
  ])('is not known of %s', (_, bytes) => {
    expect(kindOf(bytes)).toBeUndefined();
  });
});
