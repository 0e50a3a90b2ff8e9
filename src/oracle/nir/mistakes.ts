/** The catalogue: known deviations of simulators from a convention. */
import { real, type Floats } from '../../../spec/arithmetic.ts';
import { range, roundTo, total } from '../../engine/rounding.ts';
import type { NeuronStage } from '../../engine/stage.ts';
import { indicesOf } from '../keys.ts';
import { ifComputable } from '../memo.ts';
import type { Seen } from '../name.ts';
import { firstWrongStep, quantised, rowsOf } from '../rows.ts';
import {
  byMaps,
  byParameters,
  choices,
  everywhere,
  inCurrents,
  inNeurons,
  simulators,
  takenFrom,
  type NirChange,
  type NirMistake,
  type Weighted,
} from './choices.ts';
import { fitted } from './fits.ts';
import { constantsOf, type NirModel } from './steps.ts';

// misreadings of the graph

type Index = readonly [output: number, input: number, row: number, column: number];

/** The shape of weights: outputs, inputs, rows, columns. */
const shapeOf = (map: Weighted): Index => {
  const [rows, columns] = map.kind === 'convolution' ? map.kernel.size : [1, 1];
  return [map.output.channels, map.input.channels, rows, columns];
};

const byWeights = (of: (w: number) => number): NirChange =>
  byMaps(({ w }) => ({ w: Float64Array.from(w, of) }));

/** Reads the weights at other indices. An index beyond an edge wraps around. */
const byIndex = (from: (at: Index, shape: Index) => Index | undefined, isOfBack = false): NirChange =>
  byMaps((map, _none, isBack) => {
    if (isBack !== isOfBack) return undefined;
    const shape = shapeOf(map);
    const source = (k: number): number => {
      const at = indicesOf(shape, k) as unknown as Index; // `shape` has four axes
      const other: readonly number[] = from(at, shape) ?? at;
      return other.reduce((sum, each, d) => sum * shape[d] + ((each + shape[d]) % shape[d]), 0);
    };
    return { w: Float64Array.from(map.w, (_, k) => map.w[source(k)]) };
  });

const transposed: Parameters<typeof byIndex>[0] = ([o, i, r, c], [outputs, inputs]) =>
  outputs === inputs ? [i, o, r, c] : undefined;

/** The nearest whole number, ties to even. */
const toEven = (value: number): number => value + 1.5 * 2 ** 52 - 1.5 * 2 ** 52;

/** Quantises weights. The step is the greatest magnitude, overall or per output, divided by the number of levels. */
const byLevels = (levels: number, isByOutput = false, whole = toEven): NirChange =>
  byMaps(({ w, output }) => ({
    w: quantised(Float64Array.from(w), levels, isByOutput ? w.length / output.channels : w.length, whole),
  }));

const byBias = (of: (b: Floats, i: number) => number): NirChange =>
  byMaps(({ b }) => b && { b: Float64Array.from(b, (_, i) => of(b, i)) });

const misreadings = (): NirMistake[] => [
  ...rowsOf<NirModel>(inCurrents, {
    'bias=dropped: Its bias is missing.': byBias(() => 0),
    'bias=negated: Its bias is negated.': byBias((b, i) => -b[i]),
    'bias=doubled: Its bias is added twice.': byBias((b, i) => 2 * b[i]),
    'bias=reversed: Its biases are in reversed order.': byBias((b, i) => b[b.length - 1 - i]),
    'recurrent=dropped: Its recurrent edge is missing.': byMaps(({ w, b }, _, isBack) =>
      isBack ? { w: new Float64Array(w.length), ...(b && { b: new Float64Array(b.length) }) } : undefined,
    ),
    'recurrent=transposed: The weights of its recurrent edge are transposed.': byIndex(transposed, true),
    'weights=transposed: Its weights are transposed.': byIndex(transposed),
    'weights=negated: Its weights are negated.': byWeights((w) => -w),
    'weights=doubled: Its weights are doubled.': byWeights((w) => 2 * w),
    'weights=halved: Its weights are halved.': byWeights((w) => w / 2),
    'weights=rounded: Its weights are rounded to 8 bits, with a scale for each array.': byLevels(127),
    'weights=cut: Its weights are cut towards 0 to 8 bits.': byLevels(127, false, Math.trunc),
    'weights=int8PerOutput: Its weights are rounded to 8 bits, with a scale for each output.': byLevels(
      127,
      true,
    ),
    'weights=int4: Its weights are rounded to 4 bits.': byLevels(7),
    'weights=float16: Its weights are binary16.': byWeights((w) => roundTo(w, 11)),
    'weights=bfloat16: Its weights are bfloat16.': byWeights((w) => roundTo(w, 8)),
    'kernel=flipped: Its kernels are flipped (a convolution; NIR means a correlation).': byIndex(
      ([o, i, r, c]) => [o, i, -1 - r, -1 - c],
    ),
    'kernel=transposed: Rows and columns of its kernels are exchanged.': byIndex(
      ([o, i, r, c], [, , rows, columns]) => (rows === columns ? [o, i, c, r] : undefined),
    ),
  }),
  ...rowsOf<NirModel>(['current', 'neuron'], {
    'weights=pruned: The smallest weights of each array are 0.': {
      ...byMaps(({ w }, [share]) => {
        const sizes = Float64Array.from(w, Math.abs).sort();
        const least = sizes[Math.ceil(share * (sizes.length - 1))];
        return { w: w.map((each: number) => (Math.abs(each) < least ? 0 : each)) as Floats }; // `map` keeps the type
      }),
      fit: () => [0.1, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.9].map((share) => [share]),
      found: ([share]) => `They are ${Math.round(100 * share)} of 100.`,
    },
  }),
  ...rowsOf<NirModel>(inNeurons, {
    'tau=exchanged: tau_mem and tau_syn are exchanged.': byParameters(({ kind, τ, τSyn }) =>
      kind === 'CubaLIF' ? { τ: τSyn, τSyn: τ } : {},
    ),
  }),
];

