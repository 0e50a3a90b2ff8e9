/** A vector as text, for hardware and C: `$readmemh` files, a C header. */
import { binary32 } from '../../../spec/arithmetic.ts';
import { buildNetwork, type NetworkDescription } from '../../../spec/dictionary.ts';
import type { Variant } from '../../../spec/variant.ts';
import type { Values } from '../../engine/rounding.ts';
import { toHexFloat } from './jsonArrays.ts';

type Bits = Readonly<Record<string, { readonly bits?: number } | undefined>>;

export interface Manifest {
  readonly id: string;
  readonly precision: 'binary32' | 'fixed';
  readonly network: NetworkDescription;
  readonly variant: Variant;
  readonly samples: number;
  /** Only in fixed point. `fixed`: the format. `constants`: Vth and λ of each layer, in units of the format. */
  readonly fixed?: { readonly width: number; readonly fraction: number };
  readonly constants?: Readonly<Record<string, { readonly Vth: number; readonly leak: number }>>;
  readonly inputs: Bits;
  readonly expected: Bits;
}

/** Arrays of a vector's file: inputs under their keys, `expected.KEY`, `low.KEY` and `high.KEY`. */
type Arrays = ReadonlyMap<string, Values>;

/** Bits of a word of memory: 8 if all numbers are small and whole, such as spikes; 32 for others and for random words. */
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

/** Whether the array of a key has whole numbers: spikes, counts, random words, settings. */
export function isWhole(key: string): boolean {
  return /(spikes|FO|label|word|encode\.\w+|update|step)$/.test(key) && !key.endsWith('dFO');
}

/**
 * One file per array for Verilog's `$readmemh`, with one hexadecimal word per line. In fixed point, the manifest has the number
 * of bits per word.
 */
export function memoryFiles({ precision, inputs, expected }: Manifest, arrays: Arrays): Map<string, string> {
  const files = new Map<string, string>();
  for (const [name, value] of arrays) {
    const [, kind, key = name] = /^(expected|low|high)\.(.*)$/.exec(name) ?? [];
    if (kind === 'low' || kind === 'high') continue;
    const bits = precision === 'fixed' ? ((inputs[key] ?? expected[key])?.bits ?? 32) : undefined;
    const { words, width } =
      bits === undefined ? wordsOf(key, value) : { words: inTwosComplement(value, bits), width: bits };
    const lines = words.map((word) => word.toString(16).padStart(Math.ceil(width / 4), '0'));
    const prefix = kind === undefined ? '' : 'expected_';
    const head = `// ${prefix}${key}: ${words.length} words of ${width} bits`;
    files.set(`${prefix}${nameOf(key)}.hex`, `${[head, ...lines].join('\n')}\n`);
  }
  return files;
}

/** A C99 header with exact hexadecimal floats; a case in fixed point has whole numbers in units of its format. */
export function headerText(manifest: Manifest, arrays: Arrays): string {
  const { id, precision } = manifest;
  const guard = `ASF_BP_${nameOf(id).toUpperCase()}_H`;
  return [
    `/* ${id} */`,
    `#ifndef ${guard}`,
    `#define ${guard}`,
    '#include <stdint.h>',
    '',
    ...constantsOf(manifest),
    ...[...arrays].map(([name, value]) => constant(name, value, precision === 'fixed')),
    '',
    '#endif',
    '',
  ].join('\n');
}

/** Lines that define the window T, the number of samples B, and the constants of each layer. */
function constantsOf({ network, variant, samples, fixed, constants }: Manifest): string[] {
  const { T, layers } = buildNetwork(network, variant, binary32);
  const format = fixed ? `, WIDTH = ${fixed.width}, FRACTION = ${fixed.fraction}` : '';
  const one = (name: string, value: number): string =>
    fixed
      ? `static const int32_t ${name} = ${value};`
      : `static const float ${name} = ${toHexFloat(value)}f;`;
  return [
    `enum { T = ${T}, B = ${samples}${format} };`,
    ...layers.flatMap(({ n, Vth, λ }) => {
      const { Vth: threshold, leak } = constants?.[`layer${n}`] ?? { Vth, leak: λ };
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
