/** A vector as text, for hardware and C: `$readmemh` files, a C header. */
import { binary32 } from '../../../spec/arithmetic.ts';
import { buildNetwork, type NetworkDescription } from '../../../spec/dictionary.ts';
import type { Variant } from '../../../spec/variant.ts';
import type { Values } from '../interval.ts';
import { toHexFloat } from './jsonArrays.ts';

/** A vector as its file has it: inputs under their keys, `expected.KEY`, `low.KEY` and `high.KEY`. */
export interface VectorArrays {
  readonly id: string;
  readonly arrays: ReadonlyMap<string, Values>;
}

/** Bits of a word of memory: 32 are a binary32 number or a whole one, 8 a spike or a count in two's complement. */
function widthOf(value: Values): 8 | 32 {
  const isByte = (x: number): boolean => Number.isInteger(x) && Math.abs(x) < 128 && !Object.is(x, -0);
  return !(value instanceof Uint32Array) && value.every(isByte) ? 8 : 32;
}

/** Numbers as words: binary32 by its bits, whole numbers in two's complement. */
function wordsOf(key: string, value: Values): { words: number[]; width: number } {
  if (!isWhole(key)) return { words: [...new Uint32Array(Float32Array.from(value).buffer)], width: 32 };
  const width = widthOf(value);
  return { words: inTwosComplement(value, width), width };
}

const inTwosComplement = (value: Values, width: number): number[] =>
  Array.from(value, (x) => (width === 32 ? x >>> 0 : x & (2 ** width - 1)));

/** Arrays of whole numbers by their key: spikes, counts, words, settings. */
export function isWhole(key: string): boolean {
  return /(spikes|FO|label|word|encode\.\w+|update|step)$/.test(key) && !key.endsWith('dFO');
}

/**
 * One file per array, one word a line in hexadecimal, as Verilog's `$readmemh` reads it.
 *
 * @param bitsOf of a case in fixed point, the bits of each array's words
 */
export function memoryFiles({ arrays }: VectorArrays, bitsOf?: (key: string) => number): Map<string, string> {
  const files = new Map<string, string>();
  for (const [name, value] of arrays) {
    const [, kind, key = name] = /^(expected|low|high)\.(.*)$/.exec(name) ?? [];
    if (kind === 'low' || kind === 'high') continue;
    const bits = bitsOf?.(key);
    const { words, width } =
      bits === undefined ? wordsOf(key, value) : { words: inTwosComplement(value, bits), width: bits };
    const lines = words.map((word) => word.toString(16).padStart(Math.ceil(width / 4), '0'));
    const prefix = kind === undefined ? '' : 'expected_';
    const head = `// ${prefix}${key}: ${words.length} words of ${width} bits`;
    files.set(`${prefix}${nameOf(key)}.hex`, `${[head, ...lines].join('\n')}\n`);
  }
  return files;
}

/** What the constants of a header need beside the arrays. */
export interface HeaderSettings {
  readonly description: NetworkDescription;
  readonly variant: Variant;
  readonly B: number;
  /** Of a case in fixed point: its format, and Vth and λ of each layer in units. */
  readonly fixed?: {
    readonly width: number;
    readonly fraction: number;
    readonly constants: Readonly<Record<string, { readonly Vth: number; readonly leak: number }>>;
  };
}

/** A C header: constants of C99, whose hexadecimal floats are exact; of a case in fixed point whole numbers, in its units. */
export function headerText({ id, arrays }: VectorArrays, settings: HeaderSettings): string {
  const guard = `ASF_BP_${nameOf(id).toUpperCase()}_H`;
  return [
    `/* ${id} */`,
    `#ifndef ${guard}`,
    `#define ${guard}`,
    '#include <stdint.h>',
    '',
    ...constantsOf(settings),
    ...[...arrays].map(([name, value]) => constant(name, value, settings.fixed !== undefined)),
    '',
    '#endif',
    '',
  ].join('\n');
}

/** Window, samples, and of each layer what the equations ask for. */
function constantsOf({ description, variant, B, fixed }: HeaderSettings): string[] {
  const { T, layers } = buildNetwork(description, variant, binary32);
  const format = fixed ? `, WIDTH = ${fixed.width}, FRACTION = ${fixed.fraction}` : '';
  const one = (name: string, value: number): string =>
    fixed
      ? `static const int32_t ${name} = ${value};`
      : `static const float ${name} = ${toHexFloat(value)}f;`;
  return [
    `enum { T = ${T}, B = ${B}${format} };`,
    ...layers.flatMap(({ n, Vth, λ }) => {
      const { Vth: threshold, leak } = fixed?.constants[`layer${n}`] ?? { Vth, leak: λ };
      return [one(`layer${n}_Vth`, threshold), one(`layer${n}_leak`, leak)];
    }),
  ];
}

function constant(name: string, value: Values, isFixed: boolean): string {
  if (/^(low|high)\./.test(name))
    return `static const double ${nameOf(name)}[] = { ${Array.from(value, toHexFloat).join(', ')} };`;
  const isFloat = !isFixed && !isWhole(name);
  const type = isFloat ? 'float' : value instanceof Uint32Array ? 'uint32_t' : 'int32_t';
  const one = (x: number): string => (isFloat ? `${toHexFloat(Math.fround(x))}f` : String(x));
  return `static const ${type} ${nameOf(name)}[${value.length}] = { ${Array.from(value, one).join(', ')} };`;
}

/** A key as an identifier. */
const nameOf = (key: string): string => key.replace(/[^a-z0-9]+/gi, '_');
