/**
 * The stages of a training step by surrogate gradients: current, neuron, surrogate, backward, loss; layer by layer, and back. What they
 * compute is `spec/surrogateGradient.ts`, of neurons of `spec/frameworks.ts`.
 */
import { precisionOf, type Floats, type Precision } from '../../../spec/arithmetic.ts';
import { neuronsOf } from '../../../spec/network.ts';
import { applySynapse, type NirConstants } from '../../../spec/nir.ts';
import {
  applyTrainedStep,
  computedx,
  computeCharged,
  computeFactors,
  computePlaces,
  computeSlopes,
  neuronAt,
  resetOf,
  spikesOf,
  trainedConstants,
  type TrainedLayer,
} from '../../../spec/surrogateGradient.ts';
import { turnsOf } from '../../../spec/surrogateForms.ts';
import { computeFirst, scaleOf, shareOf, type LossForm } from '../../../spec/surrogateLoss.ts';
import { total, ε } from '../../engine/rounding.ts';
import type { Computation } from '../../engine/run.ts';
import { slackOf, type NeuronStage, type PointStage, type Stage, type SumStage } from '../../engine/stage.ts';
import { once } from '../memo.ts';
import {
  computeCurrents,
  computedb,
  computedW,
  computePooled,
  computeReturned,
  computeUnpooled,
  computeWinners,
  fanIn,
  type Pool,
  type Synapse,
} from './maps.ts';

/** A layer: what brings spikes to its synapse, the synapse, what lies between it and the neurons, and these. */
export interface SurrogateLayer {
  readonly n: number;
  /** Framework and class, such as `snntorch.Leaky`. */
  readonly name: string;
  readonly before: readonly Pool[];
  readonly synapse: Synapse;
  readonly within: readonly Pool[];
  readonly hasBias: boolean;
  /** Whether what it hears was recorded, since it is something else than the spikes before it. */
  readonly isHeard: boolean;
  /** Whether its module was in training. */
  readonly isTraining: boolean;
  /** Whether its spikes come back to it, and whether to themselves, too. */
  readonly recurrent?:
    { readonly hasSelf: boolean; readonly isOneToOne: boolean; readonly hasBias: boolean } | undefined;
  readonly layer: TrainedLayer;
}

export interface SurrogateLoss {
  readonly form: LossForm;
  readonly on: 'spikes' | 'potentials';
  /** Of squares: the target of the label's class and of the others. */
  readonly targets: readonly [number, number];
  /** What the loss is multiplied by besides its form's scale. */
  readonly factor: number;
  /** The share of the label that smoothing gives to all classes. */
  readonly smoothing?: number;
  /** Whether z is a softmax already, as of one that is taken twice. */
  readonly isSoftened?: boolean;
  /** Whether a potential of 0, before anything arrives, is one of those that the greatest is taken of. */
  readonly hasZero: boolean;
}

/** What a framework did, and what was recorded of it. A mistake is another model. */
export interface SurrogateModel {
  readonly layers: readonly SurrogateLayer[];
  readonly T: number;
  readonly B: number;
  readonly loss?: SurrogateLoss | undefined;
  /** Keys that were recorded. */
  readonly recorded: ReadonlySet<string>;
}

export const keyOf = (n: number, what: string): string => `layer${n}.${what}`;

const range = (count: number): number[] => [...Array(count).keys()];

/** A step as a computation. */
export const computationOf = once((model: SurrogateModel): Computation => {
  const { T, B, layers } = model;
  return {
    T,
    B,
    atOnce: B,
    stages: [
      ...layers.flatMap((layer) => forwardStages(model, layer)),
      ...lossStages(model),
      ...[...layers].reverse().flatMap((layer) => backwardStages(model, layer)),
    ],
    // A gradient is a sum over the batch, and so it is not cut.
    ofSamples: () => computationOf(model),
    axesOf: (key) => (key === 'label' ? 'B' : /weight|bias|dw|db|recurrent|loss$/.test(key) ? '' : 'TB'),
  };
});

