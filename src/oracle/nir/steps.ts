/**
 * The stages of a simulator of a NIR graph, layer by layer. `spec/` has their equations, which depend on the simulator's
 * convention.
 */
import { precisionOf, real, type Floats, type Precision } from '../../../spec/arithmetic.ts';
import { neuronsOf, type Shape } from '../../../spec/network.ts';
import {
  applyNirNeurons,
  applySynapse,
  computeNirConstants,
  neuronPrecision,
  type NirConstants,
  type NirState,
} from '../../../spec/nir.ts';
import type { NirConvention, NirNeuronConvention } from '../../../spec/nirConventions.ts';
import { applyNirMap, type NirMap } from '../../../spec/nirMaps.ts';
import { absolutes, gridOf, isSingle, range } from '../../engine/rounding.ts';
import type { Computation } from '../../engine/run.ts';
import { slackOf, type NeuronStage, type Stage, type SumStage } from '../../engine/stage.ts';
import type { NirChain, NirLayer } from '../../nir/import/chain.ts';
import { withoutBias } from '../../nir/import/mapNode.ts';
import { mapsOf } from '../../nir/run.ts';
import { cachedBySamples, once } from '../memo.ts';
import type { Kind } from '../name.ts';

/** A simulator, and which arrays were recorded of it. A changed copy represents a mistake. */
export interface NirModel {
  readonly chain: NirChain;
  readonly convention: NirConvention;
  readonly dt: number;
  readonly T: number;
  readonly B: number;
  /** Keys that were recorded. */
  readonly recorded: ReadonlySet<string>;
  /** The unit of recorded potentials (recorded = unit × computed), by index of the layer in the chain. */
  readonly units: ReadonlyMap<number, ArrayLike<number>>;
  /** Single neurons whose potential was recorded. */
  readonly single: readonly { readonly key: string; readonly index: number; readonly neuron: number }[];
  /** The initial potentials of a layer, followed by its initial synaptic currents, by index of the layer in the chain. */
  readonly starts?: ReadonlyMap<number, readonly number[]>;
}

export const keyOf = (layer: NirLayer, what: string): string => `${layer.node.name}.${what}`;

/** The key of a layer's input. */
const inputOf = ({ chain }: NirModel, index: number): string =>
  index === 0 ? 'input' : keyOf(chain.layers[index - 1], 'spikes');

export const choicesOf = ({ convention }: NirModel, layer: NirLayer): NirNeuronConvention =>
  convention.neurons[layer.parameters.kind];

const mapAt = (values: Floats, index: number, size: number): Floats =>
  values.subarray(index * size, (index + 1) * size);

/** How many numbers of the largest array may be computed at once. Larger batches run in chunks of samples. */
const mostAtOnce = 2 ** 21;

const ofSamples = cachedBySamples<NirModel>();

export const computationOf = once((model: NirModel): Computation => {
  const { T, B, chain } = model;
  const most = Math.max(neuronsOf(chain.input), ...chain.layers.map(({ shape }) => neuronsOf(shape)));
  const by = T * B * most > mostAtOnce ? ('window' as const) : undefined;
  return {
    T,
    B,
    atOnce: Math.max(1, Math.floor(mostAtOnce / (T * most))),
    stages: chain.layers.flatMap((layer, index) =>
      layerStages(model, layer, index).map((stage) => ({ ...stage, by })),
    ),
    ofSamples: (count) => computationOf(ofSamples(model, count)),
    axesOf: () => 'TB',
  };
});

export const nir: Kind<NirModel> = { computationOf, ofSamples };

/** The stages of a layer's neurons: synaptic currents, if they have these, then the neurons. */
export const neuronStagesOf = (model: NirModel, layer: NirLayer, index: number): NeuronStage[] => [
  ...(layer.parameters.kind === 'CubaLIF' ? [synapseStage(model, layer, index)] : []),
  neuronStage(model, layer, index),
];

