/** What simulators are known to do instead of what a convention says. */
import { real, type Floats } from '../../../spec/arithmetic.ts';
import { neuronsOf, type Shape } from '../../../spec/network.ts';
import type { NirParameters } from '../../../spec/nir.ts';
import {
  nirConventions,
  nirKinds,
  nirNetworkChoices,
  nirNeuronChoices,
  type NirConvention,
  type NirConventionName,
  type NirKind,
  type NirNeuronConvention,
} from '../../../spec/nirConventions.ts';
import type { NirMap } from '../../../spec/nirMaps.ts';
import { largest, total } from '../../engine/rounding.ts';
import { Missing } from '../../engine/run.ts';
import type { Stage } from '../../engine/stage.ts';
import { entriesOf } from '../../keysOf.ts';
import type { NirConventionGiven } from '../../nir/convention.ts';
import type { Mistake, Fitted, Seen } from '../name.ts';
import { fitted } from './fits.ts';
import { choicesOf, constantsOf, keyOf, type NirModel } from './steps.ts';

export type NirMistake = Mistake<NirModel>;

const range = (count: number): number[] => [...Array(Math.max(0, count)).keys()];

/** Every stage of a layer. */
const everywhere = ['guess', 'current', 'synapse', 'neuron'];
const inCurrents = ['guess', 'current'];
const inNeurons = ['guess', 'synapse', 'neuron'];

// choices

const words: Readonly<Record<string, string>> = {
  'step=euler': 'Its step is Euler’s.',
  'step=exponential': 'Its step is exponential.',
  'synapseStep=euler': 'The synapse decays by Euler’s step.',
  'synapseStep=likeLeak': 'The synapse decays like the membrane.',
  'gain=euler': 'The gain is r·dt/τ.',
  'gain=complement': 'The gain is r·(1 − λ).',
  'gain=one': 'The gain is 1, without dt, r and τ.',
  'gain=threshold': 'The gain is 1, and the threshold is divided by r·dt/τ: potentials are larger by it.',
  'gain=leastThreshold': 'The gain is 1, and the threshold is divided by the least r·dt/τ of the layer.',
  'gain=whereOne': 'The gain is dt/τ where r is 1, and 1 elsewhere.',
  'resistance=used': 'It uses r.',
  'resistance=ignored': 'It ignores r.',
  'synapse=euler': 'The gain of the synapse is w_in·dt/τ_syn.',
  'synapse=one': 'The gain of the synapse is 1.',
  'synapse=leaked': 'What arrives leaks at once: I is α·(I + x).',
  'synapse=threshold': 'The gain of the synapse is 1, and the threshold is divided by w_in·dt/τ_syn.',
  'vLeak=used': 'It uses v_leak.',
  'vLeak=ignored': 'It ignores v_leak.',
  'synapseLeak=zero': 'The synapse decays to 0.',
  'synapseLeak=vLeak': 'The synapse decays to v_leak.',
  'startsAt=reset': 'Potentials start at what a spike resets them to.',
  'startsAt=vLeak': 'Potentials start at v_leak.',
  'fires=above': 'It fires above the threshold, not at it.',
  'fires=at': 'It fires at the threshold, too.',
  'spikes=one': 'It sends one spike a step, however large the potential.',
  'spikes=whole': 'It sends ⌊u/θ⌋ spikes.',
  'reset=zero': 'A spike resets the potential to 0.',
  'reset=vReset': 'A spike resets the potential to v_reset.',
  'reset=subtract': 'A spike subtracts the threshold.',
  'resetWhen=sameStep': 'The reset is in the step of the spike.',
  'resetWhen=beforeLeak': 'The reset is a step late, before the leak; or potentials are recorded before it.',
  'resetWhen=afterLeak': 'The reset is a step late, after the leak.',
  'overshoot=stays': 'A potential that is above the threshold after a subtraction stays.',
  'overshoot=beforeLeak':
    'A potential that is above the threshold after a subtraction loses it before the next leak.',
  'overshoot=afterLeak':
    'A potential that is above the threshold after a subtraction loses it after the next leak.',
  'floor=none': 'Potentials have no floor.',
  'floor=threshold': 'Potentials are at least −θ.',
  'floor=zero': 'Potentials are at least 0.',
  'ifLeak=one': 'IF neurons do not leak.',
  'ifLeak=nineTenths': 'IF neurons leak, with β = 0.9.',
  'sends=sameStep': 'It sends spikes in the step in which it fires.',
  'sends=stepBefore': 'It sends spikes a step late.',
  'arrives=sameStep': 'Its input arrives at once.',
  'arrives=stepAfter': 'Its input arrives a step late.',
  'bias=arrives': 'The bias goes through the synapse.',
  'bias=settled': 'The bias goes past the synapse.',
  'numbers=float': 'Its numbers are floating point.',
  'numbers=lavaDl': 'Its numbers are 4096ths, cut towards 0.',
  'numbers=loihi': 'Its numbers are those of Loihi: 16384ths, and weights of 256ths.',
  'recurrentBias=always': 'The recurrent bias is there in step 0.',
  'recurrentBias=notFirst': 'The recurrent bias is missing in step 0.',
  'recurrentBias=never': 'The recurrent bias is missing.',
  'weights=binary32': 'Weights are not cut.',
  'weights=int8': 'Weights are cut to 8 bits towards 0, with one scale for a layer.',
  'input=counts': 'Counts of the input are counted.',
  'input=ones': 'Counts of the input are taken for 0 or 1.',
};