/** Steps from a spike to its current. */
export const lateOf = ({ layer: { neuron } }: SurrogateLayer): number =>
  ({ sameStep: 0, stepAfter: 1, twoAfter: 2 })[neuron.arrives];

const inputOf = ({ n, before, isHeard }: SurrogateLayer): string =>
  isHeard ? keyOf(n, 'input') : before.length > 0 ? keyOf(n, `from.${before.length}`) : ofBefore(n);

const ofBefore = (n: number): string => (n === 1 ? 'input' : keyOf(n - 1, 'spikes'));

/** What enters the neurons of a layer, and the gradient of it. */
const enters = ({ n, within }: SurrogateLayer): string =>
  keyOf(n, within.length > 0 ? `pooled.${within.length}` : 'current');
const dEnters = ({ n, within }: SurrogateLayer): string =>
  keyOf(n, within.length > 0 ? `dpooled.${within.length}` : 'dcurrent');

/** The potential that the backward pass reads: of what was recorded, where potentials after the reset were. */
const potentialOf = (model: SurrogateModel, layer: SurrogateLayer): string =>
  isCharged(model, layer) ? keyOf(layer.n, 'charged') : comparedOf(layer);

const isCharged = ({ recorded }: SurrogateModel, { n, layer: { neuron } }: SurrogateLayer): boolean =>
  neuron.recorded === 'between' && neuron.output === 'spikes' && recorded.has(keyOf(n, 'mem'));

/** The potential that is compared. */
export const comparedOf = ({ n, layer: { neuron } }: SurrogateLayer): string =>
  keyOf(n, neuron.recorded === 'compared' || neuron.output === 'potential' ? 'mem' : 'u');

const sends = ({ layer: { neuron } }: SurrogateLayer): boolean => neuron.output === 'spikes';
const hasSynapse = ({ layer: { neuron } }: SurrogateLayer): boolean => neuron.α !== 0;
const currentOf = (layer: SurrogateLayer): string =>
  hasSynapse(layer) ? keyOf(layer.n, 'synapse') : enters(layer);

/** Roundings of the constants of a neuron: where 1 − λ is the gain, what λ was rounded by weighs more. */
const operationsOf = ({ layer: { neuron } }: SurrogateLayer): number =>
  neuron.g !== 1 && Math.abs(neuron.g + neuron.λ - 1) < 1e-9 ? 8 + 4 / Math.max(neuron.g, 1e-6) : 8;

// forward

function forwardStages(model: SurrogateModel, layer: SurrogateLayer): Stage[] {
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
    neuronStage(model, layer),
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

const hasWinners = ({ kind }: Pool): boolean => kind === 'maxpool' || kind === 'lppool';

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
        (fired && reset === 'subtract' ? 2 * subtracts : 0)
      );
    },
  };
}

// backward

/** Recorded gradients may be copies of wider numbers: no sum of them is exact. */
const inexact = (): number => -Infinity;

const readsE = ({ loss, layers, recorded }: SurrogateModel, layer: SurrogateLayer): boolean =>
  sends(layer) &&
  (layer.n < layers.length ||
    recorded.has(keyOf(layer.n, 'dspikes')) ||
    loss === undefined ||
    loss.on === 'spikes');

/** Where the loss is not described, what was recorded of its gradients is all that there is. */
const readsM = ({ loss, layers, recorded }: SurrogateModel, { n }: SurrogateLayer): boolean =>
  recorded.has(keyOf(n, 'dmem')) ||
  (n === layers.length && (loss ? loss.on === 'potentials' : !recorded.has(keyOf(n, 'dspikes'))));

