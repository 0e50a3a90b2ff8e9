/** `asf-bp oracle export`: a vector as memory files and as a C header, with the numbers of its arrays. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { readNpz } from '../../src/formats/npz.ts';
import type { Tensor } from '../../src/formats/tensor.ts';
import { asfbp, fresh, refusalOf } from './command.ts';

const neuron = fileURLToPath(new URL('../../spec/vectors/paper/neuron/', import.meta.url));
const arraysOf = (name: string) => readNpz(readFileSync(join(neuron, name, 'case.npz')), name);
const numbersOf = (name: string, key: string): number[] => [
  ...((arraysOf(name).get(key) as Tensor).data as Float32Array),
];

it('writes the bits of numbers, and whole numbers in two’s complement', async () => {
  const out = fresh('hex');
  expect(
    (await asfbp(['oracle', 'export', join(neuron, 'at-threshold'), '--format', 'hex', '--out', out])).code,
  ).toBe(0);
  const lines = (name: string) =>
    readFileSync(join(out, `${name}.hex`), 'utf8')
      .trimEnd()
      .split('\n');
  const [head, ...words] = lines('layer1_current');
  expect(head).toBe(`// layer1.current: ${words.length} words of 32 bits`);
  const bits = Uint32Array.from(words, (word) => parseInt(word, 16));
  expect([...new Float32Array(bits.buffer)]).toEqual(numbersOf('at-threshold', 'layer1.current'));
  expect(lines('expected_layer1_spikes').slice(1).map(Number)).toEqual(
    numbersOf('at-threshold', 'expected.layer1.spikes'),
  );
});

it('writes fixed point in the bits of its format', async () => {
  const [name, out] = ['fixed-8-4-nearest-wrap', fresh('fixed')];
  await asfbp(['oracle', 'export', join(neuron, name), '--format', 'hex', '--out', out]);
  const [head, ...words] = readFileSync(join(out, 'layer1_current.hex'), 'utf8').trimEnd().split('\n');
  expect(head).toMatch(/words of 8 bits$/);
  expect(words.map((word) => (parseInt(word, 16) << 24) >> 24)).toEqual(numbersOf(name, 'layer1.current'));
});

it('writes a header of C with hexadecimal floats', async () => {
  const out = fresh('h');
  await asfbp(['oracle', 'export', join(neuron, 'at-threshold'), '--format', 'h', '--out', out]);
  const text = readFileSync(join(out, 'case.h'), 'utf8');
  expect(text).toMatch(/^enum \{ T = \d+, B = \d+ \};$/m);
  expect(text).toMatch(/^static const float layer1_current\[\d+\] = \{ -?0x1(\.[0-9a-f]+)?p[+-]\d+f, /m);
  expect(text).toMatch(/^static const int32_t expected_layer1_spikes\[/m);
});

it('writes a header of C with whole numbers in the units of fixed point', async () => {
  const [name, out] = ['fixed-8-4-nearest-wrap', fresh('h')];
  await asfbp(['oracle', 'export', join(neuron, name), '--format', 'h', '--out', out]);
  const text = readFileSync(join(out, 'case.h'), 'utf8');
  expect(text).toMatch(/^enum \{ T = \d+, B = \d+, WIDTH = 8, FRACTION = 4 \};$/m);
  // 0.7 and 0.85 in 16ths.
  expect(text).toContain('static const int32_t layer1_Vth = 11;\nstatic const int32_t layer1_leak = 14;\n');
  const [, numbers] = /^static const int32_t layer1_current\[\d+\] = \{ (.*) \};$/m.exec(text)!;
  expect(numbers!.split(', ').map(Number)).toEqual(numbersOf(name, 'layer1.current'));
  expect(text).not.toContain('float');
});

it('refuses what is no vector', async () => {
  const args = ['oracle', 'export', fresh('none'), '--format', 'hex'];
  expect(refusalOf(await asfbp(args))).toMatch(
    /expected the folder of a vector, with a manifest.json, got nothing; vectors lie in spec/,
  );
});
