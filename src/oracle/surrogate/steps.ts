/**
 * The stages of a training step by surrogate gradients: current, neuron, surrogate, backward, loss; layer by layer, and back. This file
 * has those of the forward pass. The equations are in `spec/surrogateGradient.ts`, the neurons in `spec/frameworks.ts`.
 */
import { precisionOf, type Floats, type Precision } from '../../../spec/arithmetic.ts';
import type { TrainedNeuron } from '../../../spec/frameworks.ts';
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
import type { Computation } from '../../engine/run.ts';
import { slackOf, type NeuronStage, type Stage } from '../../engine/stage.ts';
import { once } from '../memo.ts';
import type { Kind } from '../name.ts';
import { stagesAt } from '../stages.ts';
import { backwardStages } from './backward.ts';
import { lossStages } from './loss.ts';
import {
  computeActive,
  computeCurrents,
  computeMaxima,
  computePooled,
  computeWinners,
  fanIn,
  type Pool,
  type Timing,
} from './maps.ts';
import {
  backOf,
  comparedOf,
  currentOf,
  enters,
  hasSynapse,
  hasWinners,
  inputOf,
  isBiasLate,
  isGainMade,
  keyOf,
  lateOf,
  loose,
  ofSamples,
  ofBefore,
  operationsOf,
  recurrentMatrix,
  sends,
  type SurrogateLayer,
  type SurrogateModel,
} from './model.ts';

export const computationOf = once((model: SurrogateModel): Computation => {
  const { T, B, layers } = model;
  const stages = [
    ...layers.flatMap((layer) => forwardStages(model, layer)),
    ...lossStages(model),
    ...[...layers].reverse().flatMap((layer) => backwardStages(model, layer)),
  ];
  const most = Math.max(...layers.flatMap(({ synapse: { from, to } }) => [neuronsOf(from), neuronsOf(to)]));
  const atOnce = Math.max(1, Math.floor((model.atOnce ?? mostAtOnce) / (T * most)));
  const isOfBatch = ({ writes }: Stage): boolean => axesOf(writes[0]) === '';
  return {
    T,
    B,
    atOnce,
    stages: stages.map((stage) => (atOnce >= B || isOfBatch(stage) ? stage : { ...stage, by: 'window' })),
    ofSamples: (count) => computationOf(ofSamples(model, count)),
    axesOf,
  };
});

/** Limit on the numbers of an array that are computed at once: large arrays take long to allocate. */
const mostAtOnce = 2 ** 21;

const axesOf: Computation['axesOf'] = (key) =>
  key === 'label' ? 'B' : /weight|bias|dw|db|recurrent|loss$/.test(key) ? '' : 'TB';

export const bySurrogates: Kind<SurrogateModel> = { computationOf, ofSamples };

function forwardStages(model: SurrogateModel, layer: SurrogateLayer): Stage[] {
  const { n, before, within, synapse, hasBias, recurrent, isFedAfter } = layer;
  const { T, B } = model;
  const late = lateOf(layer);
  const { sum } = stagesAt('current', n);
  const back = recurrent ? ['back', 'recurrent', ...(recurrent.hasBias ? ['recurrent_bias'] : [])] : [];
  const ofBack = back.map((what) => keyOf(n, what));
  const reads = [
    inputOf(layer),
    keyOf(n, 'weight'),
    ...(hasBias ? [keyOf(n, 'bias')] : []),
    ...(isFedAfter ? [] : ofBack),
  ];
  const roundings = fanIn(synapse) + 3 + (recurrent ? neuronsOf(synapse.to) + 2 : 0);
  const f = ([o, W, ...rest]: readonly Floats[]): Floats => {
    const b = hasBias ? rest.shift() : undefined;
    const x = computeCurrents(synapse, b ? [o, W, b] : [o, W], { T, B, late });
    return recurrent && !isFedAfter ? withRecurrent([x, ...rest]) : x;
  };
  const withRecurrent = (args: readonly Floats[]): Floats => addRecurrent(layer, args, { T, B, late: 1 });
  return [
    ...before.flatMap((pool, k) =>
      poolStages(pool, n, k === 0 ? ofBefore(n) : keyOf(n, `from.${k}`), `from.${k + 1}`),
    ),
    sum(
      `current.${n}`,
      reads,
      keyOf(n, 'current'),
      {
        roundings,
        grid: ([o, W, b]) => (recurrent ? -Infinity : Math.min(o + W, hasBias ? b : Infinity)),
      },
      f,
    ),
    ...(isFedAfter
      ? [sum(`fed.${n}`, [keyOf(n, 'current'), ...ofBack], keyOf(n, 'fed'), loose(roundings), withRecurrent)]
      : []),
    ...within.flatMap((pool, k) =>
      poolStages(pool, n, keyOf(n, k === 0 ? 'current' : `pooled.${k}`), `pooled.${k + 1}`),
    ),
    ...(hasSynapse(layer) ? [synapseStage(model, layer)] : []),
    ...(layer.isOpen ? [] : [neuronStage(model, layer)]),
  ];
}

