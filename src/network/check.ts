/** Checks network files, which are plain data. Errors name the place in the file. */
import { sizesOf, type NetworkDescription } from '../../spec/dictionary.ts';
import { layerKinds } from '../../spec/layers/kinds.ts';
import {
  neuronsOf,
  synapticOf,
  type LayerDescription,
  type LayerKind,
  type Shape,
} from '../../spec/network.ts';
import { ranges } from '../../spec/random.ts';
import { choices, paper, variants, type Variant } from '../../spec/variant.ts';
import { checkNumber, checkOneOf, checkRecord, checkWhole, refuse } from '../errors.ts';
import { keysOf } from '../keysOf.ts';

/**
 * Limits on layers and networks, so that training fits into 4 GiB of memory. `work` limits synapses × steps, so that one sample
 * takes at most about an hour even if all inputs fire.
 */
export const limits = {
  side: 4096,
  channels: 65536,
  layers: 64,
  neurons: 2 ** 22,
  allNeurons: 2 ** 24,
  weights: 2 ** 27,
  work: 2 ** 42,
};

/**
 * Checks a network file and returns its description; unknown keys are refused.
 *
 * @param replaced new values, used in place of those of the file
 */
export function checkNetwork(where: string, file: unknown, replaced: object = {}): NetworkDescription {
  const known = ['name', 'variant', 'input', 'timeWindow', 'threshold', 'leak', 'layers'];
  const words: Record<string, unknown> = { ...checkRecord(where, 'network', file, known), ...replaced };
  if (words['name'] !== undefined && typeof words['name'] !== 'string')
    refuse(where, 'name', 'a text', words['name']);
  const inputKeys = ['channels', 'height', 'width', 'scale', 'spikes'];
  const supplied = checkRecord(where, 'input', words['input'], inputKeys);
  const input = checkShape(where, 'input', supplied);
  const inputs = neuronsOf(input);
  if (inputs > ranges.index + 1) refuse(where, 'input', `at most ${ranges.index + 1} inputs`, inputs);
  const scale = supplied['scale'] ?? 1;
  const T = checkWhole(where, 'timeWindow', words['timeWindow'], 1, ranges.T);

  const list = words['layers'];
  if (!Array.isArray(list) || list.length === 0 || list.length > limits.layers)
    refuse(where, 'layers', `a list of 1 to ${limits.layers} layers`, list);
  const layers: LayerDescription[] = [];
  let shape = input;
  let [weights, neurons, work] = [0, 0, 0];
  let isPool = false;
  for (const [index, layer] of list.entries()) {
    const at = `layers[${index}]`;
    const checked = checkLayer(where, at, layer, shape, index === 0);
    layers.push(checked.words);
    shape = checked.output;
    weights += checked.weights;
    neurons += neuronsOf(shape);
    work += checked.synapses * T;
    isPool = checked.weights === 0;
    const sums = [
      ['weights in all', weights, limits.weights],
      ['neurons in all', neurons, limits.allNeurons],
      ['synapses × steps in all', work, limits.work],
      // Spikes are counted in signed words of 32 bits.
      ['neurons × steps', neuronsOf(shape) * T, 2 ** 31 - 1],
    ] as const;
    for (const [what, sum, most] of sums) if (sum > most) refuse(where, at, `at most ${most} ${what}`, sum);
  }
  const last = `layers[${list.length - 1}]`;
  // the list is not empty
  if (isPool) refuse(where, `${last}.kind`, 'an output layer with weights', layers.at(-1)!.kind);
  if (shape.height !== 1 || shape.width !== 1) {
    const expected = 'an output of 1 × 1 positions, one channel per class';
    refuse(where, last, expected, `${shape.height} × ${shape.width}`);
  }
  return {
    ...(words['name'] !== undefined && { name: words['name'] }),
    input: {
      ...input,
      scale: checkNumber(where, 'input.scale', scale, { low: 0, high: 2 ** 40, above: true }),
      ...(supplied['spikes'] !== undefined && {
        spikes: checkOneOf(where, 'input.spikes', supplied['spikes'], ['random', 'even']),
      }),
    },
    timeWindow: T,
    threshold: checkThreshold(where, 'threshold', words['threshold']),
    leak: checkLeak(where, 'leak', words['leak'] ?? 1),
    layers,
  };
}

