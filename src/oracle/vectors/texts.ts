/** Tiny cases as text: JSON with hexadecimal floats, `$readmemh` files, a C header. */
import { binary32 } from '../../../spec/arithmetic.ts';
import { buildNetwork } from '../../../spec/dictionary.ts';
import type { Values } from '../interval.ts';
import { toHexFloat } from '../files/jsonArrays.ts';
import type { Draft, Expectation, Input, Vector } from './case.ts';

type Named = Pick<Input, 'key' | 'shape' | 'value'>;

/** Bits of a word of memory: 32 are a binary32 number or a whole one, 8 a spike or a count in two's complement. */
export function widthOf(value: Values): 8 | 32 {
  return value.every((x) => Number.isInteger(x) && Math.abs(x) < 128 && !Object.is(x, -0)) &&
    !(value instanceof Uint32Array)
    ? 8
    : 32;
}

/** One word a line, in hexadecimal, as Verilog's `$readmemh` reads it. */
export function memoryText(name: string, words: readonly number[], width: number): string {
  const digits = Math.ceil(width / 4);
  const lines = words.map((word) => word.toString(16).padStart(digits, '0'));
  return `// ${name}: ${words.length} words of ${width} bits\n${lines.join('\n')}\n`;
}

/** Numbers as words: binary32 by its bits, whole numbers in two's complement. */
export function wordsOf(key: string, value: Values): { words: number[]; width: number } {
  if (isWhole(key)) {
    const width = widthOf(value);
    return { words: Array.from(value, (x) => (width === 8 ? x & 0xff : x >>> 0)), width };
  }
  const bits = new Uint32Array(Float32Array.from(value).buffer);
  return { words: [...bits], width: 32 };
}

/** Arrays of whole numbers by their key: spikes, counts, words, settings. */
export function isWhole(key: string): boolean {
  return /(spikes|FO|label|word|encode\.\w+|update|step)$/.test(key) && !key.endsWith('dFO');
}

/** A case as JSON; numbers as hexadecimal floats, whole numbers as they are. */
export function caseJson({ inputs, expected }: Vector, words: Readonly<Record<string, unknown>>): string {
  const plain = ({ key, shape, value }: Named) => ({
    shape,
    data: Array.from(value, (x) => (isWhole(key) ? x : toHexFloat(x))),
  });
  const hex = (values: Float64Array | undefined) => values && Array.from(values, toHexFloat);
  const record = {
    ...words,
    arrays: Object.fromEntries(inputs.map((array) => [array.key, plain(array)])),
    expected: Object.fromEntries(
      expected.map((array) => [array.key, { ...plain(array), low: hex(array.low), high: hex(array.high) }]),
    ),
  };
  return `${JSON.stringify(record, null, 1)}\n`;
}

/** A case as a C header: constants of C99, whose hexadecimal floats are exact. */
export function caseHeader(vector: Vector, id: string): string {
  const { inputs, expected } = vector;
  const guard = `ASF_BP_${nameOf(id).toUpperCase()}_H`;
  const arrays = [
    ...settings(vector.draft),
    ...inputs.map((array) => constant(nameOf(array.key), array)),
    ...expected.flatMap((array) => constantsOf(array)),
  ];
  return [
    `/* ${id} */`,
    `#ifndef ${guard}`,
    `#define ${guard}`,
    '#include <stdint.h>',
    '',
    ...arrays,
    '',
    '#endif',
    '',
  ].join('\n');
}

/** Window, samples, and of each layer what the equations ask for. */
function settings({ description, variant, B }: Draft): string[] {
  const { T, layers } = buildNetwork(description, variant, binary32);
  const one = (name: string, value: number): string => `static const float ${name} = ${toHexFloat(value)}f;`;
  return [
    `enum { T = ${T}, B = ${B} };`,
    ...layers.flatMap(({ n, Vth, λ }) => [one(`layer${n}_Vth`, Vth), one(`layer${n}_leak`, λ)]),
  ];
}

function constantsOf(array: Expectation): string[] {
  const name = nameOf(array.key);
  const ends = [
    ['low', array.low],
    ['high', array.high],
  ] as const;
  return [
    constant(`expected_${name}`, array),
    ...ends.flatMap(([end, values]) =>
      values
        ? [`static const double ${end}_${name}[] = { ${Array.from(values, toHexFloat).join(', ')} };`]
        : [],
    ),
  ];
}

function constant(name: string, { key, value }: Named): string {
  const type = !isWhole(key) ? 'float' : value instanceof Uint32Array ? 'uint32_t' : 'int32_t';
  const one = (x: number): string => (type === 'float' ? `${toHexFloat(Math.fround(x))}f` : String(x));
  return `static const ${type} ${name}[${value.length}] = { ${Array.from(value, one).join(', ')} };`;
}

/** A key as an identifier. */
export const nameOf = (key: string): string => key.replace(/[^a-z0-9]+/gi, '_');