const withNeurons = (base: NirConvention, change: Partial<NirNeuronConvention>): NirConvention => ({
  ...base,
  neurons: Object.fromEntries(
    nirKinds.map((kind) => [kind, { ...base.neurons[kind], ...change }]),
  ) as NirConvention['neurons'], // every kind
});

/** Questions that are none of a kind of neurons. */
const ofSynapses = ['synapseStep', 'synapse', 'synapseLeak', 'bias'];
const unasked: Readonly<Record<NirKind, readonly string[]>> = {
  IF: [...ofSynapses, 'step', 'gain', 'resistance', 'vLeak', 'startsAt'],
  LIF: [...ofSynapses, 'ifLeak'],
  CubaLIF: ['ifLeak'],
};

/** Every other answer to each question. Two forms of the leak differ in their rounding alone. */
function choices(): NirMistake[] {
  const row = (
    question: string,
    answer: string,
    stages: readonly string[],
    change: NirMistake['change'],
  ): NirMistake => {
    const id = `${question}=${answer}`;
    return { id, says: words[id], stages, choices: { [question]: answer }, ...(change && { change }) };
  };
  const ofNeurons = entriesOf(nirNeuronChoices).flatMap(([question, answers]) =>
    answers.map((answer): NirMistake => ({
      ...row(
        question,
        answer,
        question === 'arrives'
          ? inCurrents
          : ['bias', 'sends', 'numbers'].includes(question)
            ? everywhere
            : inNeurons,
        ({ convention }) => ({
          convention: withNeurons(convention, { [question]: answer }),
        }),
      ),
      concerns({ n }, model) {
        const layer = model.chain.layers[n - 1];
        const isAsked = !unasked[layer.parameters.kind].includes(question);
        return isAsked && choicesOf(model, layer)[question] !== answer;
      },
    })),
  );
  const ofNetwork = entriesOf(nirNetworkChoices).flatMap(([question, answers]) =>
    answers.map((answer): NirMistake => ({
      ...row(question, answer, inCurrents, ({ convention }) => ({
        convention: { ...convention, [question]: answer },
      })),
      concerns: (_, { convention }) => convention[question] !== answer,
    })),
  );
  return [...ofNeurons.filter(({ id }) => !id.startsWith('form=')), ...ofNetwork];
}

/** Whole simulators, as a choice from which others may differ. */
const simulators = (): NirMistake[] =>
  entriesOf(nirConventions).map(([name, convention]) => ({
    id: name,
    says: `It does what ${name} does.`,
    stages: everywhere,
    choices: { from: name },
    concerns: (_, model) => !isSame(model.convention, convention),
    change: () => ({ convention }),
  }));

/** Whether two conventions have the same choices, whatever asked for them. */
export const isSame = (a: NirConvention, b: NirConvention): boolean => {
  const [one, other] = [a, b].map((convention) => JSON.stringify({ ...convention, name: undefined }));
  return one === other;
};

type Words = Readonly<Record<string, unknown>>;

/** A convention as it would be given, with other answers: for all neurons, and where these are of neurons, for one kind alone. */
export function formsOf(
  base: NirConvention & { readonly name?: string },
  answers: Words,
  kind: NirKind,
): NirConventionGiven[] {
  const { from, ...own } = answers;
  const known = entriesOf(nirConventions).find(([, convention]) => isSame(convention, base))?.[0];
  const { name = '' } = base;
  const now: Words = known ? { from: known } : name.startsWith('{') ? JSON.parse(name) : { from: name }; // `checkConvention` wrote it
  const given: Words = from === undefined ? now : { from };
  if (Object.keys(own).length === 0) return [given['from'] as NirConventionName]; // a simulator alone
  if (given['from'] === '') return [];
  const ofKind = (each: NirKind): Words => (given[each] ?? {}) as Words; // as `checkConvention` wrote it
  const others = nirKinds
    .filter((each) => given[each] !== undefined)
    .map((each) => [
      each,
      Object.fromEntries(Object.entries(ofKind(each)).filter(([question]) => !(question in own))),
    ]);
  const isOfNeurons = Object.keys(own).every((question) => question in nirNeuronChoices);
  return [
    { ...given, ...Object.fromEntries(others), ...own },
    ...(isOfNeurons ? [{ ...given, [kind]: { ...ofKind(kind), ...own } }] : []),
  ];
}

