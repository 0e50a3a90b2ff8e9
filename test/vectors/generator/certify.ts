/** A draft → its vector: inputs, expected arrays, intervals, and the certificate of its class. */
import { binary32, real, type Precision } from '../../../spec/arithmetic.ts';
import { total, type Interval, type Values } from '../../../src/oracle/interval.ts';
import { exactly, runParts } from '../../../src/oracle/chain.ts';
import { classOf, type Class } from '../../../src/oracle/compare.ts';
import { withDefaults } from '../../../src/oracle/stepInputs.ts';
import { keyOf, placesOf, type Place } from '../../../src/oracle/keys.ts';
import {
  plainly,
  settingOf,
  situationOf,
  type StagePart,
  type Setting,
} from '../../../src/oracle/stagePart.ts';
import { buildParts } from '../../../src/oracle/parts/parts.ts';
import { flagsOf } from './flags.ts';
import {
  pathOf,
  type CaseClass,
  type Certificate,
  type Draft,
  type Expectation,
  type Vector,
} from './case.ts';

const order: readonly CaseClass[] = ['exact', 'interval', 'margin', 'either'];

/** What a generator throws when a case is not what it claims to be: such a case is not written. */
export function fail(draft: Draft, what: string): never {
  throw new Error(`vectors: ${pathOf(draft)}: ${what}`);
}

/** The setting of a draft in a precision. */
export function settingIn(draft: Draft, precision: Precision): Setting {
  const { description, variant, B, optimiser } = draft;
  return settingOf(situationOf(description, variant, precision, B, optimiser));
}

/** Every array that follows from what was given, by `spec/` in a precision, bit by bit. */
function bitsOf(draft: Draft, precision: Precision = binary32): Map<string, Values> {
  const setting = settingIn(draft, precision);
  const intervals = runParts(
    buildParts(setting),
    withDefaults(exactly(draft.given), setting),
    plainly,
    () => true,
  );
  return new Map([...intervals].map(([key, { value }]) => [key, value]));
}

/** Makes the vector of a stage or of a step. */
export function certify(draft: Draft): Vector {
  const setting = settingIn(draft, real);
  const { stage } = draft;
  const values = bitsOf(draft);
  const parts = buildParts(setting).filter((part) => stage === 'step' || part.stage === stage);
  const given = inputsOf(draft, parts, values, setting);
  const intervals = runParts(parts, withDefaults(exactly(given), setting), outward, () => true);
  const own = new Set(parts.flatMap(({ outputs }) => outputs));
  const places = [...placesOf(setting.network, setting.B).values()].filter(
    ({ key }) => own.has(key) && !given.has(key) && !isLeftOut(draft, key),
  );
  const expected = expectationsOf(draft, places, values, intervals);
  if (expected.length === 0) fail(draft, 'nothing is expected');
  const inputs = [...given].map(([key, value]) => ({ key, shape: shapeOf(setting, key), value }));
  const arrays = new Map([...inputs, ...expected].map(({ key, value }) => [key, value]));
  const flags = flagsOf({ draft, network: settingIn(draft, binary32).network, arrays });
  const found = draft.isSurveyed ? { ...draft, class: weakest(expected) } : draft;
  const certificate = certificateOf(expected, intervals, setting);
  const vector = { draft: found, inputs, expected, certificate, flags };
  checkClass(vector);
  const lacking = (draft.flags ?? []).filter((name) => !flags.includes(name));
  if (lacking.length > 0) fail(draft, `it does not show ${lacking.join(', ')}`);
  return vector;
}

/** Where rounding leaves a spike open, both branches are within the intervals. */
const outward = { bounds: true, follow: new Map(), branch: 'open' } as const;

const shapeOf = ({ network, B }: Setting, key: string): readonly number[] =>
  placesOf(network, B).get(key)!.shape;

/** Whether an array is left out of the case, by its key or by what it is of a layer. */
function isLeftOut({ without = [] }: Draft, key: string): boolean {
  return without.some((what) => key === what || key.endsWith(`.${what}`));
}

/**
 * What the variant does not ask for, but a mistaken implementation may; and what S of a backward pass was made of, so
 * that a check of all arrays agrees with it.
 */
const alsoShown: Partial<Record<Draft['stage'], RegExp>> = {
  flow: /\.spikes$/,
  backward: /\.(FI|FO|S|S\.before)$|^scale\.update$/,
};