function layerStages(model: NirModel, layer: NirLayer, index: number): Stage[] {
  const current = currentStage(model, layer, index);
  const neurons = neuronStagesOf(model, layer, index);
  const unit = model.units.get(index);
  const [shown, potentials] = [keyOf(layer, 'shown'), keyOf(layer, 'potentials')];
  const size = neuronsOf(layer.shape);
  const head = { stage: 'neuron', n: index + 1, kind: 'sum', grid: () => -Infinity } as const;
  const recorded: SumStage[] = model.single
    .filter((each) => each.index === index)
    .map(({ key, neuron: i }) => ({
      ...head,
      id: key,
      reads: [potentials],
      writes: [key],
      roundings: 0,
      f: ([u]) => Float64Array.from({ length: u.length / size }, (_, m) => u[m * size + i]),
    }));
  if (unit)
    recorded.unshift({
      ...head,
      id: potentials,
      reads: [shown],
      writes: [potentials],
      roundings: 3,
      f: ([u]) => Float64Array.from(u, (each, i) => each * unit[i % size]),
    });
  return [current, ...neurons, ...recorded];
}

// currents

/** The same map with the magnitudes of its weights. */
function magnitudeOf(map: NirMap): NirMap {
  if (map.kind === 'pool') return map;
  if (map.kind === 'scale') return { ...map, w: absolutes(map.w) };
  return { ...map, w: absolutes(map.w), ...(map.b && { b: absolutes(map.b) }) };
}

const areaOf = ({ kernel }: Extract<NirMap, { kernel: unknown }>): number => kernel.size[0] * kernel.size[1];

/**
 * Limit on the roundings of each term of a map's sums. A simulator may compute a sum pool as the mean of a window times the
 * area of the window.
 */
function roundingsOf(map: NirMap): number {
  if (map.kind === 'scale') return 1;
  const terms = (map.kind === 'dense' ? 1 : areaOf(map)) * (map.kind === 'pool' ? 1 : map.input.channels);
  const isWide = 'w' in map && !(map.w instanceof Float32Array) && !map.w.every(isSingle);
  return terms + 2 + (isWide ? 1 : 0);
}

/** The grid of a map's results, from the grid of its inputs. */
function gridAfter(grid: number, map: NirMap): number {
  if (map.kind === 'scale') return grid + gridOf(map.w);
  if (map.kind !== 'pool') return Math.min(grid + gridOf(map.w), map.b ? gridOf(map.b) : Infinity);
  const share = Math.log2(areaOf(map));
  return Number.isInteger(share) ? grid - (map.mean ? share : 0) : -Infinity;
}

/** The input shape of a layer: that of its first map or, if it has no map, the layer's own shape. */
const inputShape = ({ maps, shape }: NirLayer): Shape => maps.find(({ map }) => map)?.map?.input ?? shape;

type Sums = (args: readonly Floats[]) => Float64Array;

/** The currents of a layer from an input, which most conventions share. */
const sharedSums = once((_layer: NirLayer) => once((_input: Floats) => new Map<string, Float64Array>()));

const magnitudesOf = once((values: Floats) => absolutes(values));

/**
 * Computes the currents of a layer: Σ w·o + b, plus the recurrent edge from the spikes of the step before.
 *
 * @param isOfMagnitudes whether the magnitudes of the weights replace these
 */
