/** `asf-bp oracle export` writes a vector as memory files and as a C header, with the numbers of the vector's arrays. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { readNpz } from '../../src/formats/npz.ts';
import type { Tensor } from '../../src/formats/tensor.ts';
import { asfbp, fresh, refuses } from './command.ts';

const neuron = fileURLToPath(new URL('../../spec/vectors/paper/neuron/', import.meta.url));
const arraysOf = (name: string) => readNpz(readFileSync(join(neuron, name, 'case.npz')), name);
const numbersOf = (name: string, key: string): number[] => [
  ...((arraysOf(name).get(key) as Tensor).data as Float32Array),
];

/** Exports a vector and returns the text of one of the files. */
async function exported(name: string, format: 'hex' | 'h', file: string): Promise<string> {
  const out = fresh(format);
  const args = ['oracle', 'export', join(neuron, name), '--format', format, '--out', out];
  expect(await asfbp(args)).toMatchObject({ code: 0 });
  return readFileSync(join(out, file), 'utf8').trimEnd();
}
const fixed = 'fixed-8-4-nearest-wrap';

it('writes the bits of numbers, and whole numbers in two’s complement', async () => {
  const [head, ...words] = (await exported('at-threshold', 'hex', 'layer1_current.hex')).split('\n');
  expect(head).toBe(`// layer1.current: ${words.length} words of 32 bits`);
  const bits = Uint32Array.from(words, (word) => parseInt(word, 16));
  expect([...new Float32Array(bits.buffer)]).toEqual(numbersOf('at-threshold', 'layer1.current'));
  const spikes = await exported('at-threshold', 'hex', 'expected_layer1_spikes.hex');
  expect(spikes.split('\n').slice(1).map(Number)).toEqual(
    numbersOf('at-threshold', 'expected.layer1.spikes'),
  );
});

it('writes fixed point in the bits of its format', async () => {
  const [head, ...words] = (await exported(fixed, 'hex', 'layer1_current.hex')).split('\n');
  expect(head).toMatch(/words of 8 bits$/);
  expect(words.map((word) => (parseInt(word, 16) << 24) >> 24)).toEqual(numbersOf(fixed, 'layer1.current'));
});

it('writes a header of C with hexadecimal floats', async () => {
  const text = await exported('at-threshold', 'h', 'case.h');
  expect(text).toMatch(/^enum \{ T = \d+, B = \d+ \};$/m);
  expect(text).toMatch(/^static const float layer1_current\[\d+\] = \{ -?0x1(\.[0-9a-f]+)?p[+-]\d+f, /m);
  expect(text).toMatch(/^static const int32_t expected_layer1_spikes\[/m);
});

it('writes a header of C with whole numbers in the units of fixed point', async () => {
  const text = await exported(fixed, 'h', 'case.h');
  expect(text).toMatch(/^enum \{ T = \d+, B = \d+, WIDTH = 8, FRACTION = 4 \};$/m);
  // 0.7 and 0.85 in units of 1/16.
  expect(text).toContain('static const int32_t layer1_Vth = 11;\nstatic const int32_t layer1_leak = 14;\n');
  const [, numbers] = /^static const int32_t layer1_current\[\d+\] = \{ (.*) \};$/m.exec(text)!;
  expect(numbers!.split(', ').map(Number)).toEqual(numbersOf(fixed, 'layer1.current'));
  expect(text).not.toContain('float');
});

refuses([
  [['oracle', 'export', 'none', '--format', 'hex'], 'expected the folder of a vector, with a manifest.json'],
]);