/** x^t + V·e^(t−1) (+ b). */
function addRecurrent(layer: SurrogateLayer, [x, e, W, b]: readonly Floats[], timing: Timing): Float64Array {
  const { size } = layer.layer;
  const added = computeCurrents(backOf(layer), [e, recurrentMatrix(layer, W)], timing);
  const from = isBiasLate(layer) ? timing.B * size : 0;
  return Float64Array.from(
    x,
    (each: number, k: number) => each + (added[k] + (b && k >= from ? b[k % size] : 0)),
  );
}

/** The stages of a pool: its result, and which of its inputs get its gradient. */
function poolStages(pool: Pool, n: number, from: string, what: string): Stage[] {
  const { sum, choice } = stagesAt('current', n);
  const [id, result, winners] = [`${what}.${n}`, keyOf(n, what), `winners.${what}`];
  return [
    pool.kind === 'maxpool'
      ? choice(id, [from], result, ([o]) => computeMaxima(pool, o))
      : sum(id, [from], result, pool.size ** 2 + 2, ([o]) => computePooled(pool, o)),
    ...(hasWinners(pool)
      ? [
          stagesAt('backward', n).choice(`${winners}.${n}`, [from], keyOf(n, winners), ([o]) =>
            pool.kind === 'lppool' ? computeActive(pool, o) : computeWinners(pool, o),
          ),
        ]
      : []),
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
  const withoutSynapse = (one: TrainedNeuron): TrainedNeuron => ({ ...one, α: 0, a: 1 });
  const constants = constantsOf({
    ...its,
    neuron: withoutSynapse(neuron),
    ...(its.each && { each: its.each.map(withoutSynapse) }),
  });
  const isSending = sends(layer);
  const keys: NeuronStage['keys'] = isSending
    ? {
        compared: comparedOf(layer),
        potential: keyOf(n, neuron.recorded === 'compared' ? 'between' : 'mem'),
        spikes: keyOf(n, 'spikes'),
      }
    : { potential: keyOf(n, 'mem') };
  const operations = operationsOf(layer);
  // The product of input and gain counts as rounded, even if it is exact here.
  const least = isGainMade(layer) ? Number.MIN_VALUE : 0;
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
          leaves(u: number, i: number, sent: number) {
            const own = neuronAt(its, i);
            return Math.max(own.floor, resetOf(own, u, sent).v);
          },
        }),
    }),
    rounded(before, seen, i, fired) {
      const { λ, c, subtracts, reset, floor } = neuronAt(its, i);
      return (
        least +
        operations * (2 * Math.abs(λ * before) + Math.abs(seen) + 2 * Math.abs(c)) +
        (floor > -Infinity ? 4 * Math.abs(floor) : 0) +
        (reset === 'subtract' ? 2 * subtracts * Math.abs(fired) : 0)
      );
    },
  };
}
