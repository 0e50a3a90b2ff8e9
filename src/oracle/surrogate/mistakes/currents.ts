/** Mistakes in the input of neurons: inputs, weights, pools, recurrent spikes. */
import type { Floats } from '../../../../spec/arithmetic.ts';
import { digits, largest, range, total } from '../../../engine/rounding.ts';
import type { Stage } from '../../../engine/stage.ts';
import { borders, delayed, ofKind, rowsOf, stepsFrom } from '../../rows.ts';
import { areaOf, positionsOf } from '../maps.ts';
import { keyOf, lateOf, withPools, type SurrogateLayer, type SurrogateModel } from '../model.ts';
import { layerOf, mapped, nameOf, zero, type SeenSurrogate, type SurrogateChange } from './changes.ts';

/** Replaces the recorded input of a layer, also for the gradient of its weights, and the gradient that it returns. */
const entersAs = (
  change: NonNullable<SurrogateChange['input']>,
  back: typeof change,
  isOf: (layer: SurrogateLayer) => boolean = () => true,
): SurrogateChange => ({
  concerns: (stage, model) =>
    ['current', 'dw', 'returned'].includes(nameOf(stage)) && isOf(layerOf(model, stage)),
  input: (values, key, ...at) => (/^input$|spikes$|\.from\./.test(key) ? change(values, key, ...at) : values),
  output: (values, key, stage, ...at) =>
    nameOf(stage) === 'returned' ? back(values, key, stage, ...at) : values,
});

const weightOf = ({ reads: keys, writes: [result] }: Stage): string =>
  keys.find((key) => key.endsWith('.weight')) ?? result;

/** The weights before the optimiser's step, if those after it were recorded: W + k·dW or, as in Adam's first step, W + k·sign(dW). */
const beforeUpdate = (of: (dw: number) => number): SurrogateChange => ({
  concerns: (stage, { recorded }) =>
    ['current', 'returned'].includes(nameOf(stage)) &&
    recorded.has(weightOf(stage).replace('.weight', '.dw')),
  stage: ofKind('sum', (stage, _model, [k]) => {
    const indices = stage.reads.flatMap((key, index) => (/\.(weight|bias)$/.test(key) ? [index] : []));
    const gradients = indices.map((index) =>
      stage.reads[index].replace('.weight', '.dw').replace('.bias', '.db'),
    );
    return {
      reads: [...stage.reads, ...gradients],
      f(args, precision) {
        const changed = args.slice(0, stage.reads.length);
        for (const [at, index] of indices.entries())
          changed[index] = mapped(changed[index], (w, i) => w + k * of(args[changed.length + at][i]));
        return stage.f(changed, precision);
      },
    };
  }),
  usual: () => [0.001, 0.01, 0.1, 1, 0.0001, 0.0005, 0.002, 0.005, 0.02, 0.05, 0.5].map((k) => [k]),
  found: ([k]) => `Its rate is ${digits(k)}.`,
});

/** An array (T,…) whose first step becomes 0. */
const withoutFirst = (values: Floats, T: number): Floats => stepsFrom(values, T, (t) => (t === 0 ? -1 : t));

const isRecurrent: NonNullable<SurrogateChange['concerns']> = (stage, model) =>
  ['current', 'fed', 'drecurrent'].includes(nameOf(stage)) && layerOf(model, stage).recurrent !== undefined;

const isPadded = ({ synapse: { padding } }: SurrogateLayer): boolean => largest(padding) > 0;

const channelsOf = ({ before, synapse }: SurrogateLayer): number =>
  before.at(-1)?.to.channels ?? synapse.from.channels;

/** Maps (C,H,W) of the input of a layer, in the order (H,W,C), or the way back. */
function flattened(values: Floats, layer: SurrogateLayer, isBack: boolean): Floats {
  const size = layer.synapse.from.channels;
  const C = isBack ? size / channelsOf(layer) : channelsOf(layer);
  const from = (j: number): number => (j % C) * (size / C) + Math.floor(j / C);
  return mapped(values, (_, i) => values[i - (i % size) + from(i % size)]);
}

/** Whether a linear layer hears a flattened map. */
const hearsMap = (layer: SurrogateLayer): boolean =>
  areaOf(layer.synapse) === 1 && channelsOf(layer) < layer.synapse.from.channels;