/** Pairs of choices, and choices of another simulator. */
export function pairsOf(model: NirModel, stage: Stage): NirMistake[] {
  const all = [...simulators(), ...choices()].filter(({ concerns }) => concerns?.(stage, model) !== false);
  return all.flatMap((one, at) =>
    all.slice(at + 1).flatMap((other): NirMistake[] => {
      const [[first], [second]] = [one, other].map((each) => Object.keys(each.choices!)); // all are choices
      if (first === second) return [];
      return [
        {
          id: `${one.id} ${other.id}`,
          says: `${one.says} ${other.says}`,
          stages: everywhere,
          choices: { ...one.choices, ...other.choices },
          change: (own) => other.change!({ ...own, ...one.change!(own, []) }, []), // choices change the model
        },
      ];
    }),
  );
}

// misreadings of the graph

type MapChange = (map: NirMap, isRecurrent: boolean, k: Fitted) => NirMap | undefined;

/** A change of the maps of every layer. */
const mapped = (id: string, says: string, change: MapChange): NirMistake => ({
  id,
  says,
  stages: inCurrents,
  change: ({ chain }, k) => ({
    chain: {
      ...chain,
      layers: chain.layers.map((layer) => {
        const { recurrent } = layer;
        const back = recurrent?.map && change(recurrent.map, true, k);
        return {
          ...layer,
          maps: layer.maps.map((node) => ({
            ...node,
            ...(node.map && { map: change(node.map, false, k) ?? node.map }),
          })),
          ...(recurrent && back && { recurrent: { ...recurrent, map: back } }),
        };
      }),
    },
  }),
});

type Weighted = Extract<NirMap, { w: Floats }>;
const isWeighted = (map: NirMap): map is Exclude<Weighted, { kind: 'scale' }> =>
  'w' in map && map.kind !== 'scale';

/** A change of each weight, from all of them and their shape (out, in, rows, columns). */
const weights = (
  id: string,
  says: string,
  prepare: (w: Floats, shape: readonly number[], k: Fitted) => ((i: number) => number) | undefined,
  isBackToo = true,
): NirMistake =>
  mapped(id, says, (map, isBack, k) => {
    if (!isWeighted(map) || (isBack && !isBackToo)) return undefined;
    const [rows, columns] = map.kind === 'convolution' ? map.window.kernel : [1, 1];
    const shape = [map.w.length / (map.input.channels * rows * columns), map.input.channels, rows, columns];
    const of = prepare(map.w, shape, k);
    return of && { ...map, w: Float64Array.from(map.w, (_each, i) => of(i)) };
  });

/**
 * Where a number of an array comes from: the axes in the order in which they are taken, each reversed (`-`), or from one place before (`<`)
 * or after (`>`). Axes of unlike sizes are not exchanged.
 */
function movedFrom(axes: string, shape: readonly number[], own: string): ((i: number) => number) | undefined {
  const sources = axes
    .split(' ')
    .map((word) => ({ by: word.length > 1 ? word[0] : '', d: own.indexOf(word.at(-1)!) })); // no word is empty
  if (sources.some(({ d }, k) => shape[d] !== shape[k])) return undefined;
  return (i) => {
    const at = placesOf(i, shape);
    return sources.reduce((sum, { by, d }, k) => {
      const place = by === '-' ? -1 - at[d] : at[d] + (by === '<' ? -1 : by === '>' ? 1 : 0);
      return sum * shape[k] + modulo(place, shape[k]);
    }, 0);
  };
}

/** Each weight from another place: outputs, inputs, rows, columns. */
const moved = ([id, says, axes]: readonly [id: string, says: string, axes: string]): NirMistake =>
  weights(
    id,
    says,
    (w, shape) => {
      const from = movedFrom(axes, shape, 'oirc');
      return from && w.length > 1 ? (i) => w[from(i)] : undefined;
    },
    false,
  );

const modulo = (k: number, size: number): number => ((k % size) + size) % size;
const placesOf = (i: number, shape: readonly number[]): number[] =>
  shape.map((size, d) => Math.floor(i / shape.slice(d + 1).reduce((a, b) => a * b, 1)) % size);

/** The nearest whole number, ties to even. */
function toEven(value: number): number {
  const down = Math.floor(value);
  const isUp = value - down > 0.5 || (value - down === 0.5 && down % 2 !== 0);
  return down + (isUp ? 1 : 0);
}

