/** Stage backward: the mask and S of Eq. 10, flows of Eq. 11, ties of a maximum pool. */
import type { Floats } from '../../../spec/arithmetic.ts';
import { neuronsOf, weightsOf, type Layer } from '../../../spec/network.ts';
import { averagePool } from '../../../spec/layers/averagePool.ts';
import { maxPool } from '../../../spec/layers/maxPool.ts';
import { keyOf } from '../keys.ts';
import { learns, type StagePart, type Setting } from '../stagePart.ts';
import { semantics, type Semantics } from '../semantics.ts';
import { take } from '../slices.ts';
import { like, loosened, ownLayer, withDriftOf, withRoundings } from './helpers.ts';
import { absolutes, largest, tiny, total, ε, type Values } from '../interval.ts';
import { changingOutputs, byInput, scaled, type Mistake } from './mistake.ts';
import { byLayer, layerOf, undivided } from './wiring.ts';

const isGate = (part: StagePart, setting: Setting): boolean => {
  const layer = ownLayer(part, setting);
  return layer !== undefined && layer.spikes && part.outputs.includes(keyOf(part.n, 'dFI'));
};

/** Another ∂FO/∂FI; it may depend on the flows whatever the variant. */
function bySlope(id: string, says: string, slope: (FI: number, FO: number, S: number) => number): Mistake {
  const applydFI: Semantics['applydFI'] = (dFI, dFO, FI, FO, S) => {
    for (let j = 0; j < dFO.length; j++) {
      const s = slope(FI[j], FO[j], S);
      dFI[j] = s === 0 ? 0 : dFO[j] * s;
    }
  };
  const planted: Mistake = {
    id,
    stages: ['backward'],
    says,
    concerns: isGate,
    plant: (_, make) => make({ variant: { gate: 'positiveInput' }, semantics: { applydFI } }),
  };
  return withRoundings(planted, 6);
}

/** Eq. 10 with another slope than S; the mask is that of the variant. */
const withSlope = (of: (S: number) => number): Partial<Semantics> => ({
  applydFI: (...[dFI, dFO, FI, FO, S, ...rest]) => semantics.applydFI(dFI, dFO, FI, FO, of(S), ...rest),
});

function byFactor(id: string, says: string, of: (S: number) => number): Mistake {
  const planted: Mistake = {
    id,
    stages: ['backward'],
    says,
    concerns: (part, setting) => isGate(part, setting) && setting.variant.scale !== 'neuron',
    plant: (_, make) => make({ semantics: withSlope(of) }),
  };
  return withRoundings(planted, 6);
}

const maskByFO = bySlope(
  'mask-by-FO',
  'The gradient passes neurons with FO > 0, those that fired.',
  (_, FO, S) => (FO > 0 ? S : 0),
);
const maskAtZero = bySlope(
  'mask-at-zero',
  'The gradient passes neurons with FI = 0, too, as where pools have no gate.',
  (FI, _, S) => (FI >= 0 ? S : 0),
);
const scaleIgnored = byFactor('scale-ignored', 'Eq. 10 lacks S: ∂FO/∂FI is 1.', () => 1);
const scaleTwice = byFactor('scale-twice', 'Eq. 10 has S twice.', (S) => S * S);

/** Numbers that a fitted slope needs: of fewer, one that fits is no evidence. */
const leastFitted = 8;

