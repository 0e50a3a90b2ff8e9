/** The stages of the forward pass: current, neuron. */
import { precisionOf, type Floats, type Precision } from '../../../spec/arithmetic.ts';
import { neuronsOf } from '../../../spec/network.ts';
import { applySynapse, type NirConstants } from '../../../spec/nir.ts';
import {
  applyTrainedStep,
  neuronAt,
  resetOf,
  spikesOf,
  trainedConstants,
  type TrainedLayer,
} from '../../../spec/surrogateGradient.ts';
import { slackOf, type NeuronStage, type Stage, type SumStage } from '../../engine/stage.ts';
import { once } from '../memo.ts';
import { computeCurrents, computePooled, computeWinners, fanIn, type Pool } from './maps.ts';
import {
  comparedOf,
  currentOf,
  enters,
  hasSynapse,
  hasWinners,
  inputOf,
  keyOf,
  lateOf,
  ofBefore,
  operationsOf,
  recurrentMatrix,
  sends,
  type SurrogateLayer,
  type SurrogateModel,
} from './model.ts';

export function forwardStages(model: SurrogateModel, layer: SurrogateLayer): Stage[] {
  const { n, before, within, synapse } = layer;
  const { T, B } = model;
  const late = lateOf(layer);
  const hasBack = layer.recurrent !== undefined;
  const head = { stage: 'current', n } as const;
  const current: SumStage = {
    ...head,
    id: `current.${n}`,
    kind: 'sum',
    reads: [
      inputOf(layer),
      keyOf(n, 'weight'),
      ...(layer.hasBias ? [keyOf(n, 'bias')] : []),
      ...(hasBack ? [keyOf(n, 'back'), keyOf(n, 'recurrent')] : []),
      ...(layer.recurrent?.hasBias ? [keyOf(n, 'recurrent_bias')] : []),
    ],
    writes: [keyOf(n, 'current')],
    roundings: fanIn(synapse) + 3 + (hasBack ? neuronsOf(synapse.to) + 2 : 0),
    f(args) {
      const [o, W, ...rest] = args;
      const b = layer.hasBias ? rest.shift() : undefined;
      const x = computeCurrents(synapse, b ? [o, W, b] : [o, W], { T, B, late });
      if (hasBack) addRecurrent(x, layer, rest, B);
      return x;
    },
    grid: (grids) => {
      const [o, W, ...rest] = grids;
      const all = [o + W, ...(layer.hasBias ? [rest[0]] : [])];
      return hasBack ? -Infinity : Math.min(...all);
    },
  };
  return [
    ...before.flatMap((pool, k) =>
      poolStages(pool, n, k === 0 ? ofBefore(n) : keyOf(n, `from.${k}`), `from.${k + 1}`),
    ),
    current,
    ...within.flatMap((pool, k) =>
      poolStages(pool, n, keyOf(n, k === 0 ? 'current' : `pooled.${k}`), `pooled.${k + 1}`),
    ),
    ...(hasSynapse(layer) ? [synapseStage(model, layer)] : []),
    ...(layer.isOpen ? [] : [neuronStage(model, layer)]),
  ];
}

/** x^t += V·e^(t−1) (+ b). */
function addRecurrent(
  x: Float64Array,
  layer: SurrogateLayer,
  [e, given, b]: readonly Floats[],
  B: number,
): void {
  const { size } = layer.layer;
  const V = recurrentMatrix(layer, given);
  for (let m = 0; m < x.length / size; m++)
    for (let i = 0; i < size; i++) {
      let sum = b ? b[i] : 0;
      for (let j = 0; j < size && m >= B; j++) sum += V[i * size + j] * e[(m - B) * size + j];
      x[m * size + i] += sum;
    }
}