function backwardStages(model: SurrogateModel, layer: SurrogateLayer): Stage[] {
  const { n, within, synapse, recurrent } = layer;
  const { T, B, layers } = model;
  const head = { stage: 'backward', n } as const;
  const isSending = sends(layer);
  const next = layers.at(n);
  const dx = dEnters(layer);
  const maps = T * B;
  return [
    ...(next && !next.isHeard ? returnStages(next, T, B) : []),
    ...(isCharged(model, layer) ? [chargedStage(layer, B)] : []),
    ...(isSending ? slopeStages(model, layer) : []),
    factorStage(model, layer),
    deltaStage(model, layer),
    ...within
      .map((pool, k): Stage =>
        unpoolStage(
          pool,
          n,
          `pooled.${k + 1}`,
          keyOf(n, `dpooled.${k + 1}`),
          keyOf(n, k === 0 ? 'dcurrent' : `dpooled.${k}`),
        ),
      )
      .reverse(),
    {
      ...head,
      id: `dw.${n}`,
      grid: inexact,
      kind: 'sum',
      reads: [keyOf(n, 'dcurrent'), inputOf(layer)],
      writes: [keyOf(n, 'dw')],
      roundings: maps * synapse.to.height * synapse.to.width + 4,
      f: ([d, o]) => computedW(synapse, [d, o], { T, B, late: lateOf(layer) }),
    },
    ...(layer.hasBias
      ? [
          {
            ...head,
            id: `db.${n}`,
            grid: inexact,
            kind: 'sum',
            reads: [keyOf(n, 'dcurrent')],
            writes: [keyOf(n, 'db')],
            roundings: maps * synapse.to.height * synapse.to.width + 4,
            f: (args) => computedb(synapse, args),
          } satisfies Stage,
        ]
      : []),
    ...(recurrent
      ? [
          {
            ...head,
            id: `drecurrent.${n}`,
            grid: inexact,
            kind: 'sum',
            reads: [dx, keyOf(n, 'back')],
            writes: [keyOf(n, 'drecurrent')],
            roundings: maps + 4,
            f: ([d, e]) => recurrentGradient(layer, d, e, B),
          } satisfies Stage,
          {
            ...head,
            id: `drecurrent_bias.${n}`,
            grid: inexact,
            kind: 'sum',
            reads: [dx],
            writes: [keyOf(n, 'drecurrent_bias')],
            roundings: maps + 4,
            f: (args) => computedb(synapse, args),
          } satisfies Stage,
        ]
      : []),
  ];
}

/** dV = Σ dx^t·e^(t−1)ᵀ; of weights to itself nothing, where there are none. */
function recurrentGradient(layer: SurrogateLayer, dx: Floats, e: Floats, B: number): Float64Array {
  const { size } = layer.layer;
  const dV = new Float64Array(size * size);
  for (let m = B; m < dx.length / size; m++)
    for (let i = 0; i < size; i++) {
      const d = dx[m * size + i];
      for (let j = 0; j < size && d !== 0; j++) dV[i * size + j] += d * e[(m - B) * size + j];
    }
  const own = Float64Array.from({ length: size }, (_, i) => dV[i * (size + 1)]);
  if (layer.recurrent?.isOneToOne) return own;
  if (!layer.recurrent?.hasSelf) for (let i = 0; i < size; i++) dV[i * (size + 1)] = 0;
  return dV;
}

/** ∂L/∂(spikes of the layer before), from the current of this one. */
function returnStages(layer: SurrogateLayer, T: number, B: number): Stage[] {
  const { n, before, synapse } = layer;
  const target = (k: number): string => (k === 0 ? keyOf(n - 1, 'dspikes') : keyOf(n, `dfrom.${k}`));
  return [
    {
      id: `returned.${n}`,
      grid: inexact,
      stage: 'backward',
      n,
      kind: 'sum',
      reads: [keyOf(n, 'dcurrent'), keyOf(n, 'weight')],
      writes: [target(before.length)],
      roundings: synapse.to.channels * synapse.kernel[0] * synapse.kernel[1] + 4,
      f: (args) => computeReturned(synapse, args, { T, B, late: lateOf(layer) }),
    },
    ...before.map((pool, k) => unpoolStage(pool, n, `from.${k + 1}`, target(k + 1), target(k))).reverse(),
  ];
}

