/** The alternatives to a convention that may explain a trace: every other answer to a choice, and every other simulator, in words. */
import {
  nirConventions,
  nirNetworkChoices,
  nirNeuronChoices,
  type NirConvention,
  type NirKind,
  type NirNeuronConvention,
} from '../../spec/nirConventions.ts';
import type { Floats } from '../../spec/arithmetic.ts';
import { entriesOf } from '../keysOf.ts';
import type { NirLayer } from './chain.ts';
import { isSilent, type NirRecord } from './follow.ts';
import { nirMisreadings } from './misreadings.ts';
import type { NirMistake } from './mistake.ts';
import { otherParameters } from './parameters.ts';
import { otherRest } from './rest.ts';
import type { NirTiming } from './run.ts';
import { otherThreshold } from './threshold.ts';

/** A convention with a name, as {@link checkConvention} makes it, or a simulator's. */
type Base = NirConvention & { readonly name?: string };

/** `from`, and answers by question; of one kind of neurons under its name. */
type Words = Readonly<Record<string, unknown>>;

const kinds: readonly NirKind[] = ['IF', 'LIF', 'CubaLIF'];

const words: Readonly<Record<string, string>> = {
  'step=euler': 'Euler where the convention is exponential',
  'step=exponential': 'exponential where the convention is Euler',
  'synapseStep=euler': 'the synapse decays by Euler, the membrane does not',
  'synapseStep=likeLeak': 'the synapse decays like the membrane',
  'gain=euler': 'the gain is r·dt/τ',
  'gain=complement': 'the gain is r·(1 − λ)',
  'gain=one': 'the gain is 1: dt, r and τ are left out of it',
  'gain=threshold': 'the gain is divided out of the threshold, and potentials are larger by it',
  'resistance=used': 'r is used',
  'resistance=ignored': 'r is ignored',
  'synapse=euler': 'the gain of the synapse is w_in·dt/τ_syn',
  'synapse=one': 'the gain of the synapse is 1',
  'synapse=leaked': 'what arrives leaks at once: α·(I + x)',
  'vLeak=used': 'v_leak is used',
  'vLeak=ignored': 'v_leak is ignored',
  'fires=above': 'it fires above the threshold, not at it',
  'fires=at': 'it fires at the threshold too',
  'spikes=one': 'it sends one spike a step, however large the potential',
  'spikes=whole': 'it sends ⌊u/θ⌋ spikes',
  'reset=zero': 'it is reset to zero',
  'reset=vReset': 'it is reset to v_reset',
  'reset=subtract': 'it subtracts the threshold',
  'resetWhen=sameStep': 'it is reset in the same step',
  'resetWhen=beforeLeak':
    'it is reset a step later, before the leak, or potentials are recorded before the reset',
  'resetWhen=afterLeak': 'it is reset a step later, after the leak',
  'overshoot=stays': 'what overshoots stays',
  'overshoot=beforeLeak': 'θ is taken from what overshot before the next leak',
  'overshoot=afterLeak': 'θ is taken from what overshot after the next leak',
  'floor=none': 'potentials have no floor',
  'floor=threshold': 'potentials are at least −θ',
  'floor=zero': 'potentials are at least 0',
  'ifLeak=one': 'IF neurons do not leak',
  'ifLeak=nineTenths': 'β = 0.9 for IF',
  'sends=sameStep': 'it fires a step earlier',
  'sends=stepBefore': 'it fires one step late',
  'arrives=sameStep': 'its input arrives at once',
  'arrives=stepAfter': 'its input arrives one step late',
  'bias=arrives': 'the bias goes through the synapse',
  'bias=settled': 'the bias goes past the synapse',
  'numbers=float': 'numbers are floating point',
  'numbers=lavaDl': 'numbers are 4096ths, cut towards 0',
  'numbers=loihi': 'numbers are those of Loihi: 16384ths, weights of 256ths',
  'recurrentBias=always': 'the recurrent bias is there in step 0',
  'recurrentBias=notFirst': 'the recurrent bias is missing in step 0',
  'recurrentBias=never': 'the recurrent bias is dropped',
  'weights=binary32': 'weights are not cut',
  'weights=int8': 'weights cut to int8 towards 0',
  'input=counts': 'counts of the input are counted',
  'input=ones': 'counts of the input are 0 or 1',
};

/** What snnTorch did before it had other defaults. */
const earlier = { ifLeak: 'nineTenths', reset: 'subtract', overshoot: 'beforeLeak' } as const;

type Change = (convention: NirConvention) => NirConvention;

/** Every other answer to each question. */
function changes(base: NirConvention): { id: string; says: string; words: Words; change: Change }[] {
  const made: { id: string; says: string; words: Words; change: Change }[] = [];
  for (const [question, answers] of entriesOf(nirNeuronChoices)) {
    const now = new Set<string>(kinds.map((kind) => base.neurons[kind][question]));
    // The two forms differ only in rounding, which the bound covers.
    if (question === 'form') continue;
    for (const answer of answers) {
      if (now.size === 1 && now.has(answer)) continue;
      made.push({ ...named(question, answer), change: (to) => withNeurons(to, { [question]: answer }) });
    }
  }
  for (const [question, answers] of entriesOf(nirNetworkChoices))
    for (const answer of answers)
      if (base[question] !== answer)
        made.push({ ...named(question, answer), change: (to) => ({ ...to, [question]: answer }) });
  return made;
}

const named = (question: string, answer: string): { id: string; says: string; words: Words } => {
  const id = `${question}=${answer}`;
  return { id, says: words[id], words: { [question]: answer } };
};

