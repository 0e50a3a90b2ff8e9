/** Stages loss and backward: factors of Eq. 6 and 9, the mask and S of Eq. 10, flows of Eq. 11, ties of a maximum pool. */
import type { Floats } from '../../../../spec/arithmetic.ts';
import { averagePool } from '../../../../spec/layers/averagePool.ts';
import { maxPool } from '../../../../spec/layers/maxPool.ts';
import { biasesOf, neuronsOf, outputLayer, weightsOf, type Layer } from '../../../../spec/network.ts';
import { absolutes, largest, total, ε, type Values } from '../../../engine/rounding.ts';
import type { Stage } from '../../../engine/stage.ts';
import { keyOf } from '../../keys.ts';
import type { Numbers, Seen } from '../../name.ts';
import { learns, type Model } from '../model.ts';
import { digits, fires, layerOf, makes, medianOf, networkIn, replacing, type Row } from './rows.ts';
import { bySynapses, undivided, wiredLayer } from './wiring.ts';

// loss, and Eq. 9

const makesOutput = ({ writes }: Stage): boolean => writes.includes('output');
const makesLoss = ({ writes }: Stage): boolean => writes.includes('loss.sample');
const isFactorOf9 = (stage: Stage, model: Model): boolean =>
  stage.n === networkIn(model).layers.length && makes(stage, 'dFI');
const VthOf = (model: Model): number => outputLayer(networkIn(model)).Vth;
const TOf = (model: Model): number => networkIn(model).T;
const classesOf = (model: Model): number => outputLayer(networkIn(model)).output.channels;

/** An array times a factor that is not 1. */
const byFactor = (
  id: string,
  stage: 'loss' | 'backward',
  says: string,
  isMade: (stage: Stage, model: Model) => boolean,
  factor: (model: Model) => number,
): Row => ({
  id,
  stages: [stage],
  says,
  concerns: (each, model) => isMade(each, model) && factor(model) !== 1,
  output: (values, _key, _stage, model) => values.map((value) => value * factor(model)),
});

/** Factors of Eq. 9. */
const factorsOf9: readonly (readonly [id: string, says: string, factor: (model: Model) => number])[] = [
  ['without-threshold', 'Vth is missing in Eq. 9.', VthOf],
  ['without-window', 'T is missing in Eq. 9.', TOf],
  ['threshold-twice', 'Vth is in Eq. 9 twice.', (model) => 1 / VthOf(model)],
  ['window-twice', 'T is in Eq. 9 twice.', (model) => 1 / TOf(model)],
  ['without-window-and-threshold', 'T·Vth is missing in Eq. 9.', (model) => TOf(model) * VthOf(model)],
  [
    'mean-of-classes',
    'Eq. 9 is divided by the number of classes: the loss is a mean over them, where Eq. 6 is the sum.',
    (model) => 1 / classesOf(model),
  ],
  [
    'mean-of-batch',
    'Eq. 9 is divided by the samples of the batch; it is of each sample’s own L. Where the mean is meant: --gradients batch.',
    ({ B }) => 1 / B,
  ],
  [
    'of-mean-squares',
    'Eq. 9 is of a mean of squares over the classes (nn.MSELoss as it is): without the ½ of Eq. 6, and divided by their number.',
    (model) => (model.variant.loss === 'half' ? 2 / classesOf(model) : 1),
  ],
  [
    'of-mean-squares-of-batch',
    'Eq. 9 is of a mean of squares over the batch and the classes (nn.MSELoss as it is): check it with --gradients batch.',
    (model) => (model.variant.loss === 'half' ? 2 : 1) / (classesOf(model) * model.B),
  ],
  ['negated', 'Eq. 9 has the other sign: Y − output for output − Y.', () => -1],
];

/** A stage whose numbers are rounded more often than a sum's: as functions of each number, and of numbers as large as 1. */
function loosely(stage: Stage): Stage | undefined {
  if (stage.kind !== 'sum') return undefined;
  const { id, n, by, reads, writes, f } = stage;
  return {
    ...{ id, stage: stage.stage, n, ...(by && { by }), reads, writes, kind: 'point' },
    wide: [4],
    least: [16 * ε],
    f: (args, precision) => [f(args, precision)],
  };
}

