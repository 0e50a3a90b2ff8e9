/** The host and the kernels have the same record of a forward call. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { modes } from '../../src/backend/wasm/window.ts';

const source = readFileSync(new URL('../../assembly/neuron.ts', import.meta.url), 'utf8');

it('the bits of mode are the same', () => {
  const constants = [...source.matchAll(/^export const (\w+): i32 = (\d+);/gm)];
  expect(constants.map(([, , value]) => Number(value))).toEqual(Object.values(modes));
});