/** Where nothing was supplied to fit it to, a half. */
const otherSlope: Mistake = {
  id: 'other-slope',
  stages: ['backward'],
  says: 'Eq. 10 has one other slope than S in all neurons of the layer (straight-through).',
  isFitted: true,
  isOfAll: true,
  concerns: (part, setting) => isGate(part, setting) && setting.variant.scale !== 'neuron',
  plant: (right, make) => ({
    ...right,
    run(intervals, manner) {
      const [d, S] = [
        take(intervals, keyOf(right.n, 'dFO')).value,
        take(intervals, keyOf(right.n, 'S')).value,
      ];
      const got = manner.follow.get(keyOf(right.n, 'dFI'));
      const slope = got ? fittedSlope(d, got) : 1 / 2;
      if (!(slope > 0) || Math.abs(slope / S[0] - 1) < 2 ** -12) return right.run(intervals, manner);
      const part = make({ semantics: withSlope(() => slope) })!; // other semantics take no part away
      return changingOutputs(part, (interval) => loosened(interval, 6)).run(intervals, manner);
    },
  }),
};

/** The median of dFI / dFO where there is a gradient; 0 where that is at a few numbers alone. */
function fittedSlope(d: Values, got: Values): number {
  const slopes: number[] = [];
  for (let i = 0; i < got.length; i++) if (got[i] !== 0 && d[i] !== 0) slopes.push(got[i] / d[i]);
  return slopes.length < leastFitted ? 0 : slopes.sort((a, b) => a - b)[slopes.length >> 1];
}

const scaleOfNeighbour = byInput(
  {
    id: 'scale-of-next-layer',
    stage: 'backward',
    says: 'Eq. 10 uses S of the layer that follows.',
    concerns: (part, setting) => isGate(part, setting) && setting.network.layers[part.n]?.spikes,
  },
  (key, { n }) => (key === keyOf(n, 'S') ? keyOf(n + 1, 'S') : key),
);

const isWeights = ({ n, outputs }: StagePart): boolean => outputs.includes(keyOf(n, 'dw'));
const isLearned = (part: StagePart): boolean => isWeights(part) && part.inputs.length > 0;
const neuronsAround = (layer: Layer): readonly [number, number] => [
  neuronsOf(layer.input),
  neuronsOf(layer.output),
];

/** Eq. 11 with another flow. */
const byFlow = (
  id: string,
  says: string,
  fits: (layer: Layer, setting: Setting) => boolean,
  from: (n: number) => string,
): Mistake =>
  byInput(
    {
      id,
      stage: 'backward',
      says,
      concerns(part, setting) {
        const layer = ownLayer(part, setting);
        return layer !== undefined && isWeights(part) && fits(layer, setting);
      },
    },
    (key, { n }) => (key === keyOf(n - 1, 'FO') ? from(n) : key),
  );

const ownFlow = byFlow(
  'own-layer-flow',
  'Eq. 11 takes FO of the layer itself; it has FO of the layer before.',
  (layer) => !layer.isOutput && neuronsAround(layer)[0] === neuronsAround(layer)[1],
  (n) => keyOf(n, 'FO'),
);
const flowIn = byFlow(
  'flow-in-for-flow-out',
  'Eq. 11 takes FI of the layer before; it has FO.',
  ({ n }) => n > 1,
  (n) => keyOf(n - 1, 'FI'),
);

const lastSpikes: Mistake = {
  id: 'flow-of-last-step',
  stages: ['backward'],
  says: 'Eq. 11 uses the spikes of the last step of the layer before; it has FO, their sum over the window.',
  concerns: isLearned,
  plant(right, _, { network: { T } }) {
    const [FO, spikes] = [keyOf(right.n - 1, 'FO'), keyOf(right.n - 1, 'spikes')];
    return {
      ...right,
      inputs: right.inputs.map((key) => (key === FO ? spikes : key)),
      run(intervals, manner) {
        const { value } = take(intervals, spikes);
        const last = { value: value.subarray(value.length - value.length / T) };
        return right.run(new Map([...intervals, [FO, last]]), manner);
      },
    };
  },
};

