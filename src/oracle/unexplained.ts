/** What there is to describe an array with: what it was made of in a run, and how the run makes it of other arrays. */
import { real, type Floats } from '../../spec/arithmetic.ts';
import { Run } from '../engine/run.ts';
import { valuesOf, type NeuronStage, type Stage } from '../engine/stage.ts';
import type { JudgeManner, Piece, Place } from './judge.ts';
import type { Known, Unexplained } from './relations.ts';

/** So many operations are spent on arrays that are made of changed ones. */
const mostWork = 3e8;

/** @param sample one that differs */
export function unexplainedOf(
  run: Run,
  stage: Stage,
  place: Place,
  { ball, got, base }: Pick<Piece, 'ball' | 'got' | 'base'>,
  manner: Pick<JudgeManner, 'placeOf'> & Pick<Unexplained, 'constants' | 'others'> & { readonly isWrong: (key: string) => boolean },
  sample?: number,
): Unexplained {
  const ofNeurons = stage.kind === 'neuron' ? stage.keys : {};
  const known = (key: string): Known[] => {
    const [its, there] = [manner.placeOf(key), run.there.get(key)];
    return its && there ? [{ says: key, place: its, v: there.v }] : [];
  };
  const read = new Set(stage.reads);
  for (const key of read) if (!run.there.has(key)) for (const each of run.makerOf(key)?.reads ?? []) read.add(each);
  const inputs = [...read].flatMap(known);
  // What is made of the array says nothing of it.
  const later = new Set([place.key]);
  for (const key of later)
    for (const { reads, writes } of run.computation.stages) if (reads.includes(key)) for (const each of writes) later.add(each);
  const isRight = (key: string): boolean => !later.has(key) && !(stage.writes.includes(key) && manner.isWrong(key));
  const others = [...run.there.keys()].filter(isRight).flatMap(known);
  const spikes = ofNeurons.spikes === undefined ? undefined : run.there.get(ofNeurons.spikes)?.v;
  const before = [...(spikes ? [[ofNeurons.spikes!, spikes] as const] : []), ...(place.axes[0] === 'step' ? [[place.key, got] as const] : [])]; // it has that key
  const late = before.map(([key, v]): Known => {
    const size = v.length / place.shape[0];
    return { says: `${key} of the step before`, place: { ...place, key, isSpikes: false }, v: Float64Array.from(v, (_, i) => (i < size ? 0 : v[i - size])) };
  });
  const work = got.length * (stage.kind === 'sum' ? stage.roundings : 20);
  let spent = 0;
  const make = (values: readonly Floats[]): Floats | undefined => {
    spent += work;
    if (spent > mostWork) return undefined;
    const there = new Map([...read, ...(stage.hints ?? [])].flatMap((key) => { const its = run.there.get(key); return its ? [[key, its] as const] : []; }));
    for (const [k, { says }] of inputs.entries()) there.set(says, { v: values[k] });
    try {
      const args = new Run(run.computation, there, real).arguments(stage);
      return valuesOf(stage, args, real, run.followed(stage))[stage.writes.indexOf(place.key)].v;
    } catch (error) {
      // A changed index may be none.
      if (error instanceof RangeError) return undefined;
      throw error;
    }
  };
  const isOne = !stage.by || sample === undefined || run.computation.B === 1;
  return {
    place,
    expected: ball,
    got,
    base,
    inputs,
    make,
    sample: isOne ? undefined : ofSample(run.of({ from: sample, count: 1 })),
    stepwise: stage.kind === 'neuron' && (place.key === ofNeurons.compared || place.key === ofNeurons.potential) ? stepwise(stage, run.ball(stage.reads[0]).v, got, spikes, place.key === ofNeurons.potential) : undefined,
    others: [...others, ...late, ...manner.others],
    constants: manner.constants,
  };

  function ofSample(part: Run): Unexplained {
    const its = part.computation.stages.find(({ id }) => id === stage.id)!; // the same stages
    const result = part.results(its)[its.writes.indexOf(place.key)];
    return unexplainedOf(part, its, place, { ball: result, got: part.there.get(place.key)!.v }, { ...manner, others: [] }); // it was supplied
  }
}

/** What neurons make in each step of the potentials that were supplied of the step before. */
function stepwise(stage: NeuronStage, x: Floats, got: Floats, spikes: Floats | undefined, isShown: boolean): Floats {
  const { T, size, late = 0 } = stage;
  const samples = x.length / (T * size);
  const out = new Float64Array(x.length);
  for (let b = 0; b < samples; b++) {
    const state = stage.begin(real);
    for (let t = 0; t < T; t++) {
      const from = (t * samples + b) * size;
      const to = from + late * samples * size;
      stage.step(
        state,
        x.subarray(from, from + size),
        (u, i, sends) => {
          if (!isShown) {
            out[from + i] = u;
            state['u'][i] = got[from + i];
          }
          return spikes && to < spikes.length ? spikes[to + i] : sends;
        },
        t,
      );
      if (!isShown) continue;
      out.set(state['u'], from);
      state['u'].set(got.subarray(from, from + size));
    }
  }
  return out;
}