/** The numbers of spikes of an output layer that fires, from its currents. */
function countsOf(x: Floats, model: Model): Floats {
  const network = networkIn(model);
  const layer = { ...outputLayer(network), spikes: true };
  const [u, o, count] = [0, 1, 2].map(() => new Float64Array(x.length / network.T));
  for (let from = 0; from < x.length; from += u.length) {
    model.functions.applyLayerNeuron(u, o, x.subarray(from, from + u.length), layer, model.variant);
    for (let i = 0; i < o.length; i++) count[i] += o[i];
  }
  return count;
}

const isError = ({ writes }: Stage): boolean => writes.includes('error');
const isOfLabel = (stage: Stage, model: Model): boolean =>
  isError(stage) || makesLoss(stage) || isFactorOf9(stage, model);

const lossRows: readonly Row[] = [
  byFactor(
    'output-without-threshold',
    'loss',
    'Vth is missing in Eq. 6: u / T for u / (T·Vth).',
    makesOutput,
    VthOf,
  ),
  byFactor(
    'output-without-window',
    'loss',
    'T is missing in Eq. 6: u / Vth for u / (T·Vth).',
    makesOutput,
    TOf,
  ),
  byFactor(
    'loss-mean-of-classes',
    'loss',
    'L is the mean over the classes; Eq. 6 is the sum.',
    makesLoss,
    (model) => 1 / classesOf(model),
  ),
  ...factorsOf9.map(([id, says, factor]) =>
    byFactor(`gradient-${id}`, 'backward', says, isFactorOf9, factor),
  ),
  {
    id: 'window-off-by-one',
    stages: ['loss', 'backward'],
    says: 'T·Vth of Eq. 6 or 9 has another number of steps than T.',
    concerns: (stage, model) => makesOutput(stage) || isFactorOf9(stage, model),
    fit: ({ model }) => [[TOf(model) + 1], [TOf(model) - 1]],
    output: (values, _key, _stage, model, [steps = TOf(model) + 1]) =>
      values.map((value) => (value * TOf(model)) / steps),
    found: ([steps]) => `It has ${steps}.`,
  },
  {
    id: 'output-counts-spikes',
    stages: ['loss'],
    says: 'The output layer fires and resets as the others do, and its spikes are counted; Eq. 6 integrates.',
    concerns: makesOutput,
    wire: (key) => key.replace(/potential\.end$/, 'current'),
    input: (values, _key, _stage, model) => countsOf(values, model),
  },
  {
    id: 'label-smoothing',
    stages: ['loss'],
    says: 'Labels are smoothed by 0.1; Eq. 6 has 1 at the class and 0 elsewhere.',
    concerns: isError,
    change: replacing(() => ({
      computeLabelVector(label, classes, precision) {
        const Y = precision.array(classes).fill(0.1 / classes);
        Y[label] = Y[label] + 0.9;
        return Y;
      },
    })),
    stage: loosely,
  },
  {
    id: 'label-off-by-one',
    stages: ['loss', 'backward'],
    says: 'Labels are counted from another number than 0.',
    concerns: isOfLabel,
    fit: () => [[1], [-1]],
    input: (values, key, _stage, _model, [by = 1]) =>
      key === 'label' ? values.map((label) => label + by) : values,
    found: ([by]) => `They are ${by > 0 ? 'one too large' : 'one too small'}.`,
  },
  {
    id: 'cross-entropy',
    stages: ['loss', 'backward'],
    says: 'The loss is the cross-entropy of softmax(u / (T·Vth)), whose error is softmax − Y; Eq. 6 has squares.',
    concerns: isOfLabel,
    change: (model) => ({
      // Without the factor 2 of squares.
      variant: { ...model.variant, loss: 'half' },
      ...replacing(() => ({
        computeDifference(output, Y) {
          const most = Math.max(...output);
          const powers = output.map((each) => Math.exp(each - most));
          return powers.map((each, k) => each / total(powers, (power) => power) - Y[k]);
        },
        // The error of the class is its probability − 1; that of others is positive.
        computeLoss: (error) => -Math.log(1 + Math.min(...error)),
      }))(model),
    }),
    stage: (stage) => (stage.stage === 'loss' ? loosely(stage) : stage),
  },
];

// Eq. 10

const isGate = (stage: Stage, model: Model): boolean => fires(stage, model) && makes(stage, 'dFI');
const hasSlope = (stage: Stage, model: Model): boolean =>
  isGate(stage, model) && model.variant.scale !== 'neuron';

