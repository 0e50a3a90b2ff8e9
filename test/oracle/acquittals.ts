/**
 * Searches for acquittals: records steps in which one array is wrong, in a plain way or by a mistake of the catalogue. Any
 * subset of the other arrays is recorded. The wrong array must not agree, and each explanation must reproduce its numbers.
 */
import { binary32, real } from '../../spec/arithmetic.ts';
import type { Variant } from '../../spec/variant.ts';
import { largest, type Values } from '../../src/engine/rounding.ts';
import { Replay, type Computation } from '../../src/engine/run.ts';
import type { Ball } from '../../src/engine/stage.ts';
import type { StepReport } from '../../src/oracle/asf/check.ts';
import { mistakes } from '../../src/oracle/asf/mistakes/mistakes.ts';
import { networkOf, type Model } from '../../src/oracle/asf/model.ts';
import { computationOf, defaultsOf, asf } from '../../src/oracle/asf/steps.ts';
import type { Verdict } from '../../src/oracle/judge.ts';
import { slotsOf, sizeOf, type KeySlot } from '../../src/oracle/keys.ts';
import { ifComputable } from '../../src/oracle/memo.ts';
import { multipleOf, pairOf, planted, type Explanation, type Mistake } from '../../src/oracle/name.ts';
import { carriedOut, implementations } from './implementations.ts';
import { drawAny, judge, pickOf, shows, stream, verdictOf } from './planted.ts';
import { made, modelIn, type World } from './worlds.ts';

export interface Trial {
  /** Which arrays were recorded, in words. */
  readonly subset: string;
  readonly verdict: Verdict;
  readonly isExplained: boolean;
  /** Explanations that do not reproduce the numbers. */
  readonly false: readonly string[];
  readonly note: string;
}

type Arrays = Map<string, Values>;

/** Plain ways in which an array is wrong. */
export const plainly: Readonly<
  Record<string, (x: Float64Array, shape: readonly number[], next: () => number) => Values>
> = {
  zero: (x) => new Float64Array(x.length),
  negated: (x) => x.map((v) => -v),
  doubled: (x) => x.map((v) => 2 * v),
  halved: (x) => x.map((v) => v / 2),
  rolled(x, shape, next) {
    const long = shape.flatMap((size, d) => (size > 1 ? [d] : []));
    if (long.length === 0) return x;
    const d = long[Math.floor(next() * long.length)];
    const step = sizeOf(shape.slice(d + 1));
    const at = (i: number): number =>
      Math.floor(i / step) % shape[d] === 0 ? i + (shape[d] - 1) * step : i - step;
    return x.map((_, i) => x[at(i)]);
  },
  noise(x, _, next) {
    const size = Math.sqrt(x.reduce((sum, v) => sum + v * v, 0) / x.length);
    return x.map(() => (next() * 2 - 1) * 1.7 * size);
  },
};

const whole = new Set(['spike', 'whole']);

/** A step of which some arrays were recorded. The array `target` is wrong in the way that `name` states. */
export interface Recording {
  readonly world: World;
  readonly arrays: Arrays;
  readonly right: Arrays;
  readonly subset: string;
  readonly keys: readonly string[];
  readonly target: string;
  readonly name: string;
}

/**
 * Runs a trial from a seed. Undefined if the drawn change has no effect on the array.
 *
 * @param output what the output layer does; unless it integrates, there is only a forward pass
 */
export function runTrial(seed: number, output: Variant['output'] = 'integrates'): Trial | undefined {
  const recording = drawRecording(seed, output);
  if (!recording) return undefined;
  const { world, arrays, subset, keys, target, name } = recording;
  const report = judge(world, arrays);
  return {
    subset,
    verdict: verdictOf(report),
    ...explanationsOf(report, recording),
    note: `seed ${seed}, ${target} ${name}, of ${keys.join(' ')}`,
  };
}

