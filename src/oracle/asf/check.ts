/** Checks a training step of ASF-BP: splits its arrays into inputs and results, and reports the findings. */
import { real, type Precision } from '../../../spec/arithmetic.ts';
import { outputLayer } from '../../../spec/network.ts';
import type { Values } from '../../engine/rounding.ts';
import { Replay, unbounded } from '../../engine/run.ts';
import type { Ball } from '../../engine/stage.ts';
import { describe } from '../describe.ts';
import { slotsOf, type KeySlot } from '../keys.ts';
import type { Finding, Judgement, Slot } from '../judge.ts';
import type { Diagnosis, Mistake } from '../name.ts';
import { ballsOf, checkKind, checkStored, type StepFindings, type Tell } from '../step.ts';
import { networkOf, type Model } from './model.ts';
import { computationOf, asf, defaultsOf, leftKeys } from './steps.ts';

export type Arrays = ReadonlyMap<string, Values>;

/** The findings on one step. */
export interface StepReport {
  readonly findings: readonly Finding[];
  /** Keys that were not judged, and why. If such a key was supplied, `needs` lists the missing keys without which it cannot be judged. */
  readonly notChecked: readonly {
    readonly key: string;
    readonly why: string;
    readonly needs?: readonly string[];
  }[];
  /** The explanations of each stage that is wrong by itself, not only because of its inputs. */
  readonly diagnoses: readonly Diagnosis[];
  /** Whether the arrays agree only if a program computed them in binary64, and rounded them to binary32 to store them. */
  readonly isStored?: boolean;
}

export interface StepManner {
  readonly mistakes: readonly Mistake<Model>[];
  /** Arrays that the previous step passes on, by the keys of this step. */
  readonly carried: ReadonlyMap<string, Ball>;
  /** The previous step: its number, its arrays, and its stages that differ without an explanation. */
  readonly before?:
    undefined | ({ readonly step: number; readonly arrays: Arrays } & Pick<StepFindings, 'nameless'>);
  readonly tell: Tell;
  /** Whether the check ends at the first array that differs. */
  readonly isBrief?: boolean;
}

/** Whether an array is a gradient of each sample's L. */
export const isOfSample = (key: string): boolean => /\.(dFO|dFI)$/.test(key);

/** Keys of random arrays. They count as results only if the arrays from which they follow are supplied, otherwise as inputs. */
const inputs = ['encode.word', 'input.spikes'];

/** Splits arrays into inputs of the step and results of the program. */
function splitArrays(
  arrays: Arrays,
  model: Model,
): { entered: Map<string, Values>; computed: Map<string, Values> } {
  const slots = slotsOf(networkOf(model, real), model.B);
  const [entered, computed] = [new Map<string, Values>(), new Map<string, Values>()];
  const isEncoded = arrays.has('image') && (arrays.has('encode.word') || arrays.has('encode.seed'));
  for (const [key, values] of arrays) {
    const isInput = key === 'input.spikes' ? !isEncoded : inputs.includes(key) && !arrays.has('encode.seed');
    (slots.get(key)?.row.stage === undefined || isInput ? entered : computed).set(key, values);
  }
  return { entered, computed };
}

/**
 * Every array of one training step by key, inputs included, computed by `spec/` alone.
 *
 * @param computation the computation of the model, or one with a mistake
 */
export function expectedStep(
  model: Model,
  arrays: Arrays,
  precision: Precision,
  computation = computationOf(model),
): Map<string, Values> {
  return arraysFrom(model, splitArrays(arrays, model).entered, precision, computation);
}

/** The supplied arrays, from any stages, and every array that a computation makes from them. */
export function arraysFrom(
  model: Model,
  supplied: Arrays,
  precision: Precision,
  computation = computationOf(model),
): Map<string, Values> {
  const there = startOf(model, supplied, precision);
  const runPrecision = precision === real ? unbounded : precision;
  const run = new Replay({ ...computation, atOnce: Infinity }, there, runPrecision);
  const results = new Map<string, Values>([...there].map(([key, { v }]) => [key, v]));
  for (const stage of computation.stages)
    for (const key of stage.writes) {
      const ball = results.has(key) ? undefined : run.find(key);
      if (ball) results.set(key, ball.v);
    }
  return results;
}

/** The arrays at the start of a step: supplied arrays (exact), arrays carried from the step before, and defaults. */
export function startOf(
  model: Model,
  supplied: Arrays,
  precision: Precision,
  carried: ReadonlyMap<string, Ball> = new Map(),
): Map<string, Ball> {
  const there = new Map([...carried, ...ballsOf(supplied)]);
  for (const [key, v] of defaultsOf(model, there, precision)) there.set(key, { v });
  return there;
}