function sumsOf(model: NirModel, layer: NirLayer, index: number, isOfMagnitudes = false): Sums {
  const { T, convention } = model;
  const choices = choicesOf(model, layer);
  const nodes = mapsOf(layer, convention, choices, real);
  const change = (map: NirMap): NirMap => (isOfMagnitudes ? magnitudeOf(map) : map);
  const maps = nodes.maps.map(change);
  const [bare, back] = nodes.recurrent ? [withoutBias(nodes.recurrent), nodes.recurrent].map(change) : [];
  const rooms = maps.map(({ output }) => new Float64Array(neuronsOf(output)));
  const size = neuronsOf(layer.shape);
  const from = neuronsOf(inputShape(layer));
  const [none, silent, added] = [from, size, size].map((count) => new Float64Array(count));
  const isOnes = index === 0 && convention.input === 'ones';
  // A spike is recorded in the step in which it is sent. A recurrent edge brings it back in the step after the neuron fired.
  const [late, lateBack] = [choices.arrives === 'sameStep' ? 0 : 1, choices.sends === 'sameStep' ? 1 : 0];
  const hasBias = (t: number): boolean =>
    convention.recurrentBias === 'always' || (convention.recurrentBias === 'notFirst' && t > 0);
  const compute: Sums = ([input, e]) => {
    const o = isOnes ? input.map((count: number) => (count === 0 ? 0 : 1)) : input;
    const B = o.length / (T * from);
    const out = new Float64Array(T * B * size);
    for (const m of range(T * B)) {
      const x = mapAt(out, m, size);
      let arrived: Floats = m < late * B ? none : mapAt(o as Floats, m - late * B, from); // `map` keeps the type
      for (const [k, map] of maps.entries()) {
        applyNirMap(rooms[k], arrived, map);
        arrived = rooms[k];
      }
      x.set(arrived);
      if (!back) continue;
      const before = m < lateBack * B ? silent : mapAt(e, m - lateBack * B, size);
      applyNirMap(added, before, hasBias(Math.floor(m / B)) ? back : bare);
      for (let i = 0; i < size; i++) x[i] = x[i] + added[i];
    }
    return out;
  };
  if (back) return compute;
  const key = [T, late, isOnes, isOfMagnitudes, convention.weights, nodes.settled !== undefined].join();
  return (args) => {
    const known = sharedSums(layer)(args[0]);
    const out = known.get(key) ?? compute(args);
    known.set(key, out);
    return out;
  };
}

function currentStage(model: NirModel, layer: NirLayer, index: number): Stage {
  const { convention } = model;
  const choices = choicesOf(model, layer);
  const { maps, recurrent } = mapsOf(layer, convention, choices, real);
  const back = recurrent && keyOf(layer, 'back');
  const [f, sizes] = [sumsOf(model, layer, index), sumsOf(model, layer, index, true)];
  const head = {
    id: `current.${index + 1}`,
    stage: 'current',
    n: index + 1,
    reads: [inputOf(model, index), ...(back ? [back] : [])],
    writes: [keyOf(layer, 'current')],
  } as const;
  // Fixed point needs no bounds. The errors of sums are smaller than the unit of the format, and all other numbers are exact.
  if (choices.numbers !== 'float')
    return { ...head, kind: 'exact', f: (args) => [f(args).map((each) => Math.fround(each))] };
  return {
    ...head,
    kind: 'sum',
    roundings: [...maps, ...(recurrent ? [recurrent] : [])].reduce((sum, map) => sum + roundingsOf(map), 0),
    f,
    magnitude: (args) => sizes(args.map(magnitudesOf)),
    grid([o, e]) {
      const grid = maps.reduce(gridAfter, index === 0 && convention.input === 'ones' ? 0 : o);
      return recurrent ? Math.min(grid, gridAfter(e, recurrent)) : grid;
    },
  };
}

// synapse and neurons

/** A factor on computed constants, which programs may round differently. It applies in the run that tests for exact steps. */
const others = 1 + 2 ** -20;

/** The constants of a layer, in the precision of a run. */
export function constantsOf(model: NirModel, layer: NirLayer): (precision: Precision) => NirConstants {
  const choices = choicesOf(model, layer);
  const { settled } = mapsOf(layer, model.convention, choices, real);
  return once((precision) => {
    const numbers = neuronPrecision(choices, precision);
    const constants = computeNirConstants(layer.parameters, model.dt, choices, numbers, settled);
    if (precision === real || choices.numbers !== 'float' || !isLeaky(layer, choices)) return constants;
    const other = (values: Floats): Floats =>
      values.map((value: number) => (value === 1 ? 1 : value * others)) as Floats; // `map` keeps the type
    const { λ, κ, g, α, a, c, d } = constants;
    const [λs, κs, gs, αs, as, cs, ds] = [λ, κ, g, α, a, c, d].map(other);
    return { ...constants, λ: λs, κ: κs, g: gs, α: αs, a: as, c: cs, d: ds };
  });
}

const isLeaky = ({ parameters }: NirLayer, { ifLeak }: NirNeuronConvention): boolean =>
  parameters.kind !== 'IF' || ifLeak !== 'one';

/** Roundings of each term in a leaky step, including those of its constants. */
const operations = 8;

