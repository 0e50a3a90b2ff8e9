/** Describes how an array that differs follows from the expected one, from other arrays, or from changed inputs. */
import { real, type Floats } from '../../spec/arithmetic.ts';
import { range, type Values } from '../engine/rounding.ts';
import { Missing, Replay, unbounded } from '../engine/run.ts';
import { valuesOf, type NeuronStage, type Stage } from '../engine/stage.ts';
import { inUnit, shapeOf, type JudgeManner, type JudgedPiece, type Judgement, type Slot } from './judge.ts';
import { entriesOf } from '../keysOf.ts';
import { ifComputable } from './memo.ts';
import { statistics, together } from './relations/layers.ts';
import { describeArray, relationOf } from './relations/relations.ts';
import type { Known, Unexplained, View } from './relations/search.ts';
import { delayed } from './rows.ts';

/** Describes how the numbers of an unexplained array follow from the expected ones. */
export function describe(
  { run, wrong, pieces }: Judgement,
  slotOf: JudgeManner['slotOf'],
  constants: Unexplained['constants'],
  key: string,
  views?: Views,
): string {
  const place = slotOf(key)!; // every judged key has a slot
  const [piece] = pieces.get(key)!; // each array that differs has pieces
  const { stage, sample } = wrong.find(({ keys }) => keys.includes(key))!; // every array that differs has a wrong stage
  const { B } = run.computation;
  const count = place.axes.includes('sample')
    ? shapeOf(place, piece.got.length)[place.axes.indexOf('sample')]
    : B;
  const part = run.of({ from: piece.from, count });
  const same = part.computation.stages.find(({ id }) => id === stage.id)!; // `part` has the same stages
  const isWrong = (each: string): boolean => wrong.some(({ keys }) => keys.includes(each));
  const manner = { slotOf, constants, isWrong, views };
  const isOfLayer = (each: string): boolean =>
    each.endsWith(key.slice(key.indexOf('.'))) && slotOf(each)?.axes.length === 0;
  const all = place.axes.length > 0 || place.n === 0 ? [] : [...run.there.keys()].filter(isOfLayer);
  const subjects = all.flatMap((each) => {
    const maker = run.makerOf(each)!; // every number of a layer has a stage
    // Another layer may lack an input.
    const ball = ifComputable(() => run.results(maker))?.[maker.writes.indexOf(each)];
    const slot = slotOf(each)!; // `isOfLayer` selects only keys with a slot
    const got = run.ball(each).v;
    // A layer that is NaN says nothing about a number of another.
    return ball && Number.isFinite(got[0])
      ? [unexplainedOf(run, maker, slot, { ball, got }, { ...manner, isWrong: () => true })]
      : [];
  });
  const said =
    subjects.length > 1 && Number.isFinite(piece.got[0]) ? relationOf(together(subjects)) : undefined;
  if (said !== undefined) return `in the layers together, ${said}`;
  return describeArray(unexplainedOf(part, same, place, { ...piece, sample: sample - piece.from }, manner));
}

/** Limit on the operations that recompute arrays from changed inputs. */
const mostWork = 2e8;

/** Returns arrays that can be described in place of one that differs. They follow from the arrays of the run. */
export type Views = (run: Replay, stage: Stage, subject: Unexplained) => readonly View[] | undefined;

/** An array, one step late. */
export const stepBefore = ({ slot, v }: Known): Known => ({
  slot: { ...slot, key: `${slot.key} of the step before`, isSpikes: false },
  v: delayed(v, slot.shape[0]),
});

interface DescriptionManner extends Pick<JudgeManner, 'slotOf'>, Pick<Unexplained, 'constants'> {
  readonly views?: Views | undefined;
  /** Whether an array differs. If it does, it is not used to describe other results of its stage. */
  readonly isWrong: (key: string) => boolean;
}

/** The inverse of {@link inUnit}. */
const toJudged = ({ unit = 1 }: Slot, v: Floats): Floats =>
  unit === 1 ? v : Float64Array.from(v, (value) => value * unit);

/** A piece of an array, and one of its samples that differs. */
type DescribedPiece = Pick<JudgedPiece, 'ball' | 'got' | 'base'> & { readonly sample?: number };