function unpoolStage(pool: Pool, n: number, what: string, from: string, to: string): Stage {
  return {
    id: `un${what}.${n}`,
    grid: inexact,
    stage: 'backward',
    n,
    kind: 'sum',
    reads: [from, ...(hasWinners(pool) ? [keyOf(n, `winners.${what}`)] : [])],
    writes: [to],
    roundings: 2,
    f: (args) => computeUnpooled(pool, args),
  };
}

/** u, from what was recorded after the reset. */
function chargedStage(own: SurrogateLayer, B: number): PointStage {
  const { n, layer } = own;
  const { θ, c, floor } = layer.neuron;
  return {
    id: `charged.${n}`,
    stage: 'surrogate',
    n,
    kind: 'point',
    reads: [keyOf(n, 'mem'), keyOf(n, 'spikes'), currentOf(own)],
    writes: [keyOf(n, 'charged')],
    wide: [8, 0, operationsOf(own)],
    least: [8 * ε * (θ + Math.abs(c) + (floor > -Infinity ? Math.abs(floor) : 0))],
    f: (args) => [computeCharged(layer, args, B * layer.size)],
  };
}

/** y = u − θ, and the surrogate of it. */
function slopeStages(model: SurrogateModel, own: SurrogateLayer): Stage[] {
  const { n, layer } = own;
  const { size } = layer;
  const θ = Math.max(
    ...range(Math.min(size, layer.each ? size : 1)).map((i) => Math.abs(neuronAt(layer, i).θ)),
  );
  const terms = layer.surrogate;
  const height = terms.reduce((sum, { h }) => sum + Math.abs(h), 0);
  const isCancelling =
    terms.length > 1 || terms.some(({ form }) => ['sigmoid', 'triangle', 'cosine'].includes(form));
  const head = { stage: 'surrogate', n, kind: 'point' } as const;
  return [
    {
      ...head,
      id: `distance.${n}`,
      reads: [potentialOf(model, own), keyOf(n, 'spikes')],
      writes: [keyOf(n, 'distance')],
      wide: [2, 0],
      least: [3 * ε * θ],
      f: ([u, e]) => [computePlaces(layer, u, e)],
    },
    {
      ...head,
      id: `surrogate.${n}`,
      reads: [keyOf(n, 'distance')],
      writes: [keyOf(n, 'slopes')],
      wide: [8],
      least: [isCancelling ? 16 * ε * height : 0],
      turns: [turnsOf(terms)],
      f: ([y]) => [computeSlopes(layer, y)],
    },
  ];
}

/** What gradients are multiplied by; without a synapse nothing is kept of a current. */
function factorStage(model: SurrogateModel, layer: SurrogateLayer): PointStage {
  const { n, layer: its } = layer;
  const { B } = model;
  const isRead = its.neuron.recorded === 'between' && readsM(model, layer);
  const { λ, g } = its.neuron;
  const [needsCurrent, isSending] = [its.neuron.resetWhen === 'afterLeak', sends(layer)];
  return {
    id: `factors.${n}`,
    stage: 'backward',
    n,
    kind: 'point',
    reads: isSending
      ? [
          keyOf(n, 'slopes'),
          potentialOf(model, layer),
          keyOf(n, 'spikes'),
          ...(needsCurrent ? [currentOf(layer)] : []),
        ]
      : [keyOf(n, 'mem')],
    writes: ['P', 'F', 'G', 'keeps'].map((what) => keyOf(n, what)),
    wide: isSending ? [16, 4, 0, 4] : [0],
    least: [
      8 * ε * Math.max(1, λ),
      8 * ε,
      ε * operationsOf(layer) * Math.abs(g),
      its.neuron.α === 0 ? 0 : 8 * ε,
    ],
    f(args) {
      const [s, u, e, I] = isSending ? args : [args[0], args[0], args[0]];
      const silent = isSending ? e : new Float64Array(u.length);
      const { P, F, G } = computeFactors(its, [s, u, silent, I ?? u], B * its.size, isRead);
      const steps = hasSynapse(layer) ? u.length : its.size;
      return [P, F, G, Float64Array.from({ length: steps }, (_, i) => neuronAt(its, i).α)];
    },
  };
}