/** I ← α·I + a·x + d. */
function synapseStage(model: NirModel, layer: NirLayer, index: number): NeuronStage {
  const choices = choicesOf(model, layer);
  const size = neuronsOf(layer.shape);
  const constants = constantsOf(model, layer);
  const { d } = constants(real);
  return {
    id: `synapse.${index + 1}`,
    stage: 'synapse',
    n: index + 1,
    kind: 'neuron',
    reads: [keyOf(layer, 'current')],
    writes: [keyOf(layer, 'synapse')],
    keys: { potential: keyOf(layer, 'synapse') },
    T: model.T,
    size,
    begin(precision) {
      const I = neuronPrecision(choices, precision).array(size);
      I.set(model.starts?.get(index)?.slice(size) ?? constants(precision).start.I);
      return { u: I };
    },
    step: ({ u }, x) => applySynapse(u, x, constants(runPrecision(u, choices))),
    rounded: (before, seen, i) => operations * (2 * Math.abs(before) + Math.abs(seen) + 2 * Math.abs(d[i])),
  };
}

/** The precision of a run, from an array of its state. */
const runPrecision = (u: Floats, { numbers }: NirNeuronConvention): Precision =>
  numbers === 'float' ? precisionOf(u) : real;

function neuronStage(model: NirModel, layer: NirLayer, index: number): NeuronStage {
  const choices = choicesOf(model, layer);
  const size = neuronsOf(layer.shape);
  const hasSynapse = layer.parameters.kind === 'CubaLIF';
  const passes = { α: new Float64Array(size), a: new Float64Array(size).fill(1), d: new Float64Array(size) };
  const constants = constantsOf(model, layer);
  const { λ, θ, c, vReset } = constants(real);
  const isWhole = choices.spikes === 'whole';
  const isDivided = choices.gain.endsWith('hreshold') || (hasSynapse && choices.synapse === 'threshold');
  const sends = (u: number, i: number): number => {
    if (!(choices.fires === 'at' ? u >= θ[i] : u > θ[i])) return 0;
    return isWhole ? Math.max(1, Math.floor(u / θ[i])) : 1;
  };
  const keys: NeuronStage['keys'] = {
    compared: keyOf(layer, 'compared'),
    potential: keyOf(layer, model.units.has(index) ? 'shown' : 'potentials'),
    spikes: keyOf(layer, 'spikes'),
  };
  const terms = isLeaky(layer, choices) ? operations : 1;
  const subtracts = choices.reset === 'subtract';
  const hasFloor = choices.floor === 'threshold';
  return {
    id: `neuron.${index + 1}`,
    stage: 'neuron',
    n: index + 1,
    kind: 'neuron',
    reads: [keyOf(layer, hasSynapse ? 'synapse' : 'current')],
    writes: Object.values(keys),
    keys,
    T: model.T,
    size,
    late: choices.sends === 'sameStep' ? 0 : 1,
    begin(precision) {
      const array = (): Floats => neuronPrecision(choices, precision).array(size);
      const u = array();
      u.set(model.starts?.get(index)?.slice(0, size) ?? constants(precision).start.u);
      return { u, I: array(), e: array(), o: array(), part: array(), above: array() };
    },
    step(state, x, decide) {
      const its = constants(runPrecision(state['u'], choices));
      applyNirNeurons(
        state as unknown as NirState, // `begin` creates these arrays
        x,
        [state['part'], state['above']],
        hasSynapse ? { ...its, ...passes } : its,
        choices,
        decide,
      );
    },
    sends,
    slack: (i) =>
      slackOf(θ[i]) +
      (isDivided ? slackOf(0.1) * 80 * θ[i] : 0) +
      (isWhole && !Number.isInteger(Math.log2(θ[i])) ? slackOf(0.1) * 640 * θ[i] : 0),
    ...(choices.resetWhen === 'sameStep' &&
      choices.floor === 'none' && {
        leaves: (u, i, sent) => (sent === 0 ? u : subtracts ? u - θ[i] * sent : vReset[i]),
      }),
    rounded: (before, seen, i, fired) =>
      terms * (2 * Math.max(1, Math.abs(λ[i])) * Math.abs(before) + Math.abs(seen) + 2 * Math.abs(c[i])) +
      (subtracts ? 2 * θ[i] * Math.abs(fired) : 0) +
      (hasFloor ? 2 * θ[i] : 0),
  };
}