/** Weights in whole steps of the greatest, of all or of those of an output, divided by the levels. */
const inLevels =
  (levels: number, isByOutput = false, whole = toEven) =>
  (w: Floats, [outputs]: readonly number[]): ((i: number) => number) => {
    const size = isByOutput ? w.length / outputs : w.length;
    const greatest = range(w.length / size).map((k) => largest(w.subarray(k * size, (k + 1) * size)) || 1);
    return (i) => {
      const most = greatest[Math.floor(i / size)];
      return (whole((w[i] * levels) / most) * most) / levels;
    };
  };

/** A number with so many significant bits, ties to even. */
const inBits = (value: number, bits: number, least: number): number => {
  const unit = 2 ** (Math.max(least, Math.floor(Math.log2(Math.abs(value) || 1))) - bits + 1);
  return toEven(value / unit) * unit;
};
const half = (value: number): number => inBits(value, 11, -14);

/** A bias that is changed, as an array. */
const biases = (id: string, says: string, of: (b: Floats, i: number) => number): NirMistake =>
  mapped(id, says, (map) =>
    isWeighted(map) && map.b ? { ...map, b: Float64Array.from(map.b, (_, i) => of(map.b!, i)) } : undefined,
  ); // it is there

/** A dense map after a flattened one takes its inputs in another order of (channel, row, column). */
const flattened = (id: string, says: string, order: readonly number[]): NirMistake => ({
  id,
  says,
  stages: inCurrents,
  change({ chain }) {
    let before = chain.input;
    const changed = (map: NirMap): NirMap => {
      const shape = [before.channels, before.height, before.width];
      before = map.output;
      if (map.kind !== 'dense' || shape[1] * shape[2] === 1) return map;
      const n = map.input.channels;
      const turned = order.map((d) => shape[d]);
      const from = (k: number): number => {
        const at = placesOf(k, turned);
        return shape.reduce((sum, size, d) => sum * size + at[order.indexOf(d)], 0);
      };
      return { ...map, w: Float64Array.from(map.w, (_, k) => map.w[k - (k % n) + from(k % n)]) };
    };
    const layers = chain.layers.map((layer) => ({
      ...layer,
      maps: layer.maps.map((node) => ({ ...node, ...(node.map && { map: changed(node.map) }) })),
    }));
    return { chain: { ...chain, layers } };
  },
});

const placesOfWeights: readonly (readonly [string, string, string])[] = [
  ['weights=transposed', 'Its weights are transposed.', 'i o r c'],
  ['kernel=flipped', 'Its kernels are flipped (a convolution; NIR means a correlation).', 'o i -r -c'],
  ['kernel=transposed', 'Rows and columns of its kernels are exchanged.', 'o i c r'],
  ['kernel=shiftedRight', 'Its kernels are shifted by a column.', 'o i r <c'],
  ['kernel=shiftedLeft', 'Its kernels are shifted by a column to the left.', 'o i r >c'],
  ['kernel=shiftedDown', 'Its kernels are shifted by a row.', 'o i <r c'],
  ['kernel=shiftedUp', 'Its kernels are shifted by a row upwards.', 'o i >r c'],
  ['inputs=reversed', 'The inputs of its weights are in reversed order.', 'o -i r c'],
  [
    'outputs=reversed',
    'The outputs of its weights, or its recorded neurons, are in reversed order.',
    '-o i r c',
  ],
  ['outputs=rolled', 'The outputs of its weights, or its recorded neurons, are rolled by one.', '<o i r c'],
];