/** ∂L/∂(what enters the neurons): a sum of products, from the last step to the first. */
function deltaStage(model: SurrogateModel, layer: SurrogateLayer): SumStage {
  const { n, layer: its, recurrent } = layer;
  const [hasE, hasM, isSending] = [readsE(model, layer), readsM(model, layer), sends(layer)];
  return {
    id: `backward.${n}`,
    stage: 'backward',
    n,
    kind: 'sum',
    reads: [
      ...['P', 'F', 'G', 'keeps'].map((what) => keyOf(n, what)),
      ...(isSending ? [keyOf(n, 'slopes')] : []),
      ...(hasE ? [keyOf(n, 'dspikes')] : []),
      ...(hasM ? [keyOf(n, 'dmem')] : []),
      ...(recurrent ? [keyOf(n, 'recurrent')] : []),
    ],
    writes: [dEnters(layer)],
    roundings: 32,
    grid: inexact,
    f(args) {
      const [P, F, G, keeps, ...rest] = args;
      const s = isSending ? rest.shift() : undefined;
      const E = hasE ? rest.shift() : undefined;
      const M = hasM ? rest.shift() : undefined;
      const V = recurrent ? recurrentMatrix(layer, rest[0]) : undefined;
      return computedx(its, { P, F, G, keeps, s: s ?? P, E, M, V }, model.B * its.size);
    },
  };
}

/** Recurrent weights as a matrix, (n,n): one for each neuron is its diagonal, which is 0 where none comes back to itself. */
function recurrentMatrix({ recurrent, layer: { size } }: SurrogateLayer, V: Floats): Floats {
  if (!recurrent || (!recurrent.isOneToOne && recurrent.hasSelf)) return V;
  const one = (k: number): number => V[V.length === 1 ? 0 : k];
  return Float64Array.from({ length: size * size }, (_, k) => {
    const isSelf = k % (size + 1) === 0;
    if (recurrent.isOneToOne) return isSelf ? one(k % size) : 0;
    return isSelf ? 0 : V[k];
  });
}

// loss

