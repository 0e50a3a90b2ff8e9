/** Hand-made cases. Each tests one property. */
import type { NetworkDescription } from '../../../spec/dictionary.ts';
import type { Variant } from '../../../spec/variant.ts';
import type { Values } from '../../../src/engine/rounding.ts';
import { linears } from '../../kinds.ts';
import type { CaseClass, Draft, VectorStage } from './case.ts';

type Given = Readonly<Record<string, Values>>;

/** A draft of `stage/name` without folder and variant. `label` or `encode.sample` gives the number of samples. */
type HandDraft = Omit<Draft, 'folder' | 'variant'>;

/** A network with `inputs` inputs, a hidden layer of K neurons, and an output layer of 2 classes. */
function twoLayers(
  inputs: number,
  K: number,
  T: number,
  sizes: { threshold?: number; leak?: number } = {},
): NetworkDescription {
  const [threshold, leak] = [sizes.threshold ?? 1, sizes.leak ?? 1];
  const layers = linears(K, 2);
  return { input: { channels: inputs, height: 1, width: 1 }, timeWindow: T, threshold, leak, layers };
}

const floats = (...values: number[]): Float32Array => Float32Array.from(values);
const one = (value: number): Float64Array => Float64Array.of(value);

function draft(
  path: `${VectorStage}/${string}`,
  found: CaseClass,
  flags: readonly string[],
  description: NetworkDescription,
  given: Given,
): HandDraft {
  const [stage, name] = path.split('/') as [VectorStage, string];
  const B = (given['label'] ?? given['encode.sample'] ?? [0]).length;
  const version = stage === 'update' && found === 'interval' ? 4 : 3;
  const rest = { version, optimiser: 'adam', description, B } as const;
  return { stage, name, class: found, flags, ...rest, inputs: new Map(Object.entries(given)) };
}

export function handDrafts(folder: string, variant: Variant): Draft[] {
  return [
    ...encodeDrafts(),
    ...neuronDrafts(),
    draft('step/either', 'either', ['SeveralSamples'], twoLayers(10, 2, 2), {
      // Adds 0.1 ten times, in one step or in two. The order decides whether u reaches 1.
      'input.spikes': floats(...tenSpikes(10), ...tenSpikes(5), ...tenSpikes(0), ...tenSpikes(5)),
      label: Int32Array.of(0, 1),
      'layer1.weight': Float32Array.from({ length: 20 }, (_, k) => (k < 10 ? 0.1 : 0.25)),
      'layer2.weight': floats(0.5, 0.3, -0.2, 0.7),
    }),
    draft('flow/negative', 'exact', ['NegativeFlow', 'ZeroFlow', 'SilentLayer'], twoLayers(2, 3, 2), {
      'input.spikes': floats(1, -1, 0, -1),
      'layer1.current': floats(-1, 0.5, 0.25, 0.5, -0.5, 0.5),
      'layer1.spikes': floats(0, 0, 0, 0, 0, 0),
      'layer2.current': floats(0, 0, 0, 0),
    }),
    ...scaleDrafts(variant),
    draft('loss/label', 'exact', ['OffTarget'], twoLayers(1, 1, 4), {
      'layer2.potential.end': floats(4, -2, 1, 6),
      label: Int32Array.of(0, 1),
    }),
    draft('backward/gate', 'exact', ['NegativeFlow', 'ZeroFlow', 'GateMatters'], twoLayers(2, 4, 4), {
      'layer2.weight': floats(1, 0.5, -0.5, 2, -1, 1, 0.25, 0.5),
      'layer1.FI': floats(-1, 0, 2, 0.5),
      'layer1.FO': floats(0, 0, 2, 1),
      'layer1.S.before': one(0.5),
      'layer1.S': one(0.5),
      'scale.update': Int32Array.of(0),
      'input.FO': floats(3, -2),
      output: floats(0.5, 1),
      label: Int32Array.of(1),
    }),
    draft('update/still', 'interval', ['ZeroGradient', 'WeightDecay', 'LaterStep'], twoLayers(2, 2, 4), {
      ...updateOf('layer1', [0.5, -0.25, 0, 1], [0, 0.125, 0, -2], [0.5, 0, 0, 0.25], [0.25, 0.5, 0, 1]),
      ...updateOf('layer2', [1, 2, -1, 0.5], [1, 0, 0.5, 0], [0, 0, 0, 1], [1, 0, 0.125, 1]),
      learningRate: one(0.001),
      weightDecay: one(0.0005),
      step: Int32Array.of(3),
    }),
  ].map((each) => ({ folder, variant, ...each }));
}

const tenSpikes = (count: number): number[] => Array.from({ length: 10 }, (_, i) => (i < count ? 1 : 0));