/** Another ∂FO/∂FI, of flows whatever the variant. */
const byMask = (id: string, says: string, isOpen: (FI: number, FO: number) => boolean): Row => ({
  id,
  stages: ['backward'],
  says,
  concerns: isGate,
  change: (model) => ({
    variant: { ...model.variant, gate: 'positiveInput' },
    ...replacing(() => ({
      applydFI(dFI, dFO, FI, FO, S) {
        for (let j = 0; j < dFO.length; j++) dFI[j] = isOpen(FI[j], FO[j]) ? dFO[j] * S : 0;
      },
    }))(model),
  }),
});

/** Eq. 10 with another slope than S; the mask is that of the variant. */
const bySlope = (id: string, says: string, of: (S: number, k: Numbers) => number): Row => ({
  id,
  stages: ['backward'],
  says,
  concerns: hasSlope,
  change: (model, k) =>
    replacing((own) => ({
      applydFI: (...[dFI, dFO, FI, FO, S, ...rest]) => own.applydFI(dFI, dFO, FI, FO, of(S, k), ...rest),
    }))(model),
});

/** Numbers that a fitted factor needs: of fewer, one that fits is no evidence. */
const leastFitted = 3;

/** The median of one array over another, where neither is 0. */
function quotients(got: Values | undefined, of: Values | undefined): Numbers[] {
  const all: number[] = [];
  for (let i = 0; got && of && i < got.length; i++) if (got[i] !== 0 && of[i] !== 0) all.push(got[i] / of[i]);
  const found = all.length < leastFitted ? undefined : medianOf(all);
  return found === undefined ? [] : [[found]];
}

const gateRows: readonly Row[] = [
  byMask('mask-by-FO', 'The gradient passes neurons with FO > 0, those that fired.', (_, FO) => FO > 0),
  byMask(
    'mask-at-zero',
    'The gradient passes neurons with FI = 0, too, as where pools have no gate.',
    (FI) => FI >= 0,
  ),
  bySlope('scale-ignored', 'Eq. 10 lacks S: ∂FO/∂FI is 1.', () => 1),
  bySlope('scale-twice', 'Eq. 10 has S twice.', (S) => S * S),
  {
    ...bySlope(
      'other-slope',
      'Eq. 10 has one other slope than S in all neurons of the layer (straight-through).',
      (_, [slope = 1 / 2]) => slope,
    ),
    fit: ({ stage: { n }, got, there }) =>
      quotients(got(keyOf(n, 'dFI')), there(keyOf(n, 'dFO'))).filter(([slope]) => slope > 0),
    found: ([slope]) => `It is ${digits(slope)}.`,
  },
  {
    id: 'scale-of-next-layer',
    stages: ['backward'],
    says: 'Eq. 10 uses S of the layer that follows.',
    concerns: (stage, model) => isGate(stage, model) && networkIn(model).layers[stage.n]?.spikes,
    wire: (key, { n }) => (key === keyOf(n, 'S') ? keyOf(n + 1, 'S') : key),
  },
];

// Eq. 11

const isWeights = (stage: Stage): boolean => makes(stage, 'dw') && stage.reads.length > 0;
const ofWeights = (stage: Stage): boolean =>
  stage.reads.length > 0 && (makes(stage, 'dw') || makes(stage, 'db'));

/** Eq. 11 with another flow. */
const byFlow = (
  id: string,
  says: string,
  what: string,
  isOf: (layer: Layer) => boolean,
  from: (n: number) => number,
): Row => ({
  id,
  stages: ['backward'],
  says,
  concerns(stage, model) {
    const layer = layerOf(stage, model);
    return layer !== undefined && isWeights(stage) && isOf(layer);
  },
  wire: (key, { n }) => (key === keyOf(n - 1, 'FO') ? keyOf(from(n), what) : key),
});

/** ∂L/∂w of a layer that is made of it. */
const byGradient = (id: string, says: string, output: NonNullable<Row['output']>): Row => ({
  id,
  stages: ['backward'],
  says,
  concerns: isWeights,
  output,
});

const normOf = (values: Values): number => Math.sqrt(total(values, (each) => each * each));

const learnedLayers = (model: Model): Layer[] =>
  networkIn(model).layers.filter((layer) => weightsOf(layer) > 0 && learns(layer, model));

