/**
 * Plants mistakes in steps of drawn networks, and records whether each shows, is detected, and is named. `spec/` computes
 * the arrays in binary32, and the check treats them like those of any program.
 */
import { binary32, real } from '../../spec/arithmetic.ts';
import { buildNetwork, type NetworkDescription } from '../../spec/dictionary.ts';
import { neuronsOf, type Layer, type LayerDescription } from '../../spec/network.ts';
import { authors, choices, paper, type Variant } from '../../spec/variant.ts';
import type { Values } from '../../src/engine/rounding.ts';
import { checkStep, type StepReport } from '../../src/oracle/asf/check.ts';
import { mistakes } from '../../src/oracle/asf/mistakes/mistakes.ts';
import { modelOf, type Model } from '../../src/oracle/asf/model.ts';
import { asf } from '../../src/oracle/asf/steps.ts';
import type { Verdict } from '../../src/oracle/judge.ts';
import { planted, type Mistake } from '../../src/oracle/name.ts';
import { verdictOf as verdictOfSteps } from '../../src/oracle/report.ts';
import { stream } from '../support.ts';
import { drawn, made, modelIn, worldOf, type World } from './worlds.ts';

export { stream };

/** Stacks of layers. Together they have the layers that the mistakes of the catalogue need. */
const stacks: readonly (readonly LayerDescription[])[] = [
  [
    { kind: 'convolution', channels: 3, kernel: 3, padding: 1 },
    { kind: 'convolution', channels: 3, kernel: 3, padding: 1, bias: true },
    { kind: 'averagePool', size: 2 },
    { kind: 'linear', units: 6 },
  ],
  [
    { kind: 'convolution', channels: 4, kernel: 3, padding: 1 },
    { kind: 'maxPool', size: 2 },
    { kind: 'linear', units: 8 },
    { kind: 'linear', units: 8, bias: true },
  ],
];

/** A preset, or one with a few other answers. */
export function drawVariant(seed: number): Variant {
  const next = stream(seed ^ 0x5ca1e);
  const preset = seed % 2 === 0 ? paper : authors;
  if (seed % 4 < 2) return preset;
  const changed = Object.entries(choices)
    .filter(([question]) => question !== 'output' && next() < 0.2)
    .map(([question, answers]) => [question, answers[Math.floor(next() * answers.length)]]);
  return { ...preset, ...Object.fromEntries(changed) };
}

/** A world whose input is an image with its random words, and whose threshold is not 1. */
export function drawWorld(seed: number, variant = drawVariant(seed)): World {
  const next = stream(seed);
  const whole = (most: number): number => Math.floor(next() * most);
  const isDyadic = next() < 0.5;
  const description: NetworkDescription = {
    input: { channels: 3, height: 4, width: 4, scale: 0.75 },
    timeWindow: 5 + whole(4),
    threshold: isDyadic ? 0.5 : 0.7,
    leak: [1, 0.5, 0.9][whole(3)],
    layers: [...stacks[whole(2)], { kind: 'linear', units: 3 }],
  };
  const B = 2 + whole(3);
  const weight =
    (share: number) =>
    ({ input, kind }: Layer): (() => number) => {
      const size = Math.sqrt(6 / (kind.name === 'linear' ? neuronsOf(input) : 27)) * share;
      const any = (): number => (next() * 2 - 0.8) * size;
      return () => (isDyadic ? Math.round(any() * 16) / 16 : any());
    };
  const given = drawn(buildNetwork(description, variant, real), B, {
    image: () => () => whole(9) / 4 - 0.75,
    label: () => () => whole(3),
    'layer{n}.weight': weight(1),
    // Biases are small, because they are added in every step.
    'layer{n}.bias': weight(1 / 4),
  });
  given.set('encode.seed', Uint32Array.of(seed));
  given.set('learningRate', Float64Array.of(0.01));
  given.set('weightDecay', Float64Array.of(0.125));
  return { description, variant, B, optimiser: next() < 0.75 ? 'adam' : 'sgd', given };
}

/** Returns a function that draws from a list. */
export const pickOf =
  (next: () => number) =>
  <V>(list: readonly V[]): V =>
    list[Math.floor(next() * list.length)];