/** ∂L/∂w times one number, which depends on it. */
const byNorm = (id: string, says: string, factor: (norm: number) => number): Mistake => ({
  id,
  stages: ['backward'],
  says,
  isOfAll: true,
  concerns: isLearned,
  plant: (right) =>
    changingOutputs(right, (interval) => {
      const [squares, spread] = [
        total(interval.value, (d) => d * d),
        total(interval.value, (d, i) => 2 * Math.abs(d) * (interval.radius?.[i] ?? 0)),
      ];
      const by = factor(Math.sqrt(squares));
      // The norm is as uncertain as its terms are.
      return withDriftOf(scaled(interval, by), 4 + Math.ceil(spread / Math.max(squares, tiny) / ε));
    }),
});

const detached: Mistake = {
  id: 'gradient-detached',
  stages: ['backward'],
  says: 'No gradient reaches the weights: the graph is detached before them.',
  concerns: isLearned,
  plant: (right) => changingOutputs(right, ({ value }) => ({ value: like(value, value.length) })),
};
const normalised = byNorm('gradient-normalised', '∂L/∂w of each layer is divided by its norm.', (norm) =>
  norm > 0 ? 1 / norm : 1,
);
const clippedNorm = byNorm(
  'gradient-clipped-by-norm',
  '∂L/∂w of each layer is scaled to a norm of at most 1.',
  (norm) => (norm > 1 ? 1 / norm : 1),
);

/** Of all layers together: what was supplied of them has a norm that somebody would write. */
const clippedGlobally: Mistake = {
  id: 'gradient-clipped-by-global-norm',
  stages: ['backward'],
  says: '∂L/∂w of all layers together is scaled to a norm such as 0.5, 1 or 5 (clipped, or normalised).',
  isFitted: true,
  isOfAll: true,
  concerns: (part, setting) => isLearned(part) && learnedLayers(setting).length > 1,
  plant: (right, _, setting) =>
    changingOutputs(right, (interval, key, { follow }) => {
      const all = learnedLayers(setting).map(({ n }) => follow.get(keyOf(n, 'dw')));
      const supplied = all.every((each) => each !== undefined) ? all : [];
      const norm = Math.sqrt(supplied.reduce((sum, dw) => sum + total(dw, (d) => d * d), 0));
      const own = total(interval.value, (d) => d * d);
      if (!isRoundNumber(norm) || own === 0) return interval;
      const by = Math.sqrt(total(take(follow, key), (d) => d * d) / own);
      return loosened(withDriftOf(scaled(interval, by), 8), 8);
    }),
};

const learnedLayers = (setting: Setting): Layer[] =>
  setting.network.layers.filter((layer) => weightsOf(layer) > 0 && learns(layer, setting));

/** 1, 2, 2.5 or 5 times a power of ten, as near as rounding and PyTorch's 10⁻⁶ leave it. */
function isRoundNumber(norm: number): boolean {
  if (!(norm > 0)) return false;
  const lead = norm / 10 ** Math.floor(Math.log10(norm) + 2 ** -14);
  return [1, 2, 2.5, 5].some((round) => Math.abs(lead / round - 1) < 2 ** -14);
}

/** Numbers that a limit needs: one gives it, the others are evidence. */
const leastClipped = 4;

/** At most so large as the largest that was supplied, where several are. */
const clippedValue: Mistake = {
  id: 'gradient-clipped-by-value',
  stages: ['backward'],
  says: 'Numbers of ∂L/∂w beyond a limit are cut to it.',
  isFitted: true,
  isOfAll: true,
  concerns: isLearned,
  plant: (right) =>
    changingOutputs(right, (interval, key, { follow }) => {
      const most = largest(follow.get(key) ?? []);
      const [sizes, radii] = [absolutes(interval.value), interval.radius];
      // What is beyond for certain is the limit itself.
      const beyond = [...sizes.keys()].filter((i) => sizes[i] - (radii?.[i] ?? 0) > most);
      if (most === 0 || beyond.length < leastClipped || !differ(beyond)) return interval;
      const value = like(interval.value, interval.value.length);
      for (let i = 0; i < value.length; i++) value[i] = Math.max(-most, Math.min(most, interval.value[i]));
      const radius = radii?.slice();
      for (const i of beyond) if (radius) radius[i] = 0;
      return { value, radius };

      /** Whether they are of different sizes for certain: a factor would leave them so. */
      function differ(places: readonly number[]): boolean {
        const least = largest(places.map((i) => sizes[i] - (radii?.[i] ?? 0)));
        return places.some((i) => sizes[i] + (radii?.[i] ?? 0) < least);
      }
    }),
};

