import { expect, test } from 'vitest';
import { parseJson, parseJsonBytes } from '../../src/formats/json.ts';

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