/** Recurrent weights with a diagonal, or with one that counts as 0. */
const recurrentSelf = (hasSelf: boolean): SurrogateChange => ({
  concerns: (_, { layers }) => layers.some(({ recurrent: V }) => V && !V.isOneToOne && V.hasSelf !== hasSelf),
  change: ({ layers }) => ({
    layers: layers.map((one) => ({ ...one, recurrent: one.recurrent && { ...one.recurrent, hasSelf } })),
  }),
});

export const ofCurrents = rowsOf<SurrogateModel>(['current', 'backward'], {
  'first-step-dropped: Nothing enters in the first step.': {
    concerns: (stage) => ['current', 'dw', 'db'].includes(nameOf(stage)),
    input: (values, key, _stage, { T }) => (key.endsWith('dcurrent') ? withoutFirst(values, T) : values),
    output: (values, key, _stage, { T }) => (key.endsWith('.current') ? withoutFirst(values, T) : values),
  },
  'one-step-late: What enters comes one step late.': entersAs(
    (o, _key, _stage, { T }) => delayed(o, T),
    (d, _key, _stage, { T }) => stepsFrom(d, T, (t) => t + 1),
  ),
  'one-step-early: What enters reaches the neurons one step early.': {
    concerns: (stage, model) => stage.n > 0 && lateOf(layerOf(model, stage)) > 0,
    change: ({ layers }) => ({
      layers: layers.map((each) => {
        const arrives = lateOf(each) > 1 ? 'stepAfter' : 'sameStep';
        return { ...each, layer: { ...each.layer, neuron: { ...each.layer.neuron, arrives } } };
      }),
    }),
  },
  'flattened-channels-last: Before the linear layer the map is flattened (H,W,C); the weights are for (C,H,W).':
    entersAs(
      (o, _key, stage, model) => flattened(o, layerOf(model, stage), false),
      (d, _key, stage, model) => flattened(d, layerOf(model, stage), true),
      hearsMap,
    ),
  'returned-channels-last: The gradient that returns from a linear layer is read as a map (H,W,C); the weights are for (C,H,W).':
    {
      concerns: (stage, model) => nameOf(stage) === 'returned' && hearsMap(layerOf(model, stage)),
      output: (d, _key, stage, model) => flattened(d, layerOf(model, stage), true),
    },
  'potentials-are-sent: The potentials of the layer before enter, and not its spikes.': {
    concerns: (stage, { recorded }) =>
      ['current', 'dw'].includes(nameOf(stage)) && recorded.has(keyOf(stage.n - 1, 'mem')),
    wire: (key) => key.replace(/spikes$/, 'mem'),
  },
  'recurrent-missing: Spikes do not come back.': {
    concerns: isRecurrent,
    input: (values, key) => (key.endsWith('.back') ? zero(values) : values),
  },
  'recurrent-of-potentials: Potentials come back, and not spikes.': {
    concerns: (stage, model) => isRecurrent(stage, model) && model.recorded.has(keyOf(stage.n, 'mem')),
    wire: (key) => key.replace(/back$/, 'mem'),
  },
  'recurrent-of-same-step: The gradient of recurrent weights takes the spikes of its step, and not of the one before.':
    {
      concerns: (stage) => nameOf(stage) === 'drecurrent',
      input: (values, key, _stage, { T }) =>
        key.endsWith('back')
          ? values
          : Float64Array.from([...new Float64Array(values.length / T), ...values]),
    },
  'recurrent-to-itself: Each neuron’s spikes come back to it, too.': recurrentSelf(true),
  'recurrent-not-to-itself: No neuron’s spikes come back to it: the diagonal of the recurrent weights counts as 0.':
    recurrentSelf(false),
  ...Object.fromEntries(
    (['maxpool', 'sumpool', 'avgpool', 'first'] as const).map((kind) => [
      kind === 'first'
        ? 'pool-takes-first: A pool takes the first number of each window, as o[::2, ::2] does.'
        : `pool=${kind}: A pool is a ${kind} and not what it should be.`,
      {
        concerns: (_, { layers }) =>
          layers.some((each) => [...each.before, ...each.within].some((pool) => pool.kind !== kind)),
        change: (model) => withPools(model, (pool) => ({ ...pool, kind })),
      } satisfies SurrogateChange,
    ]),
  ),
  'pool-spread-out: A pool takes one number of each part of the map, and not neighbours, as after a reshape to (2, H/2).':
    {
      concerns: (_, { layers }) =>
        layers.some(({ before, within }) => [...before, ...within].some(({ to }) => positionsOf(to) > 1)),
      change: (model) => withPools(model, (pool) => ({ ...pool, isSpread: true })),
    },
  'padding-not-zero: Beyond the map a convolution reads other numbers than 0.': {
    concerns: (stage, model) =>
      ['current', 'dw', 'returned'].includes(nameOf(stage)) && isPadded(layerOf(model, stage)),
    change: ({ layers }, [border = 3]) => ({
      layers: layers.map((one) => (isPadded(one) ? { ...one, synapse: { ...one.synapse, border } } : one)),
    }),
    isOwn: true, // a backward pass written by hand may lack it
    usual: () => [[1], [2], [3]],
    found: ([border]) => `It reads ${borders[border][0]}.`,
  },
  'pool-sends-one: A sum pool sends 1 at most, as a sum of booleans does.': {
    concerns: ({ id, kind }) => id.startsWith('from.') && kind === 'sum',
    output: (sums) => mapped(sums, (each) => Math.min(1, each)),
  },
  'weights-after-step: The weights were recorded after the optimiser’s step.': beforeUpdate((dw) => dw),
  'weights-after-adam: The weights were recorded after the first step of Adam.': beforeUpdate(Math.sign),
});