export function drawRecording(seed: number, output: Variant['output'] = 'integrates'): Recording | undefined {
  const next = stream(seed ^ 0x3c6ef372);
  const pick = pickOf(next);
  const drawn = drawAny(seed, next, 0.3);
  const world = { ...drawn, variant: { ...drawn.variant, output } };
  const implementation = carriedOut(modelIn(world), pick(Object.keys(implementations)));
  const right = made(world, binary32, computationOf(implementation));
  const places = slotsOf(networkOf(modelIn(world), binary32), world.B);
  const judged = [...right.keys()].filter((key) => isJudged(world, places.get(key)));
  const { subset, keys } = drawSubset(judged, next);
  if (keys.length === 0) return undefined;
  const target = pick(keys);
  const { wrong, name } = drawWrong(world, target, places.get(target)!, right, next);
  const values = right.get(target)!;
  if (!wrong || !shows(new Map([[target, values]]), new Map([[target, wrong]]))) return undefined;
  const arrays = new Map([...right].filter(([key]) => !judged.includes(key) || keys.includes(key)));
  // If rounding leaves a decision open, for example because the threshold is rounded, either answer is right.
  const spikes = target.replace(/(compared|potential|potential\.end)$/, 'spikes');
  if (name.startsWith('fires=') && spikes !== target && openOf(world, arrays, spikes)?.includes(1))
    return undefined;
  const open = target.endsWith('spikes') ? openOf(world, arrays, target) : undefined;
  if (open && values.every((value, i) => value === wrong[i] || open[i] === 1)) return undefined;
  arrays.set(target, wrong);
  return { world, arrays, right, subset, keys, target, name };
}

/** A replay of a world's arrays without one of them. */
function runWithout(world: World, arrays: Arrays, target: string, computation: Computation): Replay {
  const model = modelIn(world);
  const there = new Map<string, Ball>();
  for (const [key, values] of arrays) if (key !== target) there.set(key, { v: Float64Array.from(values) });
  for (const [key, v] of defaultsOf(model, there, real)) there.set(key, { v });
  return new Replay({ ...computation, atOnce: Infinity }, there);
}

/** Marks the spikes that rounding leaves open if an array is computed from the others. */
function openOf(world: World, arrays: Arrays, target: string): Uint8Array | undefined {
  const run = runWithout(world, arrays, target, computationOf(modelIn(world)));
  const stage = run.makerOf(target)!; // every judged array has a stage
  return ifComputable(() => run.results(stage)[stage.writes.indexOf(target)].open);
}

const isJudged = (world: World, place: KeySlot | undefined): boolean =>
  place?.row.stage !== undefined && !world.given.has(place.key) && place.row.stage !== 'encode';

/** Draws the arrays to record: one, a few, half, all, or those that people usually record. */
function drawSubset(judged: readonly string[], next: () => number): { subset: string; keys: string[] } {
  const pick = pickOf(next);
  const subset = pick(['one array', 'a few', 'half', 'all', 'spikes, dw, weights', 'dw', 'dw, weights']);
  const named: Readonly<Record<string, RegExp>> = {
    'spikes, dw, weights': /\.(spikes|dw|weight\.after)$/,
    dw: /\.dw$/,
    'dw, weights': /\.(dw|weight\.after)$/,
    all: /./,
  };
  if (named[subset]) return { subset, keys: judged.filter((key) => named[subset].test(key)) };
  if (subset === 'one array') return { subset, keys: [pick(judged)] };
  const share = subset === 'half' ? 0.5 : 4 / judged.length;
  const keys = judged.filter(() => next() < share);
  return { subset, keys: keys.length > 0 ? keys : [pick(judged)] };
}