/** Draws a world. With probability `share`, its input is an image. */
export function drawAny(seed: number, next: () => number, share: number): World {
  if (next() < share) return drawWorld(seed);
  const pick = pickOf(next);
  const variant = { ...drawVariant(seed), ...(next() < 0.2 && { scale: 'neuron' as const }) };
  return worldOf(
    seed,
    Math.floor(next() * 4),
    variant,
    pick([1, 0.5, 0.9]),
    next() < 0.5,
    pick(['adam', 'sgd']),
  );
}

/** The arrays of a program that makes a mistake wherever it can. */
export const plantAll = (world: World, mistake: Mistake<Model>): Map<string, Values> =>
  made(world, binary32, planted(asf, mistake, modelIn(world)));

/** The largest difference between two arrays, relative to their largest number; Infinity if only one of them has a NaN. */
export function apart(one: ArrayLike<number | bigint>, other: ArrayLike<number | bigint>): number {
  let [far, most] = [0, 0];
  for (let i = 0; i < one.length; i++) {
    const [a, b] = [Number(one[i]), Number(other[i])];
    if (Number.isNaN(a) !== Number.isNaN(b)) return Infinity;
    far = Math.max(far, Math.abs(a - b));
    most = Math.max(most, Math.abs(a), Math.abs(b));
  }
  return most === 0 ? 0 : far / most;
}

/** Whether a mistake changes a spike, or a number by more than rounding does: 2⁻¹² of the largest magnitude in the array. */
export function shows(right: ReadonlyMap<string, Values>, wrong: ReadonlyMap<string, Values>): boolean {
  for (const [key, values] of wrong) {
    const others = right.get(key);
    if (!others) continue;
    if (!values.every(Number.isFinite)) return false;
    if (apart(values, others) > 2 ** -12) return true;
  }
  return false;
}

const rightRuns = new WeakMap<World, readonly Map<string, Values>[]>();

/** The right run. If binary32 cannot represent the threshold, a run with the next binary32 number is also right. */
function rightRunsOf(world: World): readonly Map<string, Values>[] {
  const { description } = world;
  const single = Math.fround(description.threshold);
  const factors = single === description.threshold ? [1] : [1, 1 + 2 ** -23];
  const runs =
    rightRuns.get(world) ??
    factors.map((factor) => made({ ...world, description: { ...description, threshold: single * factor } }));
  rightRuns.set(world, runs);
  return runs;
}

/** Checks the arrays of a world as a single step. */
export function judge(world: World, arrays: ReadonlyMap<string, Values>, tried = mistakes): StepReport {
  const { description, variant, B, optimiser } = world;
  const model = modelOf(description, variant, B, optimiser);
  return checkStep(model, arrays, { mistakes: tried, carried: new Map(), tell() {} }).report;
}

/** The verdict on all arrays of a step. It is `undecided` if a supplied array cannot be judged. */
export const verdictOf = (report: StepReport): Verdict =>
  verdictOfSteps([{ ...report, step: 1, unknown: [], misspelt: [] }]).verdict;

export interface Tally {
  planted: number;
  detected: number;
  named: number;
  /** Stages for which other mistakes were named, but not the planted one. */
  wrongly: number;
  /** The largest number of mistakes that were named for one stage. */
  together: number;
}

/** Plants a mistake in a world, and counts the outcome. */
export function tallyOne(
  mistake: Mistake<Model>,
  world: World,
  tally: Tally,
  note?: (text: string) => void,
): void {
  const wrong = plantAll(world, mistake);
  if (rightRunsOf(world).some((right) => !shows(right, wrong))) return;
  tally.planted++;
  const report = judge(world, wrong);
  if (verdictOf(report) !== 'differs') return note?.('not detected');
  tally.detected++;
  const { diagnoses } = report;
  const isNamed = diagnoses.every(({ explains }) => explains.some(({ id }) => id === mistake.id));
  if (diagnoses.length > 0 && isNamed) tally.named++;
  for (const { part, explains } of diagnoses) {
    tally.together = Math.max(tally.together, explains.length);
    const ids = explains.map(({ id }) => id);
    if (ids.includes(mistake.id)) continue;
    note?.(`${part}: ${ids.join(', ') || 'unknown'}`);
    if (ids.length > 0) tally.wrongly++;
  }
}

export const emptyTally = (): Tally => ({ planted: 0, detected: 0, named: 0, wrongly: 0, together: 0 });