function encodeDrafts(): HandDraft[] {
  const net: NetworkDescription = {
    ...twoLayers(6, 2, 3),
    input: { channels: 6, height: 1, width: 1, scale: 0.5 },
  };
  const image = floats(0, 1, 0.5, 0.25, -0.75, -1);
  // p·2³² is 2³¹ for p = ½, and 2³⁰ for p = ¼. The word p·2³² does not fire, but the word p·2³² − 1 does.
  const words = Uint32Array.from(
    [
      [0, 2 ** 31 - 1, 2 ** 31 - 1, 2 ** 30 - 1, 5, 2 ** 31],
      [1, 2 ** 31, 2 ** 31, 2 ** 30, 3e9, 2 ** 32 - 1],
      [2 ** 32 - 1, 2 ** 32 - 1, 2 ** 30 - 1, 2 ** 29, 2 ** 30, 0],
    ].flat(),
  );
  return [
    draft('encode/words', 'exact', ['NegativeInput', 'WordAtBound'], net, { image, 'encode.word': words }),
    draft('encode/seed', 'exact', ['RandomWords'], net, {
      image: floats(...image, ...image.map((x) => x * 0.75)),
      'encode.seed': Uint32Array.of(7),
      'encode.stream': Uint32Array.of(1),
      'encode.epoch': Uint32Array.of(3),
      'encode.sample': Uint32Array.of(5, 59999),
    }),
  ];
}

function neuronDrafts(): HandDraft[] {
  // Rounding decides whether 0.3 + 0.6 + 0.1 reaches 1, and whether 0.7 + 0.2 + 0.1 reaches 1.
  const tenths = [0.3, 0.7, 0.6, 0.2, 0.1, 0.1, 0.4, 0.3, 0.2, 0.5, 0.1, 0.9, 0.7, 0.2, 0.3, 0.4];
  return [
    draft('neuron/at-threshold', 'exact', ['AtThreshold', 'AboveThreshold'], twoLayers(1, 4, 4), {
      'layer1.current': floats(1, 0.5, 1.5, -1, 0.5, 0.5, 0.25, 2, 0.5, 0.25, 0.75, 1, 0, 0.75, 1, 0.5),
      'layer2.current': floats(0, 0, 0.5, -0.5, 1, 2, 0.25, 1),
    }),
    draft('neuron/leak-order', 'exact', ['LeakOrder'], twoLayers(1, 3, 4, { leak: 0.5 }), {
      'layer1.current': floats(0.5, 1, 1.75, 0.75, 0.5, 0.5, 0.5, 1.5, 0.25, 0.75, 0, 0.875),
      'layer2.current': floats(0.5, -0.5, 1, 1, 0.25, 0, 0, 1),
    }),
    draft('neuron/either', 'either', [], twoLayers(1, 2, 8), {
      'layer1.current': floats(...tenths),
      'layer2.current': floats(0.5, 0.1, 0.2, 0.3, 0, 0, 0.7, 0.1, 0.2, 0.9, 1, 0, 0, 0, 0.3, 0.6),
    }),
  ];
}

function updateOf(layer: string, w: number[], dw: number[], m: number[], v: number[]): Given {
  return {
    [`${layer}.weight`]: floats(...w),
    [`${layer}.dw`]: floats(...dw),
    [`${layer}.m.before`]: floats(...m),
    [`${layer}.v.before`]: floats(...v),
  };
}

/** Cases for S: a silent layer, a ratio above 1/Vth or below 0, and a ratio that is a power of two. */
function scaleDrafts(variant: Variant): HandDraft[] {
  const of = (FI: number[], FO: number[]): Given => ({
    'layer1.FI': floats(...FI),
    'layer1.FO': floats(...FO),
    'layer1.S.before': one(0.75),
    'scale.update': Int32Array.of(1),
  });
  const blended: CaseClass = variant.scaleMemory === 'blend' ? 'interval' : 'exact';
  const [net, half] = [twoLayers(1, 4, 4), twoLayers(1, 4, 4, { threshold: 2 })];
  const silent = of([1, 0.5, -0.25, 0.75], [0, 0, 0, 0]);
  const { 'layer1.S.before': _, ...withoutS } = silent;
  return [
    draft('scale/half', blended, [], net, of([4, 2, 1, 1], [2, 2, 0, 0])),
    draft('scale/refused', blended, ['RatioBeyond'], half, of([1, -2, 3, 0.5], [1, 0, 3, 1])),
    draft('scale/negative', blended, ['NegativeRatio'], net, of([-4, 1, 1, -2], [0, 1, 1, 0])),
    { ...draft('scale/start', blended, ['SilentLayer'], half, withoutS), without: ['S.before'] },
    draft('scale/silent', blended, ['SilentLayer'], net, silent),
  ];
}
