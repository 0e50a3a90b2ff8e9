/** Vectors in fixed point: encode, current, neuron and flow of a window, as whole numbers in units of 2^−fraction. */
import { real, type Floats } from '../../../spec/arithmetic.ts';
import { buildNetwork } from '../../../spec/dictionary.ts';
import { applyWords } from '../../../spec/encode.ts';
import { fixed, toUnits, type FixedFormat } from '../../../spec/fixed.ts';
import { accumulateFlow } from '../../../spec/flow.ts';
import { neuronsOf, type Network } from '../../../spec/network.ts';
import { applyLayerNeuron } from '../../../spec/neuron.ts';
import type { Variant } from '../../../spec/variant.ts';
import type { Values } from '../../../src/oracle/interval.ts';
import { keyOf } from '../../../src/oracle/keys.ts';
import type { Draft } from './case.ts';
import { stream, worldOf } from './worlds.ts';

/** The stages that fixed point is for. */
const fixedStages = ['encode', 'current', 'neuron', 'flow'] as const;
export type FixedStage = (typeof fixedStages)[number];

export interface FixedDraft extends Draft {
  readonly stage: FixedStage;
  readonly format: FixedFormat;
}

export const fixedFlags = [
  { name: 'Rounding', stages: fixedStages, catches: 'fixed point: nearest for truncation, or the reverse' },
  { name: 'Overflow', stages: fixedStages, catches: 'fixed point: wrapping for saturation, or the reverse' },
] as const;

const formats: readonly FixedFormat[] = [
  { width: 8, fraction: 4, rounding: 'truncate', overflow: 'saturate' },
  { width: 8, fraction: 4, rounding: 'nearest', overflow: 'wrap' },
];

const nameOfFormat = ({ width, fraction, rounding, overflow }: FixedFormat): string =>
  `fixed-${width}-${fraction}-${rounding}-${overflow}`;

/** The cases of a preset: each stage in each format. Weights are four times as large as usual, so that sums overflow. */
export function fixedDrafts(folder: string, variant: Variant): FixedDraft[] {
  const { description, B, given } = worldOf('pools', 3, false, variant);
  const next = stream(11);
  const inputs = new Map<string, Values>(
    [...given]
      .filter(([key]) => key !== 'label')
      .map(([key, value]) => [key, key.endsWith('weight') ? Float64Array.from(value, (w) => 4 * w) : value]),
  );
  const size = neuronsOf(description.input);
  inputs.set(
    'image',
    Float64Array.from({ length: B * size }, () => next() * 2 - 1),
  );
  const words = { length: description.timeWindow * B * size };
  inputs.set(
    'encode.word',
    Uint32Array.from(words, () => next() * 2 ** 32),
  );
  const draft = { folder, class: 'exact', variant, B, optimiser: 'adam', given: inputs } as const;
  return formats.flatMap((format): FixedDraft[] => {
    const name = nameOfFormat(format);
    return [
      ...fixedStages.map((stage) => ({
        ...draft,
        name,
        stage,
        version: stage === 'neuron' ? 3 : 2,
        description,
        format,
      })),
      {
        ...draft,
        name: `${name}-if`,
        stage: 'neuron',
        version: 1,
        description: { ...description, leak: 1 },
        format,
      },
    ];
  });
}

/** The window of a case. What enters its neurons is changed so that one of layer 1, which fires, overflows at both ends. */
export function windowOf(draft: FixedDraft): Map<string, Float64Array> {
  const window = runWindow(draft);
  if (draft.stage !== 'neuron') return window;
  const { description, B, format } = draft;
  const currents = new Map([...window].filter(([key]) => key.endsWith('.current')));
  const first = currents.get(keyOf(1, 'current'))!.slice();
  const size = first.length / description.timeWindow;
  const most = 2 ** (format.width - 1) - 1;
  // Below the threshold, then as much as there is, then down.
  const units = [8, most, -100, -100, -100];
  for (let t = 0; t < description.timeWindow; t++)
    for (let b = 0; b < B; b++) first[t * size + (b * size) / B] = units[t] / 2 ** format.fraction;
  return runWindow(draft, currents.set(keyOf(1, 'current'), first));
}

type Window = ReadonlyMap<string, Float64Array>;

/**
 * Every array of a window in a format, by key, as real numbers.
 *
 * @param pinned arrays that are taken in place of what the window makes: a stage's own inputs
 */