function checkLayer(
  where: string,
  at: string,
  supplied: unknown,
  input: Shape,
  isFirst: boolean,
): { words: LayerDescription; output: Shape; weights: number; synapses: number } {
  const kinds = keysOf(layerKinds);
  const name = checkOneOf(where, `${at}.kind`, checkRecord(where, at, supplied)['kind'], kinds);
  const kind: LayerKind = layerKinds[name];
  const known = ['kind', 'threshold', 'leak', 'bias', ...Object.keys(kind.sizes)];
  const words = checkRecord(where, at, supplied, known);
  if (kind.silent && isFirst) {
    refuse(where, `${at}.kind`, 'a layer of neurons before a maximum pool', name);
  }
  const sizes = sizesOf(words as unknown as LayerDescription, kind); // the sizes are checked below
  const most = Math.max(limits.channels, limits.side);
  for (const [size, value] of Object.entries(sizes)) {
    const [low, high] = size === 'padding' ? [0, limits.side] : [1, most];
    checkWhole(where, `${at}.${size}`, value, low, high);
  }
  const { size: kernelSize, padding } = kind.window(sizes, input);
  if (kernelSize > Math.min(input.height, input.width) + 2 * padding) {
    const what = 'kernel' in sizes ? 'kernel' : 'size';
    const expected = `at most the ${input.height} × ${input.width} map before it and its padding`;
    refuse(where, `${at}.${what}`, expected, kernelSize);
  }
  const output = kind.outputShape(sizes, input);
  if (neuronsOf(output) > limits.neurons)
    refuse(where, at, `at most ${limits.neurons} neurons`, neuronsOf(output));
  const shape = kind.weightShape(sizes, input);
  const bias = words['bias'] ?? false;
  if (typeof bias !== 'boolean') refuse(where, `${at}.bias`, 'true or false', bias);
  if (bias && shape.length === 0) refuse(where, `${at}.bias`, `false, since ${name} has no weights`, bias);
  return {
    words: {
      kind: name,
      ...sizes,
      ...(words['threshold'] !== undefined && {
        threshold: checkThreshold(where, `${at}.threshold`, words['threshold']),
      }),
      ...(words['leak'] !== undefined && { leak: checkLeak(where, `${at}.leak`, words['leak']) }),
      ...(bias && { bias }),
    } as LayerDescription, // with the checked sizes of its kind
    output,
    weights: synapticOf({ weightShape: shape }) + (bias ? output.channels : 0),
    synapses:
      neuronsOf(output) * (shape.length > 0 ? shape.slice(1).reduce((a, b) => a * b) : kernelSize ** 2),
  };
}

/** `1 × 28 × 28`. */
export const shapeText = ({ channels, height, width }: Shape): string => `${channels} × ${height} × ${width}`;

export function checkShape(where: string, what: string, supplied: Record<string, unknown>): Shape {
  return {
    channels: checkWhole(where, `${what}.channels`, supplied['channels'], 1, limits.channels),
    height: checkWhole(where, `${what}.height`, supplied['height'], 1, limits.side),
    width: checkWhole(where, `${what}.width`, supplied['width'], 1, limits.side),
  };
}

/** Checks Vth: 2⁻⁴⁰ to 2⁴⁰. */
export function checkThreshold(where: string, what: string, value: unknown): number {
  return checkPositive(where, what, value, 2 ** 40);
}

/** Checks λ: 2⁻⁴⁰ to 1. */
export function checkLeak(where: string, what: string, value: unknown): number {
  return checkPositive(where, what, value, 1);
}

function checkPositive(where: string, what: string, value: unknown, high: number): number {
  const number = checkNumber(where, what, value, { low: 0, high, above: true });
  if (number < 2 ** -40) refuse(where, what, 'a number above 0, of at least 2^-40', number);
  return number;
}

/** Checks the name of a preset, or `{ from, … }` with some choices replaced. Returns all choices. */
export function checkVariant(where: string, value: unknown): Variant {
  if (typeof value === 'string') return checkPreset(where, 'variant', value);
  const supplied = checkRecord(where, 'variant', value, ['from', ...Object.keys(choices)]);
  const base = supplied['from'] === undefined ? paper : checkPreset(where, 'variant.from', supplied['from']);
  const record: Record<string, string> = { ...base };
  for (const [question, answers] of Object.entries(choices)) {
    if (supplied[question] !== undefined)
      record[question] = checkOneOf(where, `variant.${question}`, supplied[question], answers);
  }
  return record as unknown as Variant; // `base` has every choice, and replacements are checked
}

function checkPreset(where: string, what: string, value: unknown): Variant {
  return variants[checkOneOf(where, what, value, keysOf(variants))];
}