// inputs and recordings

type Point = readonly [t: number, b: number, i: number];
type From = (at: Point, model: NirModel, k: readonly number[]) => Point;

/** Reads each number of the network's input from another place. */
const entering = (from: From): NirChange => ({
  input: (values, key, _, model, k) =>
    key === 'input' ? takenFrom(values, model, (...at) => from(at, model, k)) : values,
});

/** Reads each number of recorded arrays from another place. `back` undoes this for recorded spikes that feed neurons. */
const recording = (from: From, back?: From): NirChange => ({
  isFree: true,
  output: (values, key, _, model, k) =>
    /\.(spikes|potentials)$/.test(key) && model.recorded.has(key)
      ? takenFrom(values, model, (...at) => from(at, model, k))
      : values,
  input: (values, key, { stage }, model, k) =>
    back && stage === 'current' && key !== 'input' && model.recorded.has(key.replace(/back$/, 'spikes'))
      ? takenFrom(values, model, (...at) => back(at, model, k))
      : values,
});

/** For each recorded sample (axis 1) or neuron (axis 2), the nearest computed one. Each computed one is used once. */
function orderOf(axis: 1 | 2, { stage, model, got, with: make }: Seen<NirModel>): number[][] {
  const key = stage.writes.find((each) => got(each) !== undefined) ?? '';
  const [recorded, computed] = [got(key), ifComputable(() => make([])(key)?.v)];
  if (!recorded || !computed) return [];
  const shape = [model.T, model.B, recorded.length / (model.T * model.B)];
  if (shape[axis] > mostOrdered) return [];
  const [suppliedSlices, ours] = [recorded, computed].map((values) => {
    const slices = range(shape[axis]).map((): number[] => []);
    for (const [m, value] of values.entries()) slices[indicesOf(shape, m)[axis]].push(value);
    return slices;
  });
  const free = new Set(range(shape[axis]));
  const order = suppliedSlices.map((slice, at) => {
    const distance = (other: readonly number[]): number =>
      total(slice, (each, m) => Math.abs(each - other[m]));
    const all = ours.map((other, from) => (free.has(from) ? distance(other) : Infinity));
    const least = Math.min(...all);
    const nearest = all[at] === least ? at : all.indexOf(least);
    free.delete(nearest);
    return nearest;
  });
  return [order];
}

/** Limit on the samples or neurons that may be in another order. */
const mostOrdered = 512;
const some = (k: readonly number[]): string => `${k.slice(0, 16).join(', ')}${k.length > 16 ? ', …' : ''}`;