const isThrough = (part: StagePart, setting: Setting): Layer | undefined =>
  part.outputs.includes(keyOf(part.n, 'dFO')) ? layerOf(part, setting) : undefined;

const poolUndivided: Mistake = {
  id: 'pool-gradient-not-divided',
  stages: ['backward'],
  says: 'The gradient of an average pool goes to each input whole; each has 1/size² of it.',
  concerns: (part, setting) => isThrough(part, setting)?.kind === averagePool,
  plant: (_, make) => make({ semantics: { applydFO: undivided } }),
};

const poolTiled = byLayer(
  'pool-gradient-tiled',
  'The gradient of an average pool is repeated as a whole map; each of its numbers goes to its own window.',
  (layer) => {
    const { kind, input, output, synapses } = layer;
    const isWhole = input.height % output.height === 0 && input.width % output.width === 0;
    if (kind !== averagePool || !isWhole || output.height * output.width === 1) return undefined;
    return {
      ...synapses,
      outOf(j) {
        const [row, column] = [Math.floor(j / input.width) % input.height, j % input.width];
        const channel = Math.floor(j / (input.height * input.width));
        const i = (channel * output.height + (row % output.height)) * output.width + (column % output.width);
        return { i: Int32Array.of(i), k: Int32Array.of(0), count: 1 };
      },
    };
  },
  ['backward'],
);

/** The gradient of a maximum pool, to inputs that `share` gives a part of it. */
function byTies(
  id: string,
  says: string,
  share: (place: number, ties: readonly number[]) => number,
): Mistake {
  const applydFO = (dFO: Floats, _w: Floats, dFI: Floats, FO: Floats, { output, synapses }: Layer): void => {
    dFO.fill(0);
    for (let i = 0; i < neuronsOf(output); i++) {
      const heard = synapses.into(i);
      const window = [...heard.j.subarray(0, heard.count)];
      const most = Math.max(...window.map((j) => FO[j]));
      const ties = window.filter((j) => FO[j] === most);
      for (const [place, j] of ties.entries()) dFO[j] = dFO[j] + share(place, ties) * dFI[i];
    }
  };
  const planted: Mistake = {
    id,
    stages: ['backward'],
    says,
    concerns: (part, setting) => isThrough(part, setting)?.kind === maxPool,
    plant: (_, make) => make({ semantics: { applydFO } }),
  };
  return withRoundings(planted, 3);
}

const tiesToLast = byTies(
  'max-pool-ties-to-last',
  'Of equal maxima the last gets the gradient; it is the first.',
  (place, ties) => (place === ties.length - 1 ? 1 : 0),
);
const tiesToAll = byTies(
  'max-pool-ties-to-all',
  'Equal maxima each get the whole gradient; it is the first that does.',
  () => 1,
);
const tiesShared = byTies(
  'max-pool-ties-shared',
  'Equal maxima share the gradient; it goes to the first.',
  (_, ties) => 1 / ties.length,
);

export const gradientMistakes: readonly Mistake[] = [
  maskByFO,
  maskAtZero,
  scaleIgnored,
  scaleTwice,
  otherSlope,
  scaleOfNeighbour,
  ownFlow,
  flowIn,
  lastSpikes,
  poolUndivided,
  poolTiled,
  tiesToLast,
  tiesToAll,
  tiesShared,
  detached,
  normalised,
  clippedNorm,
  clippedGlobally,
  clippedValue,
];