/** @param run a replay of the step on the samples of the piece */
export function unexplainedOf(
  run: Replay,
  stage: Stage,
  place: Slot,
  { ball, got, base, sample }: DescribedPiece,
  manner: DescriptionManner,
): Unexplained {
  const { slotOf, isWrong, constants } = manner;
  const { spikes, compared, potential }: NeuronStage['keys'] = stage.kind === 'neuron' ? stage.keys : {};
  const known = (key: string): Known[] => {
    const [its, there] = [slotOf(key), run.there.get(key)];
    return its && there ? [{ slot: its, v: inUnit(its, there.v) }] : [];
  };
  const read = new Set(stage.reads);
  for (const key of read)
    if (!run.there.has(key)) for (const each of run.makerOf(key)?.reads ?? []) read.add(each);
  // Small arrays come first, because they are simpler causes.
  const sizeOf = ({ slot: { shape } }: Known): number => shape.reduce((a, b) => a * b, 1);
  const inputs = [...read].flatMap(known).sort((a, b) => sizeOf(a) - sizeOf(b));
  // `later` has the arrays that depend on this one, and thus cannot describe it.
  const later = new Set([place.key]);
  for (const key of later)
    for (const { reads, writes } of run.computation.stages)
      if (reads.includes(key)) for (const each of writes) later.add(each);
  // Two wrong results of one kind of stage in a layer, neither read by the other, would only describe each other, unless one
  // array was recorded as both. Potentials may rightly be the same before and after a step.
  const isSame = (v: Values | undefined): boolean =>
    stage.kind !== 'neuron' && got.every((each: number, i: number) => each === v?.[i]);
  const isPeer = (key: string): boolean =>
    run.makerOf(key)?.stage === stage.stage &&
    slotOf(key)?.n === place.n &&
    !read.has(key) &&
    !isSame(run.there.get(key)?.v);
  // The compared potentials may describe the spikes of their stage, even if these potentials are wrong. The potentials after
  // the spikes follow from these.
  const isFree = (key: string): boolean =>
    !later.has(key) &&
    !(place.isSpikes && key === potential && run.there.has(compared ?? '')) &&
    !(isPeer(key) && isWrong(key) && !(place.isSpikes && key === compared));
  const recurrent =
    stage.kind === 'neuron' && place.axes[0] === 'step' ? [place.key, spikes ?? '', compared ?? ''] : [];
  /** The compared potentials minus the current of the step. */
  const without = ({ slot: its, v }: Known): Known[] =>
    known(stage.reads[0]).map(({ slot: { key }, v: x }) => ({
      slot: { ...its, key: `${its.key} − ${key}` },
      v: v.map((u, i) => u - x[i]),
    }));
  // An estimate of the work for arrays that lie between the supplied ones and this one.
  const longest = read.size > stage.reads.length ? 100 * Math.max(0, ...inputs.map(({ v }) => v.length)) : 0;
  let spent = 0;
  const make = (values: readonly Floats[]): Floats | undefined => {
    spent += got.length * (stage.kind === 'sum' ? stage.roundings : 40) + longest;
    if (spent > mostWork) return undefined;
    const there = new Map(
      [...read].flatMap((key) => (run.there.has(key) ? [[key, run.ball(key)] as const] : [])),
    );
    for (const [k, { slot: its }] of inputs.entries()) there.set(its.key, { v: toJudged(its, values[k]) });
    try {
      const args = new Replay(run.computation, there, unbounded).arguments(stage);
      const results = valuesOf(stage, args, real, run.followed(stage));
      return inUnit(place, results[stage.writes.indexOf(place.key)].v);
    } catch (error) {
      // A change may move an index out of range, or leave a decision open.
      if (error instanceof RangeError || error instanceof Missing) return undefined;
      throw error;
    }
  };
  const others = [...run.there.keys()].filter(isFree).flatMap(known);
  const lengths = new Set([got, ...inputs.map(({ v }) => v)].map(({ length }) => length));
  const isPart = stage.by && sample !== undefined && run.computation.B > 1;
  const subject: Unexplained = {
    // Input spikes may be negative, so their slot does not declare them as spikes.
    slot: { ...place, isSpikes: place.isSpikes || stage.stage === 'encode' },
    expected: { ...ball, v: inUnit(place, ball.v), r: inUnit(place, ball.r) },
    got: inUnit(place, got),
    base,
    constants,
    inputs,
    make,
    isSum: stage.kind === 'sum',
    follows: decidedBy(),
    sample: isPart ? ofSample(run.of({ from: sample, count: 1 })) : undefined,
    others: [
      ...others,
      ...[...new Set(recurrent)].flatMap(known).map(stepBefore),
      ...(place.isSpikes ? known(compared ?? '').flatMap(without) : []),
      ...others.flatMap(reduced),
      ...(stage.by ? [] : [place, ...inputs.map(({ slot: its }) => its)].flatMap(ofSamples)),
    ],
  };
  const isSeen = stage.kind === 'neuron' && (place.key === compared || place.key === potential);
  const byStep = isSeen ? [stepView(run, stage, subject, place.key === potential)] : [];
  const views: readonly View[] = [['', subject], ...byStep];
  return { ...subject, views: manner.views?.(run, stage, { ...subject, views }) ?? views };

  /** The key of the recorded potentials that were compared, if each spike is what it should be for them. */
  function decidedBy(): string | undefined {
    if (stage.kind !== 'neuron' || !stage.sends || stage.late || !place.isSpikes) return undefined;
    const { size, sends, slack = () => 0 } = stage;
    const u = run.supplied(compared ?? '')?.v;
    const isRight = (o: number, k: number): boolean =>
      [-1, 0, 1].some((side) => u && sends(u[k] + side * slack(k % size), k % size) === o);
    return got.every(isRight) ? compared : undefined;
  }

  /** Smaller arrays made from an array with steps: its last step, its largest and smallest numbers, and sums of most steps. */
  function reduced({ slot: its, v }: Known): Known[] {
    const [T, ...shape] = its.shape;
    const size = v.length / T;
    if (its.axes[0] !== 'step' || !lengths.has(size)) return [];
    const over = (of: (a: number, b: number, t: number) => number): Floats => {
      const all = Float64Array.from(v.subarray(0, size));
      for (let i = size; i < v.length; i++) all[i % size] = of(all[i % size], v[i], Math.floor(i / size));
      return all;
    };
    const all = {
      'the last step of _': (_: number, b: number) => b,
      'the largest step of _': (a: number, b: number) => Math.max(a, b),
      'the smallest step of _': (a: number, b: number) => Math.min(a, b),
      'the sum of _ without the first step': (a: number, b: number, t: number) => (t === 1 ? b : a + b),
      'the sum of _ without the last step': (a: number, b: number, t: number) => (t === T - 1 ? a : a + b),
    };
    return entriesOf(all).map(([says, of]) => ({
      slot: { ...its, key: says.replace('_', its.key), shape, axes: its.axes.slice(1), isSpikes: false },
      v: over(of),
    }));
  }

  /** For an array that is a sum of one part per sample: statistics of these parts. */
  function ofSamples(its: Slot): Known[] {
    const { B, axesOf } = run.computation;
    const maker = run.makerOf(its.key);
    const isAdded = maker?.kind === 'sum' && !maker.by && maker.reads.some((key) => axesOf(key) === 'B');
    if (!isAdded || B === 1 || B * got.length * maker.roundings > mostWork) return [];
    const partOf = (from: number): Floats | undefined => {
      const part = run.of({ from, count: 1 });
      return ifComputable(() => part.results(part.makerOf(its.key)!)[0].v); // `part` has the same stages
    };
    const parts = range(B).flatMap((from) => partOf(from) ?? []);
    if (parts.length < B) return [];
    return entriesOf(statistics).map(([says, of]) => ({
      slot: { ...its, key: `${says} the samples’ ${its.key}` },
      v: parts[0].map((_, i) => of(parts.map((part) => part[i]))),
    }));
  }

  function ofSample(part: Replay): Unexplained {
    const its = part.computation.stages.find(({ id }) => id === stage.id)!; // `part` has the same stages
    const piece = { ball: part.results(its)[its.writes.indexOf(place.key)], got: part.ball(place.key).v };
    return unexplainedOf(part, its, place, piece, manner);
  }
}

