/** Parses a convention: the name of a simulator, or JSON with the differences from one. */
import {
  nirConventions,
  nirNetworkChoices,
  nirNeuronChoices,
  type NirConvention,
  type NirConventionName,
  type NirKind,
  type NirNeuronConvention,
} from '../../spec/nirConventions.ts';
import { checkNumber, checkOneOf } from '../errors.ts';
import { parseJson } from '../formats/json.ts';
import { checkRecord } from '../network/check.ts';
import { keysOf } from '../keysOf.ts';

/** A name, or `{ from, … }` with replaced choices: for all kinds of neurons, or for one, as in `{ LIF: { reset: 'zero' } }`. */
export type NirConventionGiven = NirConventionName | Readonly<Record<string, unknown>>;

const names = keysOf(nirConventions);
const kinds: readonly NirKind[] = ['IF', 'LIF', 'CubaLIF'];

/**
 * Checks a convention and returns all of its choices.
 *
 * @param what the option that gives it, for errors
 */
export function checkConvention(where: string, given: unknown, what = 'as'): NirConvention {
  if (typeof given === 'string' || given === undefined)
    return nirConventions[checkOneOf(where, what, given, names)];
  const known = ['from', 'dt', ...Object.keys(nirNetworkChoices), ...Object.keys(nirNeuronChoices), ...kinds];
  const words = checkRecord(where, what, given, known);
  const base: NirConvention = nirConventions[checkOneOf(where, `${what}: from`, words['from'], names)];
  const shared = neuronChoices(where, what, words);
  const own = (kind: NirKind): NirNeuronConvention => ({
    ...base.neurons[kind],
    ...shared,
    ...(words[kind] === undefined
      ? {}
      : neuronChoices(where, kind, checkRecord(where, kind, words[kind], Object.keys(nirNeuronChoices)))),
  });
  return {
    ...base,
    ...(chosen(where, what, words, nirNetworkChoices) as Partial<NirConvention>),
    ...(words['dt'] === undefined ? {} : { dt: checkStep(where, `${what}: dt`, words['dt']) }),
    neurons: { IF: own('IF'), LIF: own('LIF'), CubaLIF: own('CubaLIF') },
  };
}

/** Checks dt, in the unit of the graph's time constants. */
export function checkStep(where: string, what: string, dt: unknown): number {
  return checkNumber(where, what, dt, { low: 0, high: 2 ** 40, above: true });
}

/** Parses the text of `--as`: a name, or JSON. */
export function parseConvention(text: string, where: string): NirConvention {
  if (!text.trimStart().startsWith('{')) return checkConvention(where, text, '--as');
  return checkConvention(where, parseJson(text, `${where}: --as`), '--as');
}

const neuronChoices = (
  where: string,
  what: string,
  words: Readonly<Record<string, unknown>>,
): Partial<NirNeuronConvention> => chosen(where, what, words, nirNeuronChoices);

function chosen(
  where: string,
  what: string,
  words: Readonly<Record<string, unknown>>,
  choices: Readonly<Record<string, readonly string[]>>,
): Record<string, string> {
  const made: Record<string, string> = {};
  for (const [question, answers] of Object.entries(choices)) {
    const answer = words[question];
    if (answer !== undefined) made[question] = checkOneOf(where, `${what}: ${question}`, answer, answers);
  }
  return made;
}

/** The name of the convention with the same choices, dt aside; otherwise JSON with the differences from the nearest. */
export function conventionName(convention: NirConvention): string {
  const name = names.find((one) => sameChoices(nirConventions[one], convention));
  if (name) return name;
  const distances = names.map((from) => ({ from, changes: changesFrom(nirConventions[from], convention) }));
  distances.sort((a, b) => Object.keys(a.changes).length - Object.keys(b.changes).length);
  const [{ from, changes }] = distances;
  return JSON.stringify({ from, ...changes });
}

const sameChoices = (a: NirConvention, b: NirConvention): boolean =>
  Object.keys(changesFrom(a, b)).length === 0;

/** The differences between two conventions, in the form that {@link checkConvention} accepts. */
function changesFrom(base: NirConvention, to: NirConvention): Record<string, unknown> {
  const changes: Record<string, unknown> = {};
  for (const question of keysOf(nirNetworkChoices))
    if (base[question] !== to[question]) changes[question] = to[question];
  for (const question of keysOf(nirNeuronChoices)) {
    const changed = kinds.filter((kind) => base.neurons[kind][question] !== to.neurons[kind][question]);
    const answers = new Set(kinds.map((kind) => to.neurons[kind][question]));
    if (changed.length > 0 && answers.size === 1) changes[question] = to.neurons.IF[question];
    else
      for (const kind of changed)
        changes[kind] = { ...(changes[kind] as object | undefined), [question]: to.neurons[kind][question] };
  }
  return changes;
}