function misreadings(): NirMistake[] {
  return [
    biases('bias=dropped', 'Its bias is missing.', () => 0),
    biases('bias=negated', 'Its bias is negated.', (b, i) => -b[i]),
    biases('bias=doubled', 'Its bias is added twice.', (b, i) => 2 * b[i]),
    biases('bias=reversed', 'Its biases are in reversed order.', (b, i) => b[b.length - 1 - i]),
    {
      id: 'recurrent=dropped',
      says: 'Its recurrent edge is missing.',
      stages: inCurrents,
      change: ({ chain }) => ({
        chain: { ...chain, layers: chain.layers.map(({ recurrent: _dropped, ...layer }) => layer) },
      }),
      concerns: ({ n }, { chain }) => chain.layers[n - 1].recurrent !== undefined,
    },
    mapped('recurrent=transposed', 'The weights of its recurrent edge are transposed.', (map, isBack) => {
      const n = map.output.channels;
      if (!isBack || !isWeighted(map)) return undefined;
      return { ...map, w: Float64Array.from(map.w, (_each, i) => map.w[(i % n) * n + Math.floor(i / n)]) };
    }),
    {
      ...weights('weights=pruned', 'The smallest weights of each array are 0.', (w, _, [share]) => {
        const sizes = Float64Array.from(w, Math.abs).sort();
        const least = sizes[Math.min(sizes.length - 1, Math.ceil(share * (sizes.length - 1)))];
        return (i) => (Math.abs(w[i]) < least ? 0 : w[i]);
      }),
      stages: ['current', 'neuron'],
      fit: () => [0.1, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.9].map((share) => [share]),
      found: ([share]) => `They are ${Math.round(100 * share)} of 100.`,
    },
    weights(
      'weights=rounded',
      'Its weights are rounded to 8 bits, with a scale for each array.',
      inLevels(127),
    ),
    weights('weights=cut', 'Its weights are cut towards 0 to 8 bits.', inLevels(127, false, Math.trunc)),
    weights(
      'weights=int8PerOutput',
      'Its weights are rounded to 8 bits, with a scale for each output.',
      inLevels(127, true),
    ),
    weights('weights=int4', 'Its weights are rounded to 4 bits.', inLevels(7)),
    weights('weights=float16', 'Its weights are binary16.', (w) => (i) => half(w[i])),
    weights('weights=bfloat16', 'Its weights are bfloat16.', (w) => (i) => inBits(w[i], 8, -126)),
    weights('weights=negated', 'Its weights are negated.', (w) => (i) => -w[i]),
    weights('weights=doubled', 'Its weights are doubled.', (w) => (i) => 2 * w[i]),
    weights('weights=halved', 'Its weights are halved.', (w) => (i) => w[i] / 2),
    weights('weights=magnitudes', 'Its weights have lost their signs.', (w) => (i) => Math.abs(w[i])),
    weights('weights=positive', 'Its negative weights are 0.', (w) => (i) => Math.max(0, w[i])),
    weights('weights=signs', 'Its weights are their signs times their mean magnitude.', (w) => {
      const mean = total(w, Math.abs) / w.length;
      return (i) => Math.sign(w[i]) * mean;
    }),
    ...placesOfWeights.map(moved),
    flattened(
      'flatten=channelsLast',
      'Flattened maps are in the order of rows, columns, channels.',
      [1, 2, 0],
    ),
    flattened('flatten=transposed', 'Rows and columns are exchanged before maps are flattened.', [0, 2, 1]),
    parameters('threshold=1', 'Its threshold is 1, the graph says another.', ({ vThreshold: θ }) => ({
      vThreshold: ones(θ),
    })),
    parameters('tau=exchanged', 'tau_mem and tau_syn are exchanged.', ({ kind, τ, τSyn }) =>
      kind === 'CubaLIF' ? { τ: τSyn, τSyn: τ } : {},
    ),
    parameters('tau=mean', 'All neurons of a layer have their mean time constant.', ({ τ, τSyn }) => ({
      τ: meanOf(τ),
      τSyn: meanOf(τSyn),
    })),
    parameters('w_in=1', 'w_in is taken for 1.', ({ kind, wIn }) =>
      kind === 'CubaLIF' ? { wIn: ones(wIn) } : {},
    ),
    parameters('r=1', 'r is taken for 1.', ({ r }) => ({ r: ones(r) })),
  ];
}

const ones = (of: ArrayLike<number>): Float64Array => new Float64Array(of.length).fill(1);
const meanOf = (of: ArrayLike<number>): Float64Array =>
  new Float64Array(of.length).fill(total(of, (each) => each) / of.length);

/** Other parameters of every layer. */
const parameters = (
  id: string,
  says: string,
  of: (own: NirParameters, k: Fitted) => Partial<NirParameters>,
): NirMistake => ({
  id,
  says,
  stages: inNeurons,
  change: ({ chain }, k) => ({
    chain: {
      ...chain,
      layers: chain.layers.map((layer) => ({
        ...layer,
        parameters: { ...layer.parameters, ...of(layer.parameters, k) },
      })),
    },
  }),
});

// what enters, and what is recorded

/** An array (T,B,n) from other places of it: (t, b, i) → such, or nothing for 0. */
function takenFrom(
  values: Floats,
  { T, B }: NirModel,
  from: (t: number, b: number, i: number, n: number) => readonly [number, number, number] | undefined,
): Floats {
  const n = values.length / (T * B);
  const out = new Float64Array(values.length);
  for (let m = 0; m < out.length; m++) {
    const source = from(Math.floor(m / (B * n)), Math.floor(m / n) % B, m % n, n);
    if (source && source[0] >= 0 && source[0] < T)
      out[m] = values[(source[0] * B + source[1]) * n + source[2]];
  }
  return out;
}

/** From where a number of step t, sample b and neuron i is taken, of a map of a shape. */
type From = (
  t: number,
  b: number,
  i: number,
  of: { readonly model: NirModel; readonly k: Fitted; readonly shape: Shape },
) => readonly [number, number, number] | undefined;

