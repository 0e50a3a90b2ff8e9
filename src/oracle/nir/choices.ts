/** How mistakes change a simulator, and mistakes that are other conventions: other answers, other simulators, and pairs of these. */
import type { Floats } from '../../../spec/arithmetic.ts';
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
import type { Stage } from '../../engine/stage.ts';
import { entriesOf } from '../../keysOf.ts';
import type { NirConventionGiven } from '../../nir/convention.ts';
import type { NirLayer } from '../../nir/import/chain.ts';
import { pairsOf, type Fitted, type Mistake } from '../name.ts';
import type { ChangeOf } from '../rows.ts';
import { choicesOf, type NirModel } from './steps.ts';

export type NirMistake = Mistake<NirModel>;
export type NirChange = ChangeOf<NirModel>;

/** All stages of a layer; below, only those of its currents and of its neurons. */
export const everywhere = ['current', 'synapse', 'neuron'];
export const inCurrents = ['current'];
export const inNeurons = ['synapse', 'neuron'];

const byLayers = (of: (layer: NirLayer, k: Fitted) => NirLayer): NirChange => ({
  change: ({ chain }, k) => ({
    chain: { ...chain, layers: chain.layers.map((layer) => of(layer, k)) },
  }),
});

export const byParameters = (of: (own: NirParameters, k: Fitted) => Partial<NirParameters>): NirChange =>
  byLayers((layer, k) => ({ ...layer, parameters: { ...layer.parameters, ...of(layer.parameters, k) } }));

/** A map with weights between channels. */
export type Weighted = Exclude<Extract<NirMap, { w: Floats }>, { kind: 'scale' }>;

/** Changes the maps with weights in every layer, including those of recurrent edges. */
export const byMaps = (
  of: (map: Weighted, k: Fitted, isBack: boolean) => Partial<Weighted> | undefined,
): NirChange =>
  byLayers(({ recurrent, ...layer }, k) => {
    const other = (map: NirMap, isBack: boolean): NirMap =>
      'w' in map && map.kind !== 'scale' ? ({ ...map, ...of(map, k, isBack) } as NirMap) : map; // `of` keeps the kind
    return {
      ...layer,
      maps: layer.maps.map((node) => (node.map ? { ...node, map: other(node.map, false) } : node)),
      ...(recurrent && {
        recurrent: recurrent.map ? { ...recurrent, map: other(recurrent.map, true) } : recurrent,
      }),
    };
  });

/** An array (T,B,n) whose values come from other steps, samples and neurons, or are 0 if these are outside the array. */
export function takenFrom(
  values: Floats,
  { T, B }: NirModel,
  from: (t: number, b: number, i: number) => readonly [t: number, b: number, i: number],
): Floats {
  const n = values.length / (T * B);
  return Float64Array.from(values, (_, m) => {
    const [t, b, i] = from(Math.floor(m / (B * n)), Math.floor(m / n) % B, m % n);
    return values[(t * B + b) * n + i] ?? 0;
  });
}

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
  ) as NirConvention['neurons'], // `nirKinds` has every kind
});

const ofSynapses = ['synapseStep', 'synapse', 'synapseLeak', 'bias'];
/** For each kind of neuron, the questions that do not concern it. */
const unasked: Readonly<Record<NirKind, readonly string[]>> = {
  IF: [...ofSynapses, 'step', 'gain', 'resistance', 'vLeak', 'startsAt'],
  LIF: [...ofSynapses, 'ifLeak'],
  CubaLIF: ['ifLeak'],
};

/** The stages that depend on each question about neurons. Default: `inNeurons`. */
const stagesByQuestion: Readonly<Record<string, readonly string[]>> = {
  arrives: inCurrents,
  bias: everywhere,
  sends: everywhere,
  numbers: everywhere,
};

/** For each question, answers other than the convention's. Both forms of the leak are omitted: they differ only in rounding. */
export const choices = (): NirMistake[] => [
  ...entriesOf(nirNeuronChoices).flatMap(([question, answers]) =>
    (question === 'form' ? [] : answers).map((answer): NirMistake => ({
      ...choice(question, answer),
      stages: stagesByQuestion[question] ?? inNeurons,
      change: ({ convention }) => ({ convention: withNeurons(convention, { [question]: answer }) }),
      concerns({ n }, model) {
        const layer = model.chain.layers[n - 1];
        const isAsked = !unasked[layer.parameters.kind].includes(question);
        return isAsked && choicesOf(model, layer)[question] !== answer;
      },
    })),
  ),
  ...entriesOf(nirNetworkChoices).flatMap(([question, answers]) =>
    answers.map((answer): NirMistake => ({
      ...choice(question, answer),
      stages: inCurrents,
      change: ({ convention }) => ({ convention: { ...convention, [question]: answer } }),
      concerns: (_, { convention }) => convention[question] !== answer,
    })),
  ),
];

const choice = (question: string, answer: string): Pick<NirMistake, 'id' | 'says' | 'choices'> => {
  const id = `${question}=${answer}`;
  return { id, says: words[id], choices: { [question]: answer } };
};

/** Other simulators as mistakes. Each counts as a choice, so that it can be combined with other answers. */
export const simulators = (): NirMistake[] =>
  entriesOf(nirConventions).map(([name, convention]) => ({
    id: name,
    says: `It does what ${name} does.`,
    stages: everywhere,
    choices: { from: name },
    concerns: (_, model) => !isSame(model.convention, convention),
    change: () => ({ convention }),
  }));

/** Whether two conventions have the same choices, whatever their names. */
export const isSame = (a: NirConvention, b: NirConvention): boolean => {
  const [one, other] = [a, b].map((convention) => JSON.stringify({ ...convention, name: undefined }));
  return one === other;
};

type Words = Readonly<Record<string, unknown>>;

/** The forms in which `--as` can express `base` with changed `answers`: for all neurons, and for this kind of neuron alone. */
export function formsOf(
  base: NirConvention & { readonly name?: string },
  answers: Words,
  kind: NirKind,
): NirConventionGiven[] {
  const { from, ...changed } = answers;
  const known = entriesOf(nirConventions).find(([, convention]) => isSame(convention, base))?.[0];
  const { name = '' } = base;
  const now: Words = known ? { from: known } : name.startsWith('{') ? JSON.parse(name) : { from: name }; // `checkConvention` wrote `name`
  const origin: Words = from === undefined ? now : { from };
  if (Object.keys(changed).length === 0) return [origin['from'] as NirConventionName]; // `from` names a simulator
  if (origin['from'] === '') return [];
  const ofAll = { ...origin, ...changed };
  if (!Object.keys(changed).every((question) => question in nirNeuronChoices)) return [ofAll];
  const its = origin[kind] as Words | undefined; // `checkConvention` wrote this object
  const ofKind = { ...origin, [kind]: { ...its, ...changed } };
  return its ? [ofKind] : [ofAll, ofKind];
}

/** Pairs of two choices, or of another simulator and a choice. */
export function pairsOfChoices(model: NirModel, stage: Stage): NirMistake[] {
  const all = [...simulators(), ...choices()].filter(({ concerns }) => concerns?.(stage, model) !== false);
  return pairsOf(all).map((row) => ({ ...row, stages: everywhere }));
}