/** What was given for a convention. */
function givenFor(base: Base): Words | undefined {
  const { name } = base;
  const known = Object.entries(nirConventions).find(([, convention]) => isSame(convention, base))?.[0];
  if (known !== undefined) return { from: known };
  if (name === undefined) return undefined;
  return name.startsWith('{') ? JSON.parse(name) : { from: name }; // `checkConvention` wrote it
}

/** What was given with other answers: for all neurons, and where these are of neurons, for one kind alone. */
function formsOf(given: Words, own: Words, kind: NirKind): Words[] {
  const ofKind = (each: NirKind): Words => (given[each] ?? {}) as Words; // as `checkConvention` wrote it
  const others = kinds
    .filter((each) => given[each] !== undefined)
    .map((each) => [
      each,
      Object.fromEntries(Object.entries(ofKind(each)).filter(([question]) => !(question in own))),
    ]);
  const forAll = { ...given, ...Object.fromEntries(others), ...own };
  const isOfNeurons = Object.keys(own).every((question) => question in nirNeuronChoices);
  return [forAll, ...(isOfNeurons ? [{ ...given, [kind]: { ...ofKind(kind), ...own } }] : [])];
}

const withNeurons = (base: NirConvention, change: Partial<NirNeuronConvention>): NirConvention => ({
  ...base,
  neurons: {
    IF: { ...base.neurons.IF, ...change },
    LIF: { ...base.neurons.LIF, ...change },
    CubaLIF: { ...base.neurons.CubaLIF, ...change },
  },
});

/** Mistakes that only move the threshold: without a spike anything that is high enough would explain the trace. */
const ofThreshold: ReadonlySet<string> = new Set(['threshold=1', 'gain=threshold']);

/**
 * What may explain the record of a layer, tier by tier; nothing of one that is silent, which whatever is silent would explain. What is looked
 * for in the record itself is so only when its tier is asked for.
 */
export function* mistakesOf(
  layer: NirLayer,
  timing: NirTiming,
  dt: number,
  inputs: readonly Floats[],
  record: NirRecord,
): Generator<readonly NirMistake[]> {
  if (isSilent(record)) return;
  const seen = { layer, timing, dt, inputs, record };
  const threshold = otherThreshold(layer, timing, dt, inputs, record);
  const fires = record.spikes?.some((step) => step.some((count) => count !== 0)) !== false;
  const all = [...nirMistakes(timing.convention, layer)].filter(
    ({ id }) => !ofThreshold.has(id) || (fires && threshold === undefined),
  );
  yield [...all.filter(({ tier }) => tier === 1), ...(threshold ? [threshold] : []), ...otherRest(seen)];
  const found = [...otherParameters(seen)];
  for (const wanted of [2, 3]) yield [...found, ...all].filter(({ tier }) => tier === wanted);
}

/**
 * Mistakes by size, for a layer: tier 1 is one choice, the step length, something that is not as the graph says, or another simulator; tier 2 another start, a late record, or another
 * simulator and one choice; tier 3 two choices.
 */
function* nirMistakes(base: Base, layer: NirLayer): Generator<NirMistake> {
  const single = changes(base);
  const given = givenFor(base);
  const { kind } = layer.parameters;
  const withWords = (...more: readonly Words[]): { as?: readonly Words[] } =>
    given ? { as: formsOf(given, Object.assign({}, ...more), kind) } : {};
  for (const { id, says, words: own, change } of single)
    yield { id, says, convention: change(base), ...withWords(own), tier: 1 };
  for (const times of [10, 0.1, 1000, 0.001])
    yield { id: `dt·${times}`, says: `its step is ${times} times as long`, convention: base, times, tier: 1 };
  for (const { id, says, read } of nirMisreadings) {
    const other = read(layer);
    if (other) yield { id, says, convention: base, layer: other, tier: 1 };
  }
  yield {
    id: 'snntorch-2023',
    says: 'it does what snnTorch did earlier: it subtracts, and an IF neuron leaks with β = 0.9',
    convention: withNeurons(base, earlier),
    ...withWords(earlier),
    tier: 1,
  };
  const others = entriesOf(nirConventions).filter(([, convention]) => !isSame(convention, base));
  for (const [name, convention] of others)
    yield { id: name, says: `it does what ${name} does`, convention, as: [name], tier: 1 };
  yield {
    id: 'start',
    says: 'it does not start from rest, as if the sample before it had left its state',
    convention: base,
    left: true,
    tier: 2,
  };
  yield {
    id: 'recorded=stepAfter',
    says: 'its spikes and potentials are recorded one step late',
    convention: base,
    late: true,
    tier: 2,
  };
  for (const [name, convention] of others)
    for (const { id, says, words: own, change } of changes(convention))
      yield {
        id: `${name} ${id}`,
        says: `it does what ${name} does, but ${says}`,
        convention: change(convention),
        as: [{ from: name, ...own }],
        tier: 2,
      };
  for (const [k, one] of single.entries())
    for (const other of single.slice(k + 1))
      if (one.id.split('=')[0] !== other.id.split('=')[0])
        yield {
          id: `${one.id} ${other.id}`,
          says: `${one.says}, and ${other.says}`,
          convention: other.change(one.change(base)),
          ...withWords(one.words, other.words),
          tier: 3,
        };
}

/** Whether two conventions have the same choices, whatever asked for them. */
export const isSame = (a: NirConvention, b: NirConvention): boolean => {
  const [one, other] = [a, b].map((convention) => JSON.stringify({ ...convention, name: undefined }));
  return one === other;
};