/** Another input of the network. */
const entering = (
  id: string,
  says: string,
  of: (values: Floats, model: NirModel, k: Fitted) => Floats,
): NirMistake => ({
  id,
  says,
  stages: inCurrents,
  input: (values, key, _, model, k) => (key === 'input' ? of(values, model, k) : values),
});
const enteringFrom = (id: string, says: string, from: From): NirMistake =>
  entering(id, says, (values, model, k) =>
    takenFrom(values, model, (t, b, i) => from(t, b, i, { model, k, shape: model.chain.input })),
  );

/** A map of the input from other channels, rows and columns. */
const enteringMap = ([id, says, axes]: readonly [id: string, says: string, axes: string]): NirMistake => {
  const from = ({ chain: { input } }: NirModel) =>
    movedFrom(axes, [input.channels, input.height, input.width], 'crw');
  return {
    ...entering(id, says, (values, model) => {
      const own = from(model);
      return own ? takenFrom(values, model, (t, b, i) => [t, b, own(i)]) : values;
    }),
    concerns: (_, model) => range(neuronsOf(model.chain.input)).some((i) => (from(model)?.(i) ?? i) !== i),
  };
};

const placesOfInput: readonly (readonly [string, string, string])[] = [
  ['input=mirrored', 'Its input is mirrored, left to right.', 'c r -w'],
  ['input=upsideDown', 'Its input is upside down.', 'c -r w'],
  ['input=channelsReversed', 'The channels of its input are in reversed order.', '-c r w'],
  ['input=channelsRolled', 'The channels of its input are rolled by one.', '<c r w'],
  ['input=transposed', 'Rows and columns of its input are exchanged.', 'c w r'],
  ['input=shiftedRight', 'Its input is shifted by a column.', 'c r <w'],
  ['input=shiftedLeft', 'Its input is shifted by a column to the left.', 'c r >w'],
  ['input=shiftedDown', 'Its input is shifted by a row.', 'c <r w'],
  ['input=shiftedUp', 'Its input is shifted by a row upwards.', 'c >r w'],
];

const entrances = (): NirMistake[] => [
  entering('input=doubled', 'Its input is doubled.', (values) =>
    Float64Array.from(values, (each) => 2 * each),
  ),
  entering('input=signed', 'Its input is −1 where it should be 0.', (values) =>
    Float64Array.from(values, (each) => each || -1),
  ),
  enteringFrom('input=late', 'Its input is a step late.', (t, b, i) => [t - 1, b, i]),
  enteringFrom('input=twoLate', 'Its input is two steps late.', (t, b, i) => [t - 2, b, i]),
  enteringFrom('input=early', 'Its input is a step early.', (t, b, i) => [t + 1, b, i]),
  enteringFrom('input=backwards', 'Its input runs backwards in time.', (t, b, i, { model: { T } }) => [
    T - 1 - t,
    b,
    i,
  ]),
  ...placesOfInput.map(enteringMap),
  {
    ...enteringFrom('samples=permuted', 'Samples were recorded in another order.', (t, b, i, { k }) => [
      t,
      k[b] ?? b,
      i,
    ]),
    stages: everywhere,
    isFree: true,
    concerns: (stage, { B }) => B > 1 && stage.by === undefined,
    fit: orderOfSamples,
    found: (k) => `They are ${k.slice(0, 16).join(', ')}${k.length > 16 ? ', …' : ''} of the input.`,
  },
];

/** From which sample of the input each recorded one comes. */
function orderOfSamples({ stage, model: { T, B }, got, with: make }: Seen<NirModel>): readonly Fitted[] {
  const key = stage.writes.find((each) => got(each) !== undefined);
  const recorded = key === undefined ? undefined : got(key);
  if (key === undefined || !recorded || B > 64) return [];
  const made = range(B).map((shift) =>
    madeOf(
      make,
      range(B).map((b) => (b + shift) % B),
      key,
    ),
  );
  const n = recorded.length / (T * B);
  const off = (values: Floats | undefined, b: number): number =>
    values
      ? total(range(T * n), (k) =>
          Math.abs(
            values[k + (Math.floor(k / n) * (B - 1) + b) * n] -
              recorded[k + (Math.floor(k / n) * (B - 1) + b) * n],
          ),
        )
      : Infinity;
  return [
    range(B).map(
      (b) =>
        (b +
          leastAt(
            range(B).map((shift) => off(made[shift], b)),
            0,
          )) %
        B,
    ),
  ];
}