/**
 * A view of potentials, computed from the recorded potentials of the step before. With `isAfter`, they are those after each
 * step; otherwise, those that are compared with the threshold. Its inputs have one more step, after the last: the state before
 * the first step.
 */
function stepView(run: Replay, stage: NeuronStage, subject: Unexplained, isAfter: boolean): View {
  const { T, size, late = 0, reads, leaves, sends } = stage;
  const { slot, got } = subject;
  const { spikes } = run.followed(stage);
  const x = run.ball(reads[0]).v;
  const [map, length] = [x.length / T, x.length + x.length / T];
  const rowOf = (t: number): number => ((t + T + 1) % (T + 1)) * map;
  let spent = 0;
  const zeros = new Float64Array(map);
  const withStart = (v: Values, start: Floats = zeros): Float64Array =>
    Float64Array.from({ length }, (_, i) => v[i] ?? start[i % size]);
  const sentOwn = spikes && withStart(spikes);
  /** All steps, each from the recorded potentials and spikes of the step before. */
  const stepped = (current: Floats, before: Floats, sent: Floats | undefined): Float64Array => {
    const v = new Float64Array(x.length);
    for (let b = 0; b < map / size; b++) {
      const state = stage.begin(real);
      // A step without current, before the first, takes the state into account.
      for (let t = -1; t < T; t++) {
        const from = t * map + b * size;
        const [its, fired] = [t, t + late].map((step) => rowOf(step) + b * size);
        const decide = (u: number, i: number, o: number): number => {
          if (!isAfter && t >= 0) v[from + i] = u;
          if (!isAfter) state['u'][i] = before[its + i];
          return (t + late < T ? sent?.[fired + i] : undefined) ?? (t < 0 ? 0 : o);
        };
        stage.step(state, t < 0 ? zeros.subarray(0, size) : current.subarray(from, from + size), decide, t);
        if (!isAfter) continue;
        if (t >= 0) v.set(state['u'], from);
        state['u'].set(before.subarray(its, its + size));
      }
    }
    return v;
  };
  const make = ([current, potential, fired, all]: readonly Floats[]): Floats | undefined => {
    const isState = all !== both;
    const before = isState ? all.subarray(0, length) : potential;
    const sent = isState ? all.subarray(length) : fired;
    spent += 10 * x.length;
    if (spent > mostWork) return undefined;
    const isWhole = !sent || sent === sentOwn;
    const v = stepped(current, before, isWhole ? sent : sent.map((o) => Number(o !== 0)));
    if (isWhole) return v;
    // Numbers other than 0 and 1 multiply the reset, as in the factor (1 − o) of u.
    const kept = stepped(current, before, sent.slice().fill(0));
    const lag = (isAfter && leaves?.(1, 0, 0) !== leaves?.(1, 0, 1) ? 0 : 1) - late;
    return v.map((u, i) => {
      const o = sent[(i - lag * map + length) % length];
      return o === 0 || o === 1 ? u : kept[i] + o * (u - kept[i]);
    });
  };
  const named = (key: string, v: Floats, [T0, ...shape] = slot.shape): Known => ({
    slot: { ...slot, key, shape: [v.length / (x.length / T0), ...shape] },
    v,
  });
  /** Potentials and spikes as one array, so that a change affects both alike. */
  const stateOf = (what: string, potentials: Floats, its: Floats): Known => ({
    slot: { ...slot, key: what, shape: [2, T + 1, ...slot.shape.slice(1)], axes: ['part', ...slot.axes] },
    v: Float64Array.from([...potentials, ...its]),
  });
  const own = withStart(got, stage.begin(real)['u']);
  const inputs = [
    named('what enters', x),
    named('the potential before', own),
    ...(sentOwn ? [named('the spikes before', sentOwn), stateOf('the state before', own, sentOwn)] : []),
  ];
  const both = inputs.at(3)?.v;
  /** Arrays as they may stand in place of the state before: those of the step before, and of other layers those of the same step. */
  const others = subject.others.flatMap(({ slot: its, v }): Known[] => {
    if (v.length !== x.length || its.axes[0] !== 'step') return [];
    const isState = !isAfter && late === 0 && sends && its.key === slot.key.replace(/\d+/, String(its.n));
    const all = its.n === slot.n ? [''] : ['', ' of the same step'];
    return all.flatMap((when) => {
      const u =
        when === '' ? withStart(v) : Float64Array.from([...v.subarray(map), ...zeros, ...v.subarray(0, map)]);
      const sent = isState && u.map((each, i) => sends(each, i % size));
      return [
        ...(sent ? [stateOf(`the state of layer ${its.n}${when}`, u, sent)] : []),
        named(`${its.key}${when}`, u),
      ];
    });
  });
  const v = make(inputs.map((input) => input.v))!; // the first call is within `mostWork`
  // Bounds the rounding of recorded currents and potentials to binary32.
  const r = Float64Array.from(v, (_, i) => 2 ** -21 * (Math.abs(x[i]) + Math.abs(got[i - map] ?? 0)));
  const says = 'of the potential before each step, ';
  return [
    says,
    {
      ...subject,
      sample: subject.sample?.views?.find(([each]) => each === says)?.[1],
      expected: { v, r },
      inputs,
      make,
      others: [...subject.others, ...others],
    },
  ];
}
