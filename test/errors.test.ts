/** An error about an unknown name suggests the nearest known name. */
import { expect, test } from 'vitest';
import { nearest } from '../src/errors.ts';

test('the nearest name is suggested, and none of several that are as near', () => {
  const tables = ['table1', 'table2', 'figure1'];
  expect(nearest('tabel1', tables)).toBe('table1');
  expect(nearest('table5', tables)).toBeUndefined();
  expect(nearest('frobnicate', tables)).toBeUndefined();
});