/** What a stage makes with a mistake; nothing where that is made of what is not certain. */
function madeOf(make: Seen<NirModel>['with'], k: Fitted, key: string): Floats | undefined {
  try {
    return make(k)(key)?.v;
  } catch (error) {
    if (error instanceof Missing) return undefined;
    throw error;
  }
}

/** Where a number is least; at a place that is preferred, if it is so there, too. */
const leastAt = (values: readonly number[], preferred: number): number => {
  const least = Math.min(...values);
  return values[preferred] === least ? preferred : values.indexOf(least);
};

/** From which neuron each recorded one comes. */
function orderOfNeurons({ stage, model: { T, B }, got, with: make }: Seen<NirModel>): readonly Fitted[] {
  const key = stage.writes.find((each) => got(each) !== undefined);
  const recorded = key === undefined ? undefined : got(key);
  const made = key === undefined ? undefined : madeOf(make, [], key);
  const n = recorded ? recorded.length / (T * B) : 0;
  if (!recorded || !made || n > 512) return [];
  const off = (i: number, j: number): number =>
    total(range(T * B), (m) => Math.abs(recorded[m * n + i] - made[m * n + j]));
  const free = new Set(range(n));
  const order = range(n).map((i) => {
    const all = range(n).map((j) => (free.has(j) ? off(i, j) : Infinity));
    const from = leastAt(all, i);
    free.delete(from);
    return from;
  });
  return [order];
}

const isShown = (key: string): boolean => key.endsWith('.spikes') || key.endsWith('.potentials');

/** What was recorded of neurons, from elsewhere; and where that is known, what feeds the neurons is taken back from there. */
const recording = (id: string, says: string, from: From, back?: From): NirMistake => ({
  id,
  says,
  stages: ['current', 'neuron'],
  isFree: true,
  output: (values, key, { n }, model, k) =>
    isShown(key) && model.recorded.has(key)
      ? takenFrom(values, model, (t, b, i) =>
          from(t, b, i, { model, k, shape: model.chain.layers[n - 1].shape }),
        )
      : values,
  input(values, key, { n, stage }, model, k) {
    const [place, isBack] = [n - (key.endsWith('.back') ? 1 : 2), stage === 'current' && key !== 'input'];
    const layer = model.chain.layers[place];
    if (!back || !isBack || !model.recorded.has(keyOf(layer, 'spikes'))) return values;
    return takenFrom(values, model, (t, b, i) => back(t, b, i, { model, k, shape: layer.shape }));
  },
});

const recordings = (): NirMistake[] => {
  const backwards: From = (t, b, i, { model: { T } }) => [T - 1 - t, b, i];
  const turned: From = (t, b, i, { shape: { height, width } }) => {
    const [row, column] = [Math.floor(i / width) % height, i % width];
    return [t, b, height === width ? i - row * width - column + column * width + row : i];
  };
  return [
    recording(
      'recorded=stepAfter',
      'Spikes and potentials were recorded a step late.',
      (t, b, i) => [t - 1, b, i],
      (t, b, i) => [t + 1, b, i],
    ),
    recording('recorded=backwards', 'Steps were recorded backwards.', backwards, backwards),
    recording('recorded=transposed', 'Rows and columns were recorded exchanged.', turned, turned),
    {
      ...recording('recorded=permuted', 'Neurons were recorded in another order.', (t, b, i, { k }) => [
        t,
        b,
        k[i] ?? i,
      ]),
      isOwn: true,
      fit: orderOfNeurons,
      found: (k) => `They are neurons ${k.slice(0, 16).join(', ')}${k.length > 16 ? ', …' : ''}.`,
    },
    {
      ...recording('recorded=ones', 'Counts of spikes were recorded as 0 or 1.', (t, b, i) => [t, b, i]),
      isOwn: true,
      output: (values, key) =>
        key.endsWith('.spikes') ? Float64Array.from(values, (each) => Math.min(1, each)) : values,
    },
    {
      id: 'neurons=silent',
      says: 'Some neurons send nothing.',
      stages: ['neuron'],
      isOwn: true,
      fit({ stage, model, got, right }) {
        const key = stage.writes.find((each) => each.endsWith('.spikes'));
        const recorded = key === undefined ? undefined : got(key);
        if (key === undefined || !recorded) return [];
        const n = recorded.length / (model.T * model.B);
        const firing = (values: ArrayLike<number>): Set<number> =>
          new Set(range(values.length).flatMap((m) => (values[m] === 0 ? [] : [m % n])));
        const [fired, expected] = [recorded, right(key).v].map(firing);
        const silent = [...expected].filter((i) => !fired.has(i));
        return fired.size > 0 && silent.length > 0 ? [silent] : [];
      },
      // What they do not send resets them all the same.
      stage: (stage, _, k) =>
        stage.kind === 'neuron'
          ? {
              ...stage,
              step: (state, x, decide, t) =>
                stage.step(
                  state,
                  x,
                  (u, i, sent) => (k.includes(i) ? (decide(u, i, sent), sent) : decide(u, i, sent)),
                  t,
                ),
            }
          : undefined,
      output: (values, key, _, model, k) =>
        key.endsWith('.spikes')
          ? takenFrom(values, model, (t, b, i) => (k.includes(i) ? undefined : [t, b, i]))
          : values,
      found: (k) => `They are ${k.slice(0, 8).join(', ')}${k.length > 8 ? ', …' : ''}.`,
    },
  ];
};

