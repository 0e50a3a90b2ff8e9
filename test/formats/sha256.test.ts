/** Both implementations of SHA-256, ours and the runtime's, give the same digests as Node. */
import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { computeSha256, sha256 } from '../../src/formats/sha256.ts';
import { law } from '../spec/support.ts';

const expected = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

test('every length around three blocks', () => {
  for (let length = 0; length <= 200; length++) {
    const bytes = Uint8Array.from({ length }, (_, k) => (k * 37) & 255);
    expect([length, computeSha256([bytes])]).toEqual([length, expected(bytes)]);
  }
});

law('parts are one text', fc.array(fc.uint8Array({ maxLength: 150 }), { maxLength: 5 }), 100, (parts) => {
  expect(computeSha256(parts)).toBe(expected(Buffer.concat(parts)));
  expect(sha256(...parts)).toBe(expected(Buffer.concat(parts)));
});