/** 1, 2, 2.5 or 5 times a power of ten, as near as rounding and PyTorch's 10⁻⁶ leave it. */
function isRoundNumber(norm: number): boolean {
  if (!(norm > 0)) return false;
  const lead = norm / 10 ** Math.floor(Math.log10(norm) + 2 ** -14);
  return [1, 2, 2.5, 5].some((round) => Math.abs(lead / round - 1) < 2 ** -14);
}

/** The factor of a layer where what was supplied of all has a norm that somebody would write. */
function globalNorms({ stage, model, there, right, got }: Seen<Model>): Numbers[] {
  const all = learnedLayers(model).map(({ n }) => there(keyOf(n, 'dw')));
  const norm = Math.hypot(...all.map((each) => (each ? normOf(each) : NaN)));
  const [own, theirs] = [normOf(right(stage.writes[0]).v), got(stage.writes[0])];
  return theirs && own > 0 && isRoundNumber(norm) ? [[normOf(theirs) / own]] : [];
}

/** Numbers that a limit needs: one gives it, the others are evidence. */
const leastClipped = 4;

/** The largest number that was supplied, where several of different sizes are cut to it. */
function limits({ stage, right, got }: Seen<Model>): Numbers[] {
  const most = largest(got(stage.writes[0]) ?? []);
  const beyond = absolutes(right(stage.writes[0]).v).filter((size) => size > most * (1 + 2 ** -12));
  const isOneSize = Math.min(...beyond) > largest(beyond) * (1 - 2 ** -12);
  return most === 0 || beyond.length < leastClipped || isOneSize ? [] : [[most]];
}

const gradientRows: readonly Row[] = [
  byFlow(
    'own-layer-flow',
    'Eq. 11 takes FO of the layer itself; it has FO of the layer before.',
    'FO',
    ({ isOutput, input, output }) => !isOutput && neuronsOf(input) === neuronsOf(output),
    (n) => n,
  ),
  byFlow(
    'flow-in-for-flow-out',
    'Eq. 11 takes FI of the layer before; it has FO.',
    'FI',
    ({ n }) => n > 1,
    (n) => n - 1,
  ),
  {
    id: 'flow-of-last-step',
    stages: ['backward'],
    says: 'Eq. 11 uses the spikes of the last step of the layer before; it has FO, their sum over the window.',
    concerns: isWeights,
    wire: (key, { n }) => (key === keyOf(n - 1, 'FO') ? keyOf(n - 1, 'spikes') : key),
    input: (values, key, _, model) =>
      key.endsWith('spikes') ? values.slice(values.length - values.length / TOf(model)) : values,
  },
  {
    id: 'sample-missing',
    stages: ['backward'],
    says: 'The last sample of the batch adds nothing to the gradient.',
    concerns: (stage, { B }) => B > 1 && ofWeights(stage),
    input: (values, key, { n }, { B }) =>
      key === keyOf(n, 'dFI') ? values.slice().fill(0, values.length - values.length / B) : values,
  },
  {
    id: 'gradient-with-decay',
    stages: ['backward'],
    says: '∂L/∂w has a multiple of w besides: L2 in the loss, or weight decay; it is added in the update.',
    concerns: isWeights,
    stage(stage, _, [decay = 0.125]) {
      if (stage.kind !== 'sum') return undefined;
      const w = keyOf(stage.n, 'weight');
      return {
        ...stage,
        reads: [...stage.reads, w],
        f: (args, precision) => stage.f(args, precision).map((d, k) => d + decay * args[args.length - 1][k]),
      };
    },
    fit({ stage, right, got, there }) {
      const { v } = right(stage.writes[0]);
      return quotients(
        got(stage.writes[0])?.map((d: number, k: number) => d - v[k]),
        there(keyOf(stage.n, 'weight')),
      );
    },
    found: ([decay]) => `It is ${digits(decay)}·w.`,
  },
  byGradient(
    'gradient-detached',
    'No gradient reaches the weights: the graph is detached before them.',
    (values) => values.map(() => 0),
  ),
  byGradient('gradient-normalised', '∂L/∂w of each layer is divided by its norm.', (values) =>
    values.map((d) => d / (normOf(values) || 1)),
  ),
  byGradient('gradient-clipped-by-norm', '∂L/∂w of each layer is scaled to a norm of at most 1.', (values) =>
    values.map((d) => d / Math.max(1, normOf(values))),
  ),
  {
    ...byGradient(
      'gradient-clipped-by-global-norm',
      '∂L/∂w of all layers together is scaled to a norm such as 0.5, 1 or 5 (clipped, or normalised).',
      (values, _key, _stage, _model, [by = 1]) => values.map((d) => d * by),
    ),
    concerns: (stage, model) => isWeights(stage) && learnedLayers(model).length > 1,
    fit: globalNorms,
  },
  {
    ...byGradient(
      'gradient-clipped-by-value',
      'Numbers of ∂L/∂w beyond a limit are cut to it.',
      (values, _key, _stage, _model, [most = medianOf([...absolutes(values)])!]) =>
        values.map((d) => Math.max(-most, Math.min(most, d))),
    ),
    fit: limits,
    found: ([most]) => `It is ${digits(most)}.`,
  },
  {
    id: 'gradient-scaled',
    stages: ['backward'],
    says: 'The gradient is multiplied by a number.',
    isOwn: true,
    fit: ({ stage, right, got }) => quotients(got(stage.writes[0]), right(stage.writes[0]).v),
    output: (values, _key, _stage, _model, [by = 0.75]) => values.map((d) => d * by),
    found: ([by]) => `It is ${digits(by)}.`,
  },
  {
    id: 'bias-gradient-without-window',
    stages: ['backward'],
    says: '∂L/∂b is Σ ∂L/∂FI; the neuron of a bias fires T times, so that it is Σ ∂L/∂FI·T.',
    concerns: (stage, model) => makes(stage, 'db') && TOf(model) > 1 && biasesOf(layerOf(stage, model)!) > 0, // it has a layer
    change: replacing((own) => ({
      accumulatedb: (db, dFI, _T, layer) => own.accumulatedb(db, dFI, 1, layer),
    })),
  },
];