/** Inputs that were multiplied by a factor and shifted by a term. Both are fitted to the currents or to the potentials. */
export const scaledInputs = rowsOf<SurrogateModel>(['current', 'neuron', 'backward'], {
  'input-scaled: What enters was scaled or shifted, and was recorded before that.': {
    ...entersAs(
      (o, _key, _stage, _model, [k, shift]) => mapped(o, (each) => k * each + shift),
      (d, _key, _stage, _model, [k]) => mapped(d, (each) => k * each),
    ),
    concerns: (stage) => ['current', 'neuron', 'dw', 'returned'].includes(nameOf(stage)),
    usual: ({ layers: [{ n }] }, there) => {
      const o = n === 1 ? there('input') : undefined;
      if (!o) return [];
      const mean = total(o, (each) => each) / o.length;
      const square = total(o, (each) => (each - mean) ** 2);
      const all = [o.length, o.length - 1].map((count) => Math.sqrt(square / count));
      return all.map((σ) => [1 / σ, -mean / σ]).filter((each) => each.every(Number.isFinite));
    },
    fit: scalesOf,
    found: ([k, shift]) => `It is ${digits(k)} of the recorded, and ${digits(shift)} more.`,
  },
});

/** The factor and the term of an input, fitted to results that are linear in both. */
function scalesOf({ stage, got, with: made }: SeenSurrogate): number[][] {
  const key = stage.writes.find((each) => got(each) && !each.endsWith('spikes'));
  const y = key && got(key);
  if (!y) return [];
  const [none, one, shifted] = [
    [0, 0],
    [1, 0],
    [0, 1],
  ].map((k) => made(k)(key)?.v ?? []);
  const sum = (of: (i: number) => number): number => total(range(y.length), of);
  const [a, b, left] = [one, shifted, y].map((v) => (i: number) => v[i] - none[i]);
  const [aa, ab, bb] = [sum((i) => a(i) ** 2), sum((i) => a(i) * b(i)), sum((i) => b(i) ** 2)];
  const [al, bl] = [sum((i) => a(i) * left(i)), sum((i) => b(i) * left(i))];
  const [k, shift] = [al * bb - bl * ab, bl * aa - al * ab].map((each) => each / (aa * bb - ab * ab));
  const alone =
    bb === 0 || Math.abs(shift) * Math.sqrt(bb) < 1e-5 * Math.sqrt(aa) ? [al / aa, 0] : [k, shift];
  return [alone.map((each) => Number(each.toPrecision(6)))].filter((each) => each.every(Number.isFinite));
}
