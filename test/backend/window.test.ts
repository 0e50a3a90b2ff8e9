/** The host and the kernels have the same record of a forward call. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { modes, windowFields } from '../../src/backend/wasm/window.ts';

const source = (name: string): string =>
  readFileSync(new URL(`../../assembly/${name}`, import.meta.url), 'utf8');

it('the window record has the same fields in the same order', () => {
  const fields = [...source('window.ts').matchAll(/^ {2}(\w+)!: (\w+);/gm)];
  expect(fields.map(([, name]) => name)).toEqual([...windowFields]);
  const floats = fields.filter(([, , type]) => type === 'f32').map(([, name]) => name);
  expect(floats).toEqual(['Vth', 'spent', 'leak', 'divisor']);
  expect(fields.filter(([, , type]) => !['i32', 'usize', 'f32'].includes(type))).toEqual([]);
});

it('the bits of mode are the same', () => {
  const constants = [...source('neuron.ts').matchAll(/^export const (\w+): i32 = (\d+);/gm)];
  expect(constants.map(([, , value]) => Number(value))).toEqual(Object.values(modes));
});