export function runWindow(
  { description, variant, B, given, format }: FixedDraft,
  pinned: Window = new Map(),
): Map<string, Float64Array> {
  const precision = fixed(format);
  const network = buildNetwork(description, variant, precision);
  const arrays = new Map<string, Float64Array>();
  for (const [key, values] of given)
    arrays.set(key, pinned.get(key) ?? Float64Array.from(values, rounded(key)));
  const tracks = trackKeys(network, B);
  for (const [key, length] of tracks) if (!arrays.has(key)) arrays.set(key, new Float64Array(length));
  encode(network, arrays, B);
  for (let b = 0; b < B; b++) runSample(network, arrays, pinned, b, B);
  return arrays;

  function rounded(key: string): (value: number) => number {
    return /weight$|^image$/.test(key) ? precision.round : (value) => value;
  }
}

/** The arrays that a window makes, with their lengths. Spikes of the image are apart from those that layer 1 is given. */
function trackKeys({ T, input, layers }: Network, B: number): [string, number][] {
  const size = B * neuronsOf(input);
  const own = layers.flatMap(({ n, output, spikes, isOutput, kind }): [string, number][] => {
    const [maps, flows] = [T * B * neuronsOf(output), B * neuronsOf(output)];
    return [
      [keyOf(n, 'current'), maps],
      ...(spikes ? [[keyOf(n, 'compared'), maps] as [string, number]] : []),
      ...(kind.silent ? [] : [[keyOf(n, 'potential'), maps] as [string, number]]),
      [keyOf(n, 'FI'), flows],
      ...(isOutput
        ? []
        : ([
            [keyOf(n, 'spikes'), maps],
            [keyOf(n, 'FO'), flows],
          ] as [string, number][])),
    ];
  });
  return [['encoded.spikes', T * size], ['input.FO', size], ...own];
}

function encode(
  { T, input, variant, inputScale }: Network,
  arrays: ReadonlyMap<string, Float64Array>,
  B: number,
): void {
  const size = neuronsOf(input);
  const scale = variant.input === 'scaledIntensity' ? inputScale : 1;
  for (let m = 0; m < T * B; m++) {
    const from = (m % B) * size;
    const image = arrays.get('image')!.subarray(from, from + size);
    const words = arrays.get('encode.word')!.subarray(m * size, (m + 1) * size);
    applyWords(arrays.get('encoded.spikes')!.subarray(m * size, (m + 1) * size), image, words, scale);
  }
}

/** One sample through the window, a layer after the other. */
function runSample(network: Network, arrays: Window, pinned: Window, b: number, B: number): void {
  const { layers, T, precision, variant, input } = network;
  const put = (key: string, values: Floats, index: number): void =>
    arrays.get(key)?.set(Float64Array.from(values), index * values.length);
  const mapOf = (n: number, t: number): Floats => {
    const size = neuronsOf(n === 0 ? input : layers[n - 1].output);
    return arrays.get(keyOf(n, 'spikes'))!.slice((t * B + b) * size, (t * B + b + 1) * size);
  };
  const pin = (values: Floats, key: string, t: number): void => {
    const at = (t * B + b) * values.length;
    if (pinned.has(key)) values.set(pinned.get(key)!.subarray(at, at + values.length));
  };
  const flow = real.array(neuronsOf(input));
  for (let t = 0; t < T; t++) accumulateFlow(real.array(flow.length), flow, mapOf(0, t), mapOf(0, t));
  put('input.FO', flow, b);
  for (const layer of layers) {
    const { n } = layer;
    const size = neuronsOf(layer.output);
    // What has a fraction is in fixed point; spikes and their counts are whole.
    const [x, u, FI] = [precision.array(size), precision.array(size), precision.array(size)];
    const [o, FO, compared] = [real.array(size), real.array(size), real.array(size)];
    const w = precision.array(arrays.get(keyOf(n, 'weight'))?.length ?? 0);
    w.set(arrays.get(keyOf(n, 'weight')) ?? []);
    for (let t = 0; t < T; t++) {
      layer.kind.applyCurrent(x, w, mapOf(n - 1, t), layer);
      pin(x, keyOf(n, 'current'), t);
      applyLayerNeuron(u, o, x, layer, variant, (seen, i, fires) => {
        compared[i] = seen;
        return fires;
      });
      pin(o, keyOf(n, 'spikes'), t);
      accumulateFlow(FI, FO, x, o);
      const tracks = { current: x, compared, potential: u, spikes: o };
      for (const [what, values] of Object.entries(tracks)) put(keyOf(n, what), values, t * B + b);
    }
    put(keyOf(n, 'FI'), FI, b);
    put(keyOf(n, 'FO'), FO, b);
  }
}

/** Numbers of a key as whole ones: in units of the format, or as they are. */
export function unitsOf(key: string, values: Float64Array, format: FixedFormat): Int32Array | Uint32Array {
  if (key === 'encode.word') return Uint32Array.from(values);
  const isWhole = /spikes$|FO$/.test(key);
  return Int32Array.from(values, (value) => (isWhole ? value : toUnits(value, format)));
}