/** A pool: its result, and which of its inputs get its gradient. */
function poolStages(pool: Pool, n: number, from: string, what: string): Stage[] {
  const head = { stage: 'current', n, reads: [from], writes: [keyOf(n, what)], id: `${what}.${n}` } as const;
  const sum: Stage = {
    ...head,
    kind: 'sum',
    roundings: pool.size ** 2 + 2,
    f: ([o]) => computePooled(pool, o),
  };
  if (!hasWinners(pool)) return [sum];
  return [
    pool.kind === 'lppool'
      ? sum
      : { ...head, kind: 'point', wide: [0], f: ([o]) => [computePooled(pool, o)] },
    {
      ...head,
      id: `winners.${what}.${n}`,
      stage: 'backward',
      kind: 'point',
      reads: [from, from],
      writes: [keyOf(n, `winners.${what}`)],
      wide: [0, 0],
      f: (args) => [computeWinners(pool, args)],
    },
  ];
}

/** The constants of neurons, in the precision of a run. */
const constantsOf = (layer: TrainedLayer): ((u: Floats) => NirConstants) => {
  const of = once((precision: Precision) => trainedConstants(layer, precision));
  return (u) => of(precisionOf(u));
};

/** I ← α·I + a·x. */
function synapseStage({ T }: SurrogateModel, layer: SurrogateLayer): NeuronStage {
  const { n, layer: its } = layer;
  const constants = constantsOf(its);
  return {
    id: `synapse.${n}`,
    stage: 'neuron',
    n,
    kind: 'neuron',
    reads: [enters(layer)],
    writes: [keyOf(n, 'synapse')],
    keys: { potential: keyOf(n, 'synapse') },
    T,
    size: its.size,
    isInexact: true,
    begin: (precision) => ({ u: precision.array(its.size) }),
    step: ({ u }, x) => applySynapse(u, x, constants(u)),
    rounded: (before, seen) => 8 * (2 * Math.abs(before) + Math.abs(seen)),
  };
}

function neuronStage({ T }: SurrogateModel, layer: SurrogateLayer): NeuronStage {
  const { n, layer: its } = layer;
  const { size, neuron } = its;
  const constants = constantsOf({ ...its, neuron: { ...neuron, α: 0, a: 1 } });
  const isSending = sends(layer);
  const keys: NeuronStage['keys'] = isSending
    ? {
        compared: comparedOf(layer),
        potential: keyOf(n, neuron.recorded === 'compared' ? 'between' : 'mem'),
        spikes: keyOf(n, 'spikes'),
      }
    : { potential: keyOf(n, 'mem') };
  const operations = operationsOf(layer);
  return {
    id: `neuron.${n}`,
    stage: 'neuron',
    n,
    kind: 'neuron',
    reads: [currentOf(layer)],
    writes: Object.values(keys),
    keys,
    T,
    size,
    isInexact: true,
    begin(precision) {
      const array = (): Floats => precision.array(size);
      const u = array();
      u.set(constants(u).start.u);
      return { u, I: array(), e: array(), o: array(), part: array(), above: array() };
    },
    step(state, x, decide) {
      const { part, above, u, I, e, o } = state;
      const its0 = constants(u);
      applyTrainedStep({ u, I, e, o }, x, [part, above], its, { ...its0 }, decide);
    },
    ...(isSending && {
      sends: (u: number, i: number) => spikesOf(neuronAt(its, i), u),
      slack: (i: number) => {
        const { θ, spikes } = neuronAt(its, i);
        return slackOf(θ) + (spikes === 'whole' ? slackOf(0.1) * 640 * θ : 0);
      },
      ...(neuron.resetWhen === 'sameStep' &&
        neuron.overshoot === 'stays' && {
          leaves: (u: number, i: number, sent: number) =>
            Math.max(neuron.floor, resetOf(neuronAt(its, i), u, sent).v),
        }),
    }),
    rounded(before, seen, i, fired) {
      const { λ, c, subtracts, reset, floor } = neuronAt(its, i);
      return (
        operations * (2 * Math.abs(λ * before) + Math.abs(seen) + 2 * Math.abs(c)) +
        (floor > -Infinity ? 4 * Math.abs(floor) : 0) +
        (reset === 'subtract' ? 2 * subtracts * Math.abs(fired) : 0)
      );
    },
  };
}