// what neurons do

/** Samples one after the other, as one. */
const inSequence = (values: Floats, { T, B }: NirModel, isBack: boolean): Floats => {
  const n = values.length / (T * B);
  const out = new Float64Array(values.length);
  for (const t of range(T))
    for (const b of range(B)) {
      const [by, one] = [(t * B + b) * n, (b * T + t) * n];
      if (isBack) out.set(values.subarray(one, one + n), by);
      else out.set(values.subarray(by, by + n), one);
    }
  return out;
};

const neurons = (): NirMistake[] => [
  {
    id: 'reset=never',
    says: 'A spike resets nothing.',
    stages: inNeurons,
    change: () => ({ isNeverReset: true }),
  },
  {
    id: 'input=lost',
    says: 'The input of the step after a spike is lost.',
    stages: ['current'],
    stage(stage, { chain, T }) {
      if (stage.kind !== 'sum') return undefined;
      const lost = (x: Floats, args: readonly Floats[]): Floats => {
        const [before, step] = [args[args.length - 1], x.length / T];
        return Float64Array.from(x, (each, m) => (m >= step && before[m - step] !== 0 ? 0 : each));
      };
      const { f, magnitude = (args: readonly Floats[]) => f(args, real) } = stage;
      const reads = [...stage.reads, keyOf(chain.layers[stage.n - 1], 'back')];
      return {
        ...stage,
        reads,
        selects: [reads.length - 1],
        f: (args, precision) => lost(f(args, precision), args),
        magnitude: (args) => lost(magnitude(args), args),
      };
    },
  },
  {
    id: 'leak=after',
    says: 'The leak takes the input of the step, too: u is λ·(u + x).',
    stages: ['neuron'],
    concerns: ({ n }, { chain }) => chain.layers[n - 1].parameters.kind !== 'IF',
    input: (values, _, { n }, model) => {
      const layer = model.chain.layers[n - 1];
      const { λ } = constantsOf(model, layer)(real);
      return Float64Array.from(values, (each, i) => each * λ[i % λ.length]);
    },
  },
  {
    id: 'currents=float16',
    says: 'Currents are binary16.',
    stages: ['current'],
    output: (values) => values.map(half) as Floats,
  }, // of one kind
  {
    id: 'state=kept',
    says: 'The state is kept from sample to sample.',
    stages: ['synapse', 'neuron'],
    concerns: (stage, { B }) => B > 1 && stage.by === undefined && stage.kind === 'neuron',
    isFree: true,
    stage: (stage, { T, B }) => (stage.kind === 'neuron' ? { ...stage, T: T * B } : undefined),
    input: (values, _, __, model) => inSequence(values, model, false),
    output: (values, _, __, model) => inSequence(values, model, true),
  },
  {
    id: 'state=wiped',
    says: 'The state is reset in the middle of a sample.',
    stages: ['synapse', 'neuron'],
    concerns: ({ kind }) => kind === 'neuron',
    stage: (stage, _, [at]) =>
      stage.kind === 'neuron'
        ? {
            ...stage,
            step(state, x, decide, t) {
              if (t === at)
                for (const [key, values] of Object.entries(stage.begin(real))) state[key].set(values);
              stage.step(state, x, decide, t);
            },
          }
        : undefined,
    fit: (seen) => range(8).flatMap((k) => (firstStep(seen) > k ? [[firstStep(seen) - k]] : [])),
    found: ([k]) => `It is step ${k}.`,
  },
];

/** The first step with a number that is wrong. */
function firstStep({ stage, model, got, right }: Seen<NirModel>): number {
  const all = stage.writes.flatMap((key) => {
    const recorded = got(key);
    if (!recorded) return [];
    const { v, r } = right(key);
    const at = v.findIndex((each: number, i: number) => !(Math.abs(each - recorded[i]) <= (r?.[i] ?? 0)));
    return at < 0 ? [] : [Math.floor(at / (v.length / model.T))];
  });
  return Math.min(...all, model.T);
}

export const mistakes = (): NirMistake[] => [
  ...choices(),
  ...simulators(),
  ...misreadings(),
  ...entrances(),
  ...recordings(),
  ...neurons(),
  ...fitted(),
];
