/** Computes the vector of a draft: inputs, expected arrays with their least and greatest correct values, and the certificate. */
import { binary32, real } from '../../../spec/arithmetic.ts';
import type { Values } from '../../../src/engine/rounding.ts';
import { Replay } from '../../../src/engine/run.ts';
import type { Ball, Stage } from '../../../src/engine/stage.ts';
import { arraysFrom, startOf, type Arrays } from '../../../src/oracle/asf/check.ts';
import { modelOf, networkOf, type Model } from '../../../src/oracle/asf/model.ts';
import { computationOf } from '../../../src/oracle/asf/steps.ts';
import { classOf, type Class } from '../../../src/oracle/judge.ts';
import { keyOf, slotsOf, type KeySlot } from '../../../src/oracle/keys.ts';
import { flagsOf } from './flags.ts';
import { historiesOf } from './histories.ts';
import { fail, type CaseClass, type Certificate, type Draft, type Expectation, type Vector } from './case.ts';

const order: readonly CaseClass[] = ['exact', 'interval', 'margin', 'either'];

export const modelFor = ({ description, variant, B, optimiser }: Draft): Model =>
  modelOf(description, variant, B, optimiser);

/** The keys and shapes of a draft's arrays. */
export const placesFor = (draft: Draft): ReadonlyMap<string, KeySlot> =>
  slotsOf(networkOf(modelFor(draft), real), draft.B);

/** Computes the vector of a stage or of a step. */
export function certify(draft: Draft): Vector {
  const model = modelFor(draft);
  const values = arraysFrom(model, draft.inputs, binary32);
  const stages = stagesOf(draft);
  const given = inputsOf(draft, stages, values);
  const ends = endsOf(model, stages, given);
  const expected = expectationsOf(draft, values, ends).filter(({ key }) => !given.has(key));
  if (expected.length === 0) fail(draft, 'nothing is expected');
  const shapeOf = (key: string): readonly number[] => placesFor(draft).get(key)!.shape; // every input has a slot
  const inputs = [...given].map(([key, value]) => ({ key, shape: shapeOf(key), value }));
  const arrays = new Map([...inputs, ...expected].map(({ key, value }) => [key, value]));
  const flags = flagsOf({ draft, network: networkOf(model, binary32), arrays });
  const found = draft.isSurveyed ? { ...draft, class: weakest(expected) } : draft;
  const certificate = certificateOf(expected, ends, model);
  const vector = { draft: found, inputs, expected, certificate, flags };
  checkClass(vector);
  const lacking = (draft.flags ?? []).filter((name) => !flags.includes(name));
  if (lacking.length > 0) fail(draft, `it does not show ${lacking.join(', ')}`);
  return vector;
}

/** The stages of a case. If an array that they read cannot be recorded (`keys.ts`), also the stage that computes it. */
function stagesOf(draft: Draft): Stage[] {
  const { stages } = computationOf(modelFor(draft));
  const places = placesFor(draft);
  const isOwn = ({ stage }: Stage): boolean => draft.stage === 'step' || stage === draft.stage;
  const between = new Set(
    stages.filter(isOwn).flatMap(({ reads }) => reads.filter((key) => !places.has(key))),
  );
  return stages.filter((stage) => isOwn(stage) || stage.writes.some((key) => between.has(key)));
}

/** Whether the case omits an array, by its key or by its name within a layer. */
function isLeftOut({ without = [] }: Draft, key: string): boolean {
  return without.some((what) => key === what || key.endsWith(`.${what}`));
}

/**
 * Arrays that the variant does not need, but a mistaken implementation may. For the backward pass, they include the arrays from
 * which S was computed, so that a check of all arrays agrees.
 */
const alsoShown: Partial<Record<Draft['stage'], RegExp>> = {
  flow: /\.spikes$/,
  backward: /\.(FI|FO|S|S\.before)$|^scale\.update$/,
};