// pools

const isThrough = (stage: Stage, model: Model, kind: Layer['kind']): boolean =>
  makes(stage, 'dFO') && wiredLayer(stage, model)?.kind === kind;

/** The gradient of a maximum pool, to inputs that `share` gives a part of it. */
const byTies = (id: string, says: string, share: (place: number, ties: number) => number): Row => ({
  id,
  stages: ['backward'],
  says,
  concerns: (stage, model) => isThrough(stage, model, maxPool),
  change: replacing(() => ({
    applydFO(dFO, _w, dFI, FO, { output, synapses }) {
      dFO.fill(0);
      for (let i = 0; i < neuronsOf(output); i++) {
        const { j, count } = synapses.into(i);
        const window = [...j.subarray(0, count)];
        const most = Math.max(...window.map((each) => FO[each]));
        const ties = window.filter((each) => FO[each] === most);
        for (const [place, each] of ties.entries())
          dFO[each] = dFO[each] + share(place, ties.length) * dFI[i];
      }
    },
  })),
});

const poolRows: readonly Row[] = [
  {
    id: 'pool-gradient-not-divided',
    stages: ['backward'],
    says: 'The gradient of an average pool goes to each input whole; each has 1/size² of it.',
    concerns: (stage, model) => isThrough(stage, model, averagePool),
    change: replacing(() => ({ applydFO: undivided })),
  },
  bySynapses(
    'pool-gradient-tiled',
    'The gradient of an average pool is repeated as a whole map; each of its numbers goes to its own window.',
    ({ kind, input, output, synapses }) => {
      const isWhole = input.height % output.height === 0 && input.width % output.width === 0;
      if (kind !== averagePool || !isWhole || output.height * output.width === 1) return undefined;
      return {
        ...synapses,
        outOf(j) {
          const [row, column] = [Math.floor(j / input.width) % input.height, j % input.width];
          const channel = Math.floor(j / (input.height * input.width));
          const i =
            (channel * output.height + (row % output.height)) * output.width + (column % output.width);
          return { i: Int32Array.of(i), k: Int32Array.of(0), count: 1 };
        },
      };
    },
    ['backward'],
  ),
  byTies(
    'max-pool-ties-to-last',
    'Of equal maxima the last gets the gradient; it is the first.',
    (place, ties) => (place === ties - 1 ? 1 : 0),
  ),
  byTies(
    'max-pool-ties-to-all',
    'Equal maxima each get the whole gradient; it is the first that does.',
    () => 1,
  ),
  byTies(
    'max-pool-ties-shared',
    'Equal maxima share the gradient; it goes to the first.',
    (_, ties) => 1 / ties,
  ),
];

export const gradientMistakes: readonly Row[] = [...lossRows, ...gateRows, ...gradientRows, ...poolRows];
