/** Parses a convention: the name of a simulator, or JSON with the differences from one. */
import {
  nirConventions,
  nirKinds,
  nirNetworkChoices,
  nirNeuronChoices,
  type NirConvention,
  type NirConventionName,
} from '../../spec/nirConventions.ts';
import { checkNumber, checkOneOf, checkRecord } from '../errors.ts';
import { parseJson } from '../formats/json.ts';
import { keysOf } from '../keysOf.ts';

/**
 * The name of a simulator, or `{ from, … }`: a simulator's name, and the choices that differ from this simulator's. A choice
 * about neurons applies to all kinds of neurons, or to a single kind, as in `{ LIF: { reset: 'zero' } }`.
 */
export type NirConventionGiven = NirConventionName | Readonly<Record<string, unknown>>;

/**
 * A checked convention. `name`: a simulator, or JSON with the choices that replace those of a simulator; this JSON omits dt.
 */
export type NamedConvention = NirConvention & { readonly name: string };

type Words = Readonly<Record<string, unknown>>;

const names = keysOf(nirConventions);
const neuronQuestions = Object.keys(nirNeuronChoices);

/**
 * Checks a convention and fills in all of its choices.
 *
 * @param what name of the option in error messages
 */
export function checkConvention(where: string, supplied: unknown, what = 'as'): NamedConvention {
  const isName = typeof supplied === 'string' || supplied === undefined;
  const known = ['from', 'dt', ...Object.keys(nirNetworkChoices), ...neuronQuestions, ...nirKinds];
  const words: Words = isName ? { from: supplied } : checkRecord(where, what, supplied, known);
  const { dt } = words;
  const from = checkOneOf(where, isName ? what : `${what}: from`, words['from'], names);
  const base: NirConvention = nirConventions[from];
  const network = chosen(where, what, words, nirNetworkChoices);
  const shared = chosen(where, what, words, nirNeuronChoices);
  const ofKinds: Record<string, object> = {};
  for (const kind of nirKinds) {
    if (words[kind] === undefined) continue;
    const answers = checkRecord(where, kind, words[kind], neuronQuestions);
    ofKinds[kind] = chosen(where, kind, answers, nirNeuronChoices);
  }
  const neurons = nirKinds.map((kind) => [kind, { ...base.neurons[kind], ...shared, ...ofKinds[kind] }]);
  const changes = { ...network, ...shared, ...ofKinds };
  return {
    ...base,
    ...network,
    ...(dt !== undefined && { dt: checkStep(where, `${what}: dt`, dt) }),
    neurons: Object.fromEntries(neurons),
    name: Object.keys(changes).length > 0 ? JSON.stringify({ from, ...changes }) : from,
  } as NamedConvention; // each answer is from `base`, or checked
}

/** Checks dt, in the unit of the graph's time constants. */
export function checkStep(where: string, what: string, dt: unknown): number {
  return checkNumber(where, what, dt, { low: 0, high: 2 ** 40, above: true });
}

/** Parses the text of `--as`: a name, or JSON. */
export function parseConvention(text: string, where: string): NamedConvention {
  if (!text.trimStart().startsWith('{')) return checkConvention(where, text, '--as');
  return checkConvention(where, parseJson(text, `${where}: --as`), '--as');
}

/** Parses conventions separated by commas. A comma before a quote belongs to JSON. */
export function parseConventions(text: string, where: string): NamedConvention[] {
  return text.split(/,(?!\s*")/).map((each) => parseConvention(each.trim(), where));
}

/** Checks the answers in `words` to the questions of `choices`, and returns them. */
function chosen(
  where: string,
  what: string,
  words: Words,
  choices: Readonly<Record<string, readonly string[]>>,
): object {
  const checked: Record<string, string> = {};
  for (const [question, answers] of Object.entries(choices))
    if (words[question] !== undefined)
      checked[question] = checkOneOf(where, `${what}: ${question}`, words[question], answers);
  return checked;
}