function lossStages(model: SurrogateModel): Stage[] {
  const { layers, T, B, loss } = model;
  if (!loss) return [];
  const last = layers[layers.length - 1];
  const n = layers.length;
  const { form, on, targets, factor, hasZero, smoothing = 0, isSoftened = false } = loss;
  const z = on === 'spikes' ? keyOf(n, 'spikes') : keyOf(n, 'mem');
  const dz = on === 'spikes' ? keyOf(n, 'dspikes') : keyOf(n, 'dmem');
  const C = last.layer.size;
  const scale = factor * scaleOf(form, T, B, C);
  const share = shareOf(form, T);
  const head = { stage: 'loss', n } as const;
  const key = (what: string): string => `loss.${what}`;
  const rows = form.readout === 'each' ? T * B : B;
  const map = B * C;
  const isMax = form.readout === 'max';
  const labelOf = (label: Floats, row: number): number => label[row % B];
  /** Which step is read of each number: 1 there. */
  const chosen = (args: readonly Floats[]): Float64Array => {
    const out = new Float64Array(T * map);
    for (let i = 0; i < map; i++) {
      if (form.readout === 'last') out[(T - 1) * map + i] = 1;
      else if (form.readout === 'first') out[-computeFirst(args[0], T)[i] * map + i] = 1;
      else
        for (let t = 0; t < T; t++) {
          const own = 3 * args[0][t * map + i] - 2 * args[1][t * map + i];
          const isMost = range(T).every((k) =>
            k < t ? args[1][k * map + i] < own : k === t || args[1][k * map + i] <= own,
          );
          if (isMost && (!hasZero || own > 0)) out[t * map + i] = 1;
        }
    }
    return out;
  };
  const isChosen = isMax || form.readout === 'last' || form.readout === 'first';
  const read: Stage[] = [
    ...(isChosen
      ? [
          {
            ...head,
            id: key('chosen'),
            kind: 'point',
            reads: isMax ? [z, z] : [z],
            writes: [key('chosen')],
            wide: [0, 0],
            f: (args) => [chosen(args)],
          } satisfies Stage,
        ]
      : []),
    isMax
      ? {
          ...head,
          id: key('read'),
          kind: 'point',
          reads: [z],
          writes: [key('read')],
          wide: [0],
          f: ([own]) => {
            const most = new Float64Array(map).fill(hasZero ? 0 : -Infinity);
            for (let i = 0; i < own.length; i++) most[i % map] = Math.max(most[i % map], own[i]);
            return [most];
          },
        }
      : {
          ...head,
          id: key('read'),
          kind: 'sum',
          reads: [z, ...(form.readout === 'last' ? [key('chosen')] : [])],
          writes: [key('read')],
          roundings: T + 2,
          grid: form.readout === 'mean' ? inexact : ([o]) => o,
          f([own, which]) {
            if (form.readout === 'first') return computeFirst(own, T);
            const out = new Float64Array(rows * C);
            for (let i = 0; i < own.length; i++)
              out[form.readout === 'each' ? i : i % map] += own[i] * (which ? which[i] : share);
            return out;
          },
        },
  ];
  const spread = (D: Floats, which: Floats | undefined): Float64Array => {
    const out = new Float64Array(T * map);
    const sign = form.readout === 'first' ? 1 : share;
    for (let i = 0; i < out.length; i++)
      out[i] = sign * D[form.readout === 'each' ? i : i % map] * (which ? which[i] : 1);
    return out;
  };
  const back: Stage = {
    ...head,
    id: `gradient.${n}`,
    kind: 'sum',
    reads: [key('difference'), ...(isChosen ? [key('chosen')] : [])],
    writes: [dz],
    roundings: 6,
    grid: inexact,
    f: ([D, which]) => spread(D, which).map((each) => each * scale),
  };
  const all: Stage = {
    ...head,
    id: 'loss.0',
    kind: 'sum',
    reads: [key('rows')],
    writes: ['loss'],
    roundings: rows * C + 8,
    grid: inexact,
    f: ([each]) => Float64Array.of(scale * total(each, (one) => one)),
  };
  if (form.compares === 'squares')
    return [
      ...read,
      {
        ...head,
        id: key('difference'),
        kind: 'point',
        reads: [key('read'), 'label'],
        writes: [key('difference')],
        wide: [2, 0],
        least: [4 * ε * Math.max(...targets.map(Math.abs))],
        f: ([own, label]) => [
          Float64Array.from(
            own,
            (value, i) => 2 * (value - targets[i % C === labelOf(label, Math.floor(i / C)) ? 0 : 1]),
          ),
        ],
      },
      back,
      {
        ...head,
        id: key('rows'),
        kind: 'point',
        reads: [key('difference')],
        writes: [key('rows')],
        wide: [4],
        f: ([D]) => [Float64Array.from(D, (d) => (d / 2) ** 2)],
      },
      all,
    ];
  return [...read, ...softmaxStages(head, rows, C, { smoothing, isSoftened, labelOf }), back, all];
}

interface Softmax {
  readonly smoothing: number;
  readonly isSoftened: boolean;
  readonly labelOf: (label: Floats, row: number) => number;
}