const recordings = (): NirMistake[] => [
  ...rowsOf<NirModel>(inCurrents, {
    'input=late: It reads the recorded input of the step before.': entering(([t, b, i]) => [t - 1, b, i]),
  }),
  ...rowsOf<NirModel>(everywhere, {
    'samples=permuted: Samples were recorded in another order.': {
      ...entering(([t, b, i], _, k) => [t, k[b] ?? b, i]),
      isFree: true,
      isOfAll: true,
      concerns: (stage, { B }) => B > 1 && stage.by === undefined,
      fit: (seen) => orderOf(1, seen),
      found: (k) => `They are ${some(k)} of the input.`,
    },
  }),
  ...rowsOf<NirModel>(['current', 'neuron'], {
    'recorded=stepAfter: Spikes and potentials were recorded a step late.': recording(
      ([t, b, i]) => [t - 1, b, i],
      ([t, b, i]) => [t + 1, b, i],
    ),
    'recorded=backwards: Steps were recorded backwards.': {
      isOfAll: true,
      ...recording(
        ([t, b, i], { T }) => [T - 1 - t, b, i],
        ([t, b, i], { T }) => [T - 1 - t, b, i],
      ),
    },
    'recorded=permuted: Neurons were recorded in another order.': {
      ...recording(([t, b, i], _, k) => [t, b, k[i] ?? i]),
      isOwn: true,
      fit: (seen) => orderOf(2, seen),
      found: (k) => `They are neurons ${some(k)}.`,
    },
  }),
];

// neurons

const byNeurons = (
  of: (stage: NeuronStage, k: readonly number[], model: NirModel) => Partial<NeuronStage>,
): NirChange => ({
  stage: (stage, model, k) => (stage.kind === 'neuron' ? { ...stage, ...of(stage, k, model) } : undefined),
});

const neurons = (): NirMistake[] => [
  ...rowsOf<NirModel>(['neuron'], {
    'reset=never: A spike resets nothing.': byNeurons(({ step }) => ({
      step: (state, x, decide, t) => step(state, x, (u, i, sent) => (decide(u, i, sent), 0), t),
    })),
    'leak=after: The leak takes the input of the step, too: u is λ·(u + x).': {
      concerns: ({ n }, { chain }) => chain.layers[n - 1].parameters.kind !== 'IF',
      input: (values, _, { n }, model) => {
        const { λ } = constantsOf(model, model.chain.layers[n - 1])(real);
        return Float64Array.from(values, (each, i) => each * λ[i % λ.length]);
      },
    },
    'rest: It rests after a spike (a refractory period).': {
      ...byNeurons(({ begin, step, size }, [steps, isHeld]) => ({
        begin: (precision) => ({
          ...begin(precision),
          left: new Float64Array(size),
          kept: new Float64Array(size),
        }),
        step(state, x, decide, t) {
          const { u, e, left, kept } = state;
          step(state, x, (seen, i, sent) => decide(seen, i, left[i] > 0 ? 0 : sent), t);
          for (let i = 0; i < size; i++) {
            if (left[i] > 0 && isHeld) u[i] = kept[i];
            if (left[i] > 0) left[i]--;
            if (e[i] !== 0) [left[i], kept[i]] = [steps, u[i]];
          }
        },
      })),
      fit: () => range(mostRest).flatMap((k) => [1, 0].map((isHeld) => [k + 1, isHeld])),
      found: ([steps, isHeld]) =>
        `It does so for ${steps} steps, and ${isHeld ? 'its input is lost meanwhile' : 'its potential goes on meanwhile'}.`,
    },
  }),
  ...rowsOf<NirModel>(['synapse', 'neuron'], {
    'state=kept: The state is kept from sample to sample.': {
      ...byNeurons(({ T }, _, { B }) => ({ T: T * B })),
      concerns: (stage, { B }) => B > 1 && stage.by === undefined,
      isFree: true,
      isOfAll: true,
      // Joins the samples into one, and splits the output again.
      input: (values, _, __, model) =>
        takenFrom(values, model, (t, b, i) => {
          const row = t * model.B + b;
          return [row % model.T, Math.floor(row / model.T), i];
        }),
      output: (values, _, __, model) =>
        takenFrom(values, model, (t, b, i) => {
          const row = b * model.T + t;
          return [Math.floor(row / model.B), row % model.B, i];
        }),
    },
    'state=wiped: The state is reset in the middle of a sample.': {
      ...byNeurons(({ begin, step }, [at]) => ({
        step(state, x, decide, t) {
          if (t === at) for (const [key, values] of Object.entries(begin(real))) state[key].set(values);
          step(state, x, decide, t);
        },
      })),
      fit: (seen) => range(Math.min(8, firstWrongStep(seen))).map((k) => [firstWrongStep(seen) - k]),
      found: ([k]) => `It is step ${k}.`,
    },
  }),
];

/** The longest refractory period that is tried, in steps. */
const mostRest = 16;

export const mistakes = (): NirMistake[] => [
  ...choices(),
  ...simulators(),
  ...misreadings(),
  ...recordings(),
  ...neurons(),
  ...fitted(),
];
