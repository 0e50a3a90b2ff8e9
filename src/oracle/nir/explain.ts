/** What explains a layer that differs: the mistakes with which all that was recorded of it would have been made. */
import { neuronsOf } from '../../../spec/network.ts';
import type { Stage } from '../../engine/stage.ts';
import { placesOff, type Wrong } from '../judge.ts';
import { nameMistakes, type Explanation } from '../name.ts';
import { describeArray } from '../relations.ts';
import { unexplainedOf } from '../unexplained.ts';
import { judgeTraces, type JudgedTraces, type Tell } from './judgeTraces.ts';
import { mistakes, pairsOf, type NirMistake } from './mistakes.ts';
import { computationOf, keyOf, ofSamples, type NirModel } from './steps.ts';
import type { NirTraces } from './traces.ts';

/** Numbers of an array that are run with every mistake; more are only run with those that explain so many. */
const mostTried = 2 ** 14;

/** Multiplications, about, beyond which no pairs of choices are tried. */
const mostWork = 2e9;

/** What explains a layer that differs. */
export function explain(
  model: NirModel,
  arrays: NirTraces['arrays'],
  judged: JudgedTraces,
  { stage, sample }: Wrong,
  tell?: Tell,
): { explains: Explanation[]; isCutShort: boolean } {
  const { cut, traces } = cropped(model, arrays, judged, stage, sample);
  const small = traces === arrays ? judged : judgeTraces(cut, traces);
  const name = (
    rows: readonly NirMistake[],
    own: NirModel,
    { run, manner, wrong }: JudgedTraces,
  ): Explanation[] => {
    const its = wrong.find((each) => each.stage.id === stage.id);
    if (!its) return [];
    // What is right must stay so.
    const whole = { ...its, keys: its.stage.writes.filter((key) => manner.made.has(key)) };
    // A choice is tried with another one here.
    const alone = rows.map(({ choices: _, ...row }) => row);
    const found = nameMistakes(
      { form: { computationOf, mistakes: alone }, model: own, samplesOf: ofSamples, run, manner },
      [whole],
    );
    const choices = new Map(rows.map((row) => [row.id, row.choices]));
    return (found.get(stage.id) ?? []).map((each) => ({
      ...each,
      ...(choices.get(each.id) && { choices: choices.get(each.id)! }),
    })); // it is there
  };
  const of = (rows: readonly NirMistake[]): Explanation[] => {
    const first = name(rows, cut, small);
    if (traces === arrays || first.length === 0) return first;
    const kept = rows.filter(({ id }) => first.some((each) => each.id === id));
    return [...name(kept, model, judged), ...first.filter(({ id }) => id === 'start')];
  };
  tell?.('diagnosed', stage.id, 0, 3);
  const all = mistakes();
  const plain = of(all);
  if (plain.length > 0) return { explains: plain, isCutShort: false };
  const crossing =
    traces === arrays
      ? []
      : name(
          all.filter(({ id }) => acrossSamples.includes(id)),
          model,
          judged,
        );
  if (crossing.length > 0) return { explains: crossing, isCutShort: false };
  tell?.('diagnosed', stage.id, 1, 3);
  const inOne = of(inLayers(model, stage.n - 1, judged, all));
  if (inOne.length > 0) return { explains: inOne, isCutShort: false };
  tell?.('diagnosed', stage.id, 2, 3);
  const pairs = pairsOf(cut, stage);
  const isCutShort = pairs.length * workOf(cut, stage.n) > mostWork;
  return { explains: isCutShort ? [] : of(pairs), isCutShort };
}

/** Mistakes that go from sample to sample. */
const acrossSamples = ['samples=permuted', 'state=kept'];

/** Mistakes in a single layer: one that was not recorded, or the one that differs. */
function inLayers(
  { chain }: NirModel,
  place: number,
  { manner }: JudgedTraces,
  rows: readonly NirMistake[],
): NirMistake[] {
  const open = chain.layers
    .slice(0, place)
    .flatMap((layer, k) => (manner.made.has(keyOf(layer, 'spikes')) ? [] : [k]));
  return (open.length > 0 ? [...open, place] : []).flatMap((k) =>
    rows.map((row) => ({
      ...row,
      id: `${row.id} in ${chain.layers[k].node.name}`,
      says: `${row.says} This is so in ${chain.layers[k].node.name} alone.`,
      concerns: (stage, own) => stage.n === k + 1 && row.concerns?.(stage, own) !== false,
    })),
  );
}

/** Multiplications of a layer, about: of its neurons, and of what enters them. */
function workOf({ chain, T, B }: NirModel, n: number): number {
  const { maps, shape } = chain.layers[n - 1];
  const sizes = maps.map(({ map, output }) =>
    map && 'w' in map ? map.w.length * output.height * output.width : 0,
  );
  return T * B * sizes.reduce((sum, size) => sum + size, 200 * neuronsOf(shape));
}

/** The sample of a stage that has most that is wrong, up to some steps after it begins; all, where that is little. */
function cropped(
  model: NirModel,
  arrays: NirTraces['arrays'],
  { pieces }: JudgedTraces,
  stage: Stage,
  first: number,
): { cut: NirModel; traces: NirTraces['arrays'] } {
  const { T, B, chain } = model;
  const most = Math.max(
    neuronsOf(chain.input),
    ...chain.layers.slice(0, stage.n).map(({ shape }) => neuronsOf(shape)),
  );
  if (T * B * most <= mostTried) return { cut: model, traces: arrays };
  const wrong = new Float64Array(B);
  let begin = T;
  for (const key of stage.writes)
    for (const { ball, got, from } of pieces.get(key) ?? []) {
      const size = neuronsOf(chain.layers[stage.n - 1].shape);
      const count = got.length / (T * size);
      for (const m of placesOff(ball, got)) {
        const b = from + (Math.floor(m / size) % count);
        wrong[b]++;
        if (b === first) begin = Math.min(begin, Math.floor(m / (size * count)));
      }
    }
  const isOne = B > 1;
  const b = isOne ? wrong.indexOf(Math.max(...wrong)) : 0;
  const steps = Math.min(T, Math.max(begin + 16, Math.floor((4 * mostTried) / most)));
  const taken = (values: Float64Array): Float64Array => {
    const n = values.length / (T * B);
    const out = new Float64Array(steps * n);
    for (let t = 0; t < steps; t++) out.set(values.subarray((t * B + b) * n, (t * B + b + 1) * n), t * n);
    return out;
  };
  return {
    cut: { ...model, T: steps, B: 1 },
    traces: new Map([...arrays].map(([key, values]) => [key, taken(values)])),
  };
}

/** How the numbers of a layer that differs come of the expected ones. */
export function describeTraces(
  { run, manner, pieces, wrong }: JudgedTraces,
  { stage, keys, sample }: Wrong,
): string | undefined {
  const isWrong = (key: string): boolean => wrong.some((each) => each.keys.includes(key));
  const said = keys.flatMap((key) => {
    const [place, piece] = [manner.placeOf(key), pieces.get(key)?.[0]];
    if (!place || !piece) return [];
    const part = run.groups().length > 1 && stage.by === 'window' ? run.of(run.groups()[0]) : run;
    const its = { ...manner, isWrong, constants: [], others: [] };
    return [`${key}: ${describeArray(unexplainedOf(part, stage, place, piece, its, sample))}`];
  });
  return said.length > 0 ? said.join('; ') : undefined;
}