/** Softmax cross entropy of each row, and its derivative by what is read. */
function softmaxStages(
  head: { readonly stage: string; readonly n: number },
  rows: number,
  C: number,
  { smoothing, isSoftened, labelOf }: Softmax,
): Stage[] {
  const key = (what: string): string => `loss.${what}`;
  const eachRow = (of: (from: number, row: number) => void): void =>
    range(rows).forEach((row) => of(row * C, row));
  const softmaxOf = (z: Floats): Float64Array => {
    const q = new Float64Array(z.length);
    eachRow((from) => {
      const most = Math.max(...z.subarray(from, from + C));
      let sum = 0;
      for (let i = from; i < from + C; i++) sum += q[i] = Math.exp(z[i] - most);
      for (let i = from; i < from + C; i++) q[i] /= sum;
    });
    return q;
  };
  const target = (i: number, label: Floats): number =>
    (i % C === labelOf(label, Math.floor(i / C)) ? 1 - smoothing : 0) + smoothing / C;
  const z = key(isSoftened ? 'softened' : 'read');
  const D = key(isSoftened ? 'dsoftened' : 'difference');
  const soften: Stage[] = [
    {
      ...head,
      id: z,
      kind: 'point',
      reads: [key('read')],
      writes: [z],
      wide: [8],
      f: ([own]) => [softmaxOf(own)],
    },
  ];
  const back: Stage[] = [
    {
      ...head,
      id: key('difference'),
      kind: 'point',
      reads: [z, D],
      writes: [key('difference')],
      wide: [8, 8],
      f: ([q, d]) => {
        const out = new Float64Array(q.length);
        eachRow((from) => {
          let mean = 0;
          for (let i = from; i < from + C; i++) mean += q[i] * d[i];
          for (let i = from; i < from + C; i++) out[i] = q[i] * (d[i] - mean);
        });
        return [out];
      },
    },
  ];
  return [
    ...(isSoftened ? soften : []),
    {
      ...head,
      id: key('greatest'),
      kind: 'exact',
      reads: [z],
      writes: [key('greatest')],
      f: ([own]) => {
        const most = new Float64Array(rows);
        eachRow((from, row) => (most[row] = Math.max(...own.subarray(from, from + C))));
        return [most];
      },
    },
    {
      ...head,
      id: key('powers'),
      kind: 'point',
      reads: [z, key('greatest')],
      writes: [key('powers')],
      wide: [4, 0],
      f: ([own, most]) => [Float64Array.from(own, (value, i) => Math.exp(value - most[Math.floor(i / C)]))],
    },
    {
      ...head,
      id: key('others'),
      kind: 'sum',
      reads: [key('powers')],
      writes: [key('others')],
      roundings: C + 8,
      f: ([e]) => {
        const sums = new Float64Array(e.length);
        eachRow((from) => {
          for (let i = from; i < from + C; i++)
            for (let k = from; k < from + C; k++) if (k !== i) sums[i] += e[k];
        });
        return sums;
      },
    },
    {
      ...head,
      id: D,
      kind: 'point',
      reads: [key('powers'), key('others'), 'label'],
      writes: [D],
      wide: [4, 4, 0],
      least: [8 * ε],
      // 1 − e/(e + S) is S/(e + S), which cancels nothing.
      f: ([e, S, label]) => [
        Float64Array.from(e, (each, i) => {
          const share = target(i, label);
          return share > 0.5 ? 1 - share - S[i] / (each + S[i]) : each / (each + S[i]) - share;
        }),
      ],
    },
    {
      ...head,
      id: key('rows'),
      kind: 'point',
      reads: [z, key('greatest'), key('powers'), key('others'), 'label'],
      writes: [key('rows')],
      wide: [4, 0, 4, 4, 0],
      least: [8 * ε],
      f: ([own, most, e, S, label]) => {
        const losses = new Float64Array(rows);
        eachRow((from, row) => {
          for (let i = from; i < from + C; i++)
            losses[row] += target(i, label) * (most[row] - own[i] + Math.log(e[i] + S[i]));
        });
        return [losses];
      },
    },
    ...(isSoftened ? back : []),
  ];
}