/** The inputs of a step are those of its draft. The inputs of a stage are the arrays that it reads and does not compute. */
function inputsOf(draft: Draft, stages: readonly Stage[], values: Arrays): Map<string, Values> {
  if (draft.stage === 'step') return new Map(draft.inputs);
  const made = new Set(stages.flatMap(({ writes }) => writes));
  const asked = new Set(stages.flatMap(({ reads }) => reads));
  const shown = alsoShown[draft.stage];
  return new Map(
    [...placesFor(draft).keys()].flatMap((key) => {
      const value = values.get(key);
      const isInput = (asked.has(key) || shown?.test(key)) && (draft.inputs.has(key) || !made.has(key));
      return value && isInput && !isLeftOut(draft, key) ? [[key, value] as const] : [];
    }),
  );
}

/** The least and the greatest correct value of each number. */
interface Ends {
  readonly low: Float64Array;
  readonly high: Float64Array;
}

/** The least and the greatest value of each computed number, over all outcomes of the decisions that rounding leaves open. */
function endsOf(model: Model, stages: readonly Stage[], given: Arrays): Map<string, Ends> {
  const computation = { ...computationOf(model), stages, atOnce: Infinity };
  const ends = new Map<string, Ends>();
  for (const run of historiesOf(new Replay(computation, startOf(model, given, real))))
    for (const stage of stages.filter(({ reads }) => reads.every((key) => run.find(key))))
      for (const [k, { v, r }] of run.results(stage).entries()) {
        // Widens by one rounding, because the sum of value and radius is rounded too.
        const end = (sign: number): Float64Array =>
          Float64Array.from(v, (value, i) => {
            const at = value + sign * (r?.[i] ?? 0);
            return r?.[i] ? at + sign * Math.abs(at) * 2 ** -52 : value;
          });
        const [low, high] = [end(-1), end(1)];
        const known = ends.get(stage.writes[k]);
        known?.low.forEach((value, i) => (low[i] = Math.min(low[i], value)));
        known?.high.forEach((value, i) => (high[i] = Math.max(high[i], value)));
        ends.set(stage.writes[k], { low, high });
      }
  return ends;
}

function expectationsOf(draft: Draft, values: Arrays, ends: ReadonlyMap<string, Ends>): Expectation[] {
  return [...placesFor(draft).values()].flatMap((place) => {
    const { key, n, shape, row } = place;
    const [value, own, compared] = [values.get(key), ends.get(key), ends.get(keyOf(n, 'compared'))];
    if (!value || !own || isLeftOut(draft, key)) return [];
    checkWithin(draft, key, value, own);
    const ball = ballOf(own);
    const found = classOf(place, { ball, compared: compared && ballOf(compared) });
    return [{ key, shape, equation: row.equation, class: found, value, ...(ball.r && own) }];
  });
}

/** The ends as an array with bounds, for the judge. */
function ballOf({ low, high }: Ends): Ball {
  const r = high.map((value, i) => value - low[i]);
  return r.some((each) => each > 0) ? { v: low, r, open: Uint8Array.from(r, Math.sign) } : { v: low };
}

/** The results of `spec/` in binary32 are correct, so they must lie between the ends. */
function checkWithin(draft: Draft, key: string, value: Values, { low, high }: Ends): void {
  for (let i = 0; i < value.length; i++)
    if (!(value[i] >= low[i] && value[i] <= high[i]))
      fail(draft, `${key} at ${i}: ${value[i]} is not in ${low[i]} … ${high[i]}`);
}

function certificateOf(
  expected: readonly Expectation[],
  ends: ReadonlyMap<string, Ends>,
  model: Model,
): Certificate {
  let [numbers, exact, decisions, atThreshold, open, margin] = [0, 0, 0, 0, 0, Infinity];
  for (const { value, low, high } of expected) {
    numbers += value.length;
    for (let i = 0; i < value.length; i++) if (!low || low[i] === high![i]) exact++; // `low` and `high` exist together
  }
  for (const { n, Vth } of networkOf(model, real).layers) {
    const [compared, spikes] = ['compared', 'spikes'].map((what) => ends.get(keyOf(n, what)));
    if (!compared || !spikes) continue;
    for (const [i, low] of compared.low.entries()) {
      const high = compared.high[i];
      const left = Math.max(low - Vth, Vth - high);
      decisions++;
      if (spikes.low[i] < spikes.high[i]) open++;
      else if (low === Vth && high === Vth) atThreshold++;
      else if (left > 0) margin = Math.min(margin, left);
    }
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
