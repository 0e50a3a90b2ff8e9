/**
 * The parameters of a dispatch: one record of 4-byte fields. The struct and the constants of the shaders are generated from this table, so
 * host and shader have the same fields in the same order. Fields that a kernel does not read are 0.
 */
import { smallestMoment } from '../../../spec/update.ts';

const whole = [
  /** Always 0, but the compiler cannot know it (`apart` in shared.wgsl). */
  'zero',
  'items',
  /** Number of weights without the biases, which follow them. */
  'synaptic',
  'samples',
  // Steps t0 … t0 + steps − 1 of the window T.
  'T',
  't0',
  'steps',
  // The map before the layer, and the layer's map. `words` and `outWords`: words of the spike bits of one step.
  'height',
  'width',
  'channels',
  'words',
  'rows',
  'columns',
  'outputs',
  'outWords',
  'size',
  'stride',
  'padding',
  // Distances in words from one sample to the next; `valuesStep`: from one step to the next.
  'mapBefore',
  'map',
  'trainBefore',
  'train',
  'valuesSample',
  'valuesStep',
  'reportRow',
  /** Place of the layer's sums in a row of the report. */
  'sums',
  /** Bits of {@link modes}. */
  'mode',
  // Words per sample of the uploaded input.
  'pixels',
] as const;

const real = [
  'Vth',
  'leak',
  'S',
  'bound',
  /** T·Vth, or T if the output layer fires. */
  'window',
  /** The divisor of a pool, or the number of samples of a batch. */
  'count',
  'rate',
  'decay',
  'beta1',
  'beta1Rest',
  'beta2',
  'beta2Rest',
  'correction',
  'epsilon',
] as const;

type Field = (typeof whole)[number] | (typeof real)[number];
export type Params = Partial<Record<Field, number>>;

/** Bits of `mode`: the choices of a variant, and properties of a layer or a dispatch. */
export const modes = {
  resetsNext: 1,
  leaks: 2,
  leakSum: 4,
  atThreshold: 8,
  fires: 16,
  neuron: 32,
  integrates: 16384,
  accumulated: 64,
  hasValues: 128,
  carried: 256,
  selects: 512,
  gated: 1024,
  ownScale: 2048,
  half: 4096,
  mean: 8192,
  subtracts: 32768,
  subtractsLast: 65536,
  biased: 131072,
} as const;

/** Bytes and alignment of a record. */
export const recordBytes = 256;

/** Invocations of a workgroup. */
export const workgroup = 64;

/** The beginning of every shader: the struct, the bits of `mode`, and constants. */
export function head(): string {
  const fields = [...whole.map((name) => `${name}: u32`), ...real.map((name) => `${name}: f32`)];
  return [
    `struct Params { ${fields.join(', ')} }`,
    '@group(0) @binding(0) var<uniform> p: Params;',
    ...Object.entries(modes).map(([name, bit]) => `const ${name}: u32 = ${bit}u;`),
    `const lanes: u32 = ${workgroup}u;`,
    `const recordWords: u32 = ${recordBytes / 4}u;`,
    `const smallestMoment: f32 = ${smallestMoment};`,
  ].join('\n');
}

export function writeParams(page: ArrayBuffer, at: number, params: Params): void {
  const words = new Uint32Array(page, at, recordBytes / 4);
  words.fill(0);
  for (const [index, name] of whole.entries()) words[index] = params[name] ?? 0;
  const reals = new Float32Array(page, at + 4 * whole.length, real.length);
  for (const [index, name] of real.entries()) reals[index] = params[name] ?? 0;
}
