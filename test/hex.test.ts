/** `decodeHex` gives the right bytes, with Node's decoder and with ours. */
import { afterEach, expect, test, vi } from 'vitest';
import { decodeHex } from '../src/hex.ts';

const bytes = Uint8Array.from({ length: 256 }, (_, n) => n);
const text = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');

afterEach(() => vi.unstubAllGlobals());

test('by Node, into memory of its own', () => {
  const decoded = decodeHex(text);
  expect(decoded).toEqual(bytes);
  expect(decoded.buffer.byteLength).toBe(256);
});

test('by ourselves', () => {
  vi.stubGlobal('Buffer', undefined);
  expect(decodeHex(text)).toEqual(bytes);
});