export function checkStep(
  model: Model,
  arrays: Arrays,
  manner: StepManner,
): { report: StepReport } & Pick<StepFindings, 'judged' | 'nameless'> {
  const { entered, computed } = splitArrays(arrays, model);
  const there = startOf(model, entered, real, manner.carried);
  for (const [key, ball] of ballsOf(computed)) there.set(key, ball);
  const places = slotsOf(networkOf(model, real), model.B);
  const slots = new Map<string, Slot>(
    [...places].map(([key, slot]) => [key, isOfSample(key) ? { ...slot, unit: model.meanOver ?? 1 } : slot]),
  );
  const { step: earlier, arrays: those = new Map<string, Values>(), nameless } = manner.before ?? {};
  for (const [key, ball] of ballsOf(those)) {
    const slot = slots.get(key);
    if (slot?.shape.reduce((a, b) => a * b, 1) !== ball.v.length) continue;
    const name = `${key} of step ${earlier}`;
    slots.set(name, { ...slot, key: name });
    there.set(name, ball);
  }
  const step = {
    kind: asf,
    mistakes: manner.mistakes,
    model,
    there,
    computed: new Set(computed.keys()),
    slots,
    baseOf: (key: string) => (key.endsWith('.after') ? key.slice(0, -'.after'.length) : undefined),
    describe: (judged: Judgement, key: string) =>
      describe(judged, (each) => slots.get(each), constantsOf(model, places.get(key)), key),
    tell: manner.tell,
    isBrief: manner.isBrief,
    nameless,
  };
  const plain = checkKind(step);
  const stored = manner.isBrief ? undefined : checkStored(step, plain);
  const { judged, findings, diagnoses, nameless: unnamed } = stored ?? plain;
  const notChecked = notCheckedOf(model, judged, there, computed);
  const report = { findings, notChecked, diagnoses, ...(stored && { isStored: true }) };
  return { report, judged, nameless: unnamed };
}

/** Names and values of the constants that a description of an array recognises in a factor. */
function constantsOf(model: Model, slot?: KeySlot): [string, number][] {
  const { stage = '' } = slot?.row ?? {};
  const network = networkOf(model, real);
  const { Vth, output } = outputLayer(network);
  const { T, layers } = network;
  const { β1, β2 } = model.functions.adam;
  const { n, Vth: own } = layers[(slot?.n ?? 0) - 1] ?? { n: 0, Vth };
  // Potentials do not enter S, the loss or the update, and other constants may equal a leak.
  const leaks = new Set(layers.map(({ λ }) => λ).filter((λ) => λ !== 1 && !/scale|loss|update/.test(stage)));
  return [
    ...[...leaks].map((λ): [string, number] => ['leak', λ]),
    ...(stage === 'update' && model.optimiser === 'adam' ? Object.entries({ β1, β2 }) : []),
    ['T', T],
    ['B', model.B],
    ['Vth', Vth],
    ...(own === Vth ? [] : [[`Vth of layer ${n}`, own] satisfies [string, number]]),
    ['T·Vth', T * Vth],
    ['classes', output.channels],
  ];
}

/** Arrays for the next step: those that this step left, its settings, and the number of the next step. */
export function carriedFrom(model: Model, run: Replay): Map<string, Ball> {
  const carried = new Map<string, Ball>();
  for (const key of ['learningRate', 'weightDecay', 'scale.update']) {
    const ball = run.there.get(key);
    if (ball) carried.set(key, ball);
  }
  carried.set('step', { v: Float64Array.of(run.ball('step').v[0] + 1) });
  for (const [from, to] of leftKeys(model)) {
    const ball = run.find(from);
    if (ball) carried.set(to, ball);
  }
  return carried;
}

/** Why moments were not judged. */
const ofAdam = 'belongs to Adam; the optimiser is SGD, without momentum';
/** Why arrays after the window were not judged: the output layer does not integrate. */
const ofASFBP = 'is judged only where the output layer integrates, as ASF-BP has it';

function notCheckedOf(
  model: Model,
  { findings, lacking, run }: Judgement,
  there: ReadonlyMap<string, Ball>,
  computed: Arrays,
): StepReport['notChecked'] {
  const judged = new Set(findings.map(({ key }) => key));
  const needs = new Map(lacking.map((each) => [each.key, each.needs]));
  const slots = slotsOf(networkOf(model, real), model.B);
  const outputs = run.computation.stages.flatMap(({ writes }) => writes).filter((key) => slots.has(key));
  const foreign = [...computed.keys()].filter((key) => !outputs.includes(key));
  return [
    ...outputs
      .filter((key) => !judged.has(key) && !(there.has(key) && !computed.has(key)))
      .map((key) => {
        const need = needs.get(key);
        return need === undefined
          ? { key, why: 'not supplied' }
          : { key, why: `needs ${need}`, needs: [need] };
      }),
    ...foreign.map((key) => ({ key, why: /\.[mv]$/.test(key) ? ofAdam : ofASFBP, needs: [] })),
  ];
}