/** What enters: of a step what was given, of a stage what its parts ask for and do not make themselves. */
function inputsOf(
  draft: Draft,
  parts: readonly StagePart[],
  values: ReadonlyMap<string, Values>,
  setting: Setting,
): Map<string, Values> {
  if (draft.stage === 'step') return new Map(draft.given);
  const made = new Set(parts.flatMap(({ outputs }) => outputs));
  const asked = new Set(parts.flatMap(({ inputs }) => inputs));
  const places = placesOf(setting.network, setting.B);
  const shown = alsoShown[draft.stage];
  const isInput = (key: string): boolean =>
    !isLeftOut(draft, key) &&
    (asked.has(key) || shown?.test(key) === true) &&
    (draft.given.has(key) || !made.has(key)) &&
    values.has(key);
  return new Map([...places.keys()].filter(isInput).map((key) => [key, values.get(key)!]));
}

function expectationsOf(
  draft: Draft,
  places: readonly Place[],
  values: ReadonlyMap<string, Values>,
  intervals: ReadonlyMap<string, Interval>,
): Expectation[] {
  return places.flatMap((place) => {
    const { key, shape, row } = place;
    const [value, interval] = [values.get(key), intervals.get(key)];
    if (!value || !interval) return [];
    const ends = intervalOf(interval);
    checkWithin(draft, key, value, interval, ends);
    const found = classOf(place, interval, intervals);
    return [{ key, shape, equation: row.equation, class: found, value, ...ends }];
  });
}

/** The ends of an interval. One rounding outward: the sum of value and radius is rounded too. */
function intervalOf({ value, radius }: Interval): { low?: Float64Array; high?: Float64Array } {
  if (!radius?.some((r) => r > 0)) return {};
  const end = (i: number, sign: number): number => {
    if (radius[i] === 0) return value[i];
    const at = value[i] + sign * radius[i];
    return at + sign * Math.abs(at) * 2 ** -52;
  };
  return {
    low: Float64Array.from(value, (_, i) => end(i, -1)),
    high: Float64Array.from(value, (_, i) => end(i, 1)),
  };
}

/** `spec/` in binary32 is one of the right implementations: exact is its bits, an interval holds its value. */
function checkWithin(
  draft: Draft,
  key: string,
  value: Values,
  interval: Interval,
  { low, high }: { low?: Float64Array; high?: Float64Array },
): void {
  for (let i = 0; i < value.length; i++) {
    const [least, most] = [low?.[i] ?? interval.value[i], high?.[i] ?? interval.value[i]];
    if (!(value[i] >= least && value[i] <= most))
      fail(draft, `${key} at ${i}: ${value[i]} is not in ${least} … ${most}`);
  }
}

function certificateOf(
  expected: readonly Expectation[],
  intervals: ReadonlyMap<string, Interval>,
  { network }: Setting,
): Certificate {
  let [numbers, exact, decisions, atThreshold, open, margin] = [0, 0, 0, 0, 0, Infinity];
  for (const { value, low, high } of expected) {
    numbers += value.length;
    for (let i = 0; i < value.length; i++) if (!low || low[i] === high![i]) exact++;
  }
  for (const { n, Vth } of network.layers) {
    const compared = intervals.get(keyOf(n, 'compared'));
    if (!compared) continue;
    for (const [i, u] of compared.value.entries()) {
      decisions++;
      const left = Math.abs(u - Vth) - (compared.radius?.[i] ?? 0);
      if (u === Vth && !compared.radius?.[i]) atThreshold++;
      else if (left > 0) margin = Math.min(margin, left);
    }
    open += total(intervals.get(keyOf(n, 'spikes'))?.open ?? [], (o) => o);
  }
  return { numbers, exact, decisions, atThreshold, open, ...(margin < Infinity && { margin }) };
}

function weakest(expected: readonly Expectation[]): Class {
  return expected.map((array) => array.class).reduce((a, b) => (order.indexOf(a) > order.indexOf(b) ? a : b));
}

function checkClass({ draft, expected, certificate }: Vector): void {
  const found = weakest(expected);
  if (found !== draft.class) {
    const by = expected.filter((array) => array.class === found).map(({ key }) => key);
    fail(draft, `the class is ${found} by ${by.join(', ')}, not ${draft.class}`);
  }
  if (found === 'margin' && !(certificate.margin! > 0)) fail(draft, 'no margin');
  if (expected.some(({ value }) => value.some((x) => !Number.isFinite(x))))
    fail(draft, 'a number is not finite');
}
