/** The texts of the shaders agree with the code that calls them. The shaders themselves run only in `npm run test:webgpu`. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { shaders } from '#shaders';
import { layerKinds } from '../../spec/layers/kinds.ts';
import { webgpuKinds } from '../../src/backend/webgpu/variants.ts';
import { kernelTexts } from '../../src/backend/webgpu/kernels.ts';
import { head, modes, recordBytes, workgroup, writeParams } from '../../src/backend/webgpu/params.ts';

const folder = new URL('../../src/backend/webgpu/shaders/', import.meta.url);
const files = readdirSync(folder, { recursive: true })
  .map(String)
  .filter((name) => name.endsWith('.wgsl'));

it('the module has the code of each file, without comments and indentation', () => {
  expect(Object.keys(shaders).map((name) => `${name}.wgsl`)).toEqual(files.sort());
  const code = (text: string): string =>
    text
      .replace(/\/\/.*/g, '')
      .replace(/\s+/g, ' ')
      .trim();
  for (const [name, text] of Object.entries(shaders)) {
    expect(code(text)).toBe(code(readFileSync(new URL(`${name}.wgsl`, folder), 'utf8')));
    expect(text).not.toMatch(/\/\/|^\s|\n\s/);
  }
});

it('each file is a part of a kernel', () => {
  const codes = kernelTexts().map(({ code }) => code);
  const unused = Object.entries(shaders).filter(([, text]) => !codes.some((code) => code.includes(text)));
  expect(unused.map(([name]) => name)).toEqual([]);
});

it('each kernel uses arrays that its text declares, by numbers of their own', () => {
  for (const { name, arrays, entry, code } of kernelTexts()) {
    expect(arrays, name).not.toContain(undefined);
    expect(new Set(arrays.map(({ binding }) => binding)).size, name).toBe(arrays.length);
    expect(arrays.length, `${name}: every device has 8`).toBeLessThanOrEqual(8);
    expect(code, name).toContain(`fn ${entry}(`);
    expect(code.match(/@workgroup_size\((\d+)\)/g), name).toContain(`@workgroup_size(${workgroup})`);
  }
});

it('each kind of layer has its kernels', () => {
  expect(Object.keys(webgpuKinds).sort()).toEqual(Object.keys(layerKinds).sort());
});

it('a record has the fields of the struct, in its order', () => {
  const fields = [
    ...head()
      .split('\n')[0]
      .matchAll(/(\w+): (u32|f32)[,} ]/g),
  ].map(([, name, type]) => ({ name, type }));
  expect(4 * fields.length).toBeLessThanOrEqual(recordBytes);
  const page = new ArrayBuffer(2 * recordBytes);
  const given = Object.fromEntries(fields.map(({ name }, place) => [name, place + 1]));
  writeParams(page, recordBytes, given);
  for (const [place, { type }] of fields.entries()) {
    const at = recordBytes + 4 * place;
    const value = type === 'u32' ? new Uint32Array(page, at, 1)[0] : new Float32Array(page, at, 1)[0];
    expect(value).toBe(place + 1);
  }
  const bits = Object.values(modes);
  expect(new Set(bits).size).toBe(bits.length);
  expect(bits.every((bit) => Math.log2(bit) % 1 === 0)).toBe(true);
});