function drawWrong(
  world: World,
  target: string,
  { shape, row }: KeySlot,
  right: Arrays,
  next: () => number,
): { wrong: Values | undefined; name: string } {
  const pick = pickOf(next);
  if (next() < 0.5) {
    const name = pick(Object.keys(plainly));
    const x = plainly[name](Float64Array.from(right.get(target)!), shape, next);
    return { name, wrong: whole.has(row.type) ? x.map((v) => Math.round(v)) : Float32Array.from(x) };
  }
  const model = modelIn(world);
  const producer = computationOf(model).stages.find(({ writes }) => writes.includes(target))!; // every judged array has a stage
  const onlyThere = (mistake: Mistake<Model>): Computation | undefined => {
    const only = planted(asf, mistake, model, [], producer.id);
    return only?.stages.some((stage) => stage.id === producer.id && stage.writes.includes(target))
      ? only
      : undefined;
  };
  const fitting = mistakes.filter((mistake) => onlyThere(mistake) !== undefined);
  if (fitting.length === 0) return { name: 'none', wrong: undefined };
  const mistake = pick(fitting);
  return { name: mistake.id, wrong: made(world, binary32, onlyThere(mistake)).get(target) };
}

/** Whether a report has explanations, and which of them do not reproduce the wrong numbers. */
function explanationsOf(
  { diagnoses, findings }: StepReport,
  recording: Recording,
): Pick<Trial, 'isExplained' | 'false'> {
  const named = diagnoses.flatMap(({ part, explains }) => explains.map((each) => ({ part, ...each })));
  const wrong = named.filter((each) => {
    const blamed = findings.filter(({ part, verdict }) => part === each.part && verdict === 'differs');
    if (!blamed.some(({ key }) => key === recording.target)) return true;
    return each.id !== recording.name && !makes(each, recording);
  });
  return {
    isExplained: named.length > 0,
    false: wrong.map(({ part, id }) => `${part}: ${id}`),
  };
}

/**
 * Whether a named mistake, planted in a computation that starts from the recorded arrays, reproduces the wrong numbers of the
 * target.
 */
function makes(
  { id, says, numbers = [] }: Explanation,
  { world, arrays, right, target }: Recording,
): boolean {
  const model = modelIn(world);
  // An explanation of a pair that other stages contradict in part tells that part at its end.
  const [, local] = /as with (\S+)\.$/.exec(says) ?? [];
  const mistake = rowOf(local ? `${id} + ${local}` : id);
  const part = computationOf(model).stages.find(({ writes }) => writes.includes(target));
  const computation = planted(asf, mistake, model, numbers, mistake.isOwn ? part?.id : undefined);
  if (!computation) return false;
  const run = runWithout(world, arrays, target, computation);
  const stage = run.makerOf(target);
  // Neurons continue with their recorded arrays.
  const followed = mistake.isFree || !stage ? {} : runWithout(world, arrays, '', computation).followed(stage);
  const its = stage && run.results(stage, followed)[stage.writes.indexOf(target)];
  const theirs = its?.v;
  const [got, expected] = [arrays.get(target)!, right.get(target)!]; // both maps have the target
  if (theirs?.length !== got.length) return false;
  const size = Math.max(largest(got), largest(expected));
  const tolerance = (/16/.test(id) ? 2 ** -7 : 2 ** -10) * size;
  let [off, like] = [0, 0];
  for (let i = 0; i < got.length; i++) {
    // Rounding may decide an open spike either way.
    if (Math.abs(got[i] - expected[i]) <= 2 ** -12 * size || its?.open?.[i] === 1) continue;
    off++;
    if (Math.abs(got[i] - theirs[i]) <= tolerance) like++;
  }
  return like > 0.9 * off;
}

/** The row with an id, the pair of rows that an id joins, or a row whose results are multiplied by a number. */
function rowOf(id: string): Mistake<Model> {
  const [name, by] = id.split(' × ');
  if (by !== undefined) return multipleOf(rowOf(name), Number(by));
  const [one, other] = id.split(' + ').map((each) => mistakes.find((row) => row.id === each)!); // the id comes from the catalogue
  return other ? pairOf(one, other) : one;
}
