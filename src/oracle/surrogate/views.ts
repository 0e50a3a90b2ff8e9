/** The views of an array that differs: arrays that may be described in its place. They follow from recorded arrays. */
import type { Floats } from '../../../spec/arithmetic.ts';
import { computeFactors, computeSlopes, neuronAt } from '../../../spec/surrogateGradient.ts';
import { largest, medianOf, range } from '../../engine/rounding.ts';
import { Replay } from '../../engine/run.ts';
import type { Stage } from '../../engine/stage.ts';
import { stepBefore, unexplainedOf } from '../describe.ts';
import type { Slot } from '../judge.ts';
import { byInput } from '../relations/pullBack.ts';
import type { Known, Unexplained, View } from '../relations/search.ts';
import { placesOf } from './file.ts';
import { currentOf, dEnters, enters, hasSynapse, keyOf, potentialOf, type SurrogateModel } from './model.ts';
import { comesBack, currentsShown, gradientsShown } from './shown.ts';

/** The views of an array that differs; undefined if it is described by its inputs alone. */
export function viewsOf(
  model: SurrogateModel,
  run: Replay,
  stage: Stage,
  subject: Unexplained,
): readonly View[] | undefined {
  const [what] = stage.id.split('.');
  if (subject.slot.isSpikes) return [['', spikesOf(run, subject)]];
  if (what === 'gradient') return lossViews(model, run, stage, subject);
  if (what === 'neuron') return currentViews(model, run, stage, subject);
  if (what === 'backward') return gradientViews(model, run, stage, subject);
  const winners = stage.reads.find((key) => key.includes('.winners.'));
  return winners
    ? [
        ['', subject],
        ['', withKnown(run, stage, subject, winners)],
      ]
    : undefined;
}

/**
 * Spikes, which may also follow from the potential of the step before. If one of the numbers is not whole, they do not count
 * as spikes.
 */
function spikesOf(run: Replay, subject: Unexplained): Unexplained {
  const { slot, got, others } = subject;
  const isSpikes = got.every((each: number) => Number.isInteger(each));
  const u = run.there.get(keyOf(slot.n, 'mem'))?.v;
  const before = u ? [stepBefore({ slot: { ...slot, key: keyOf(slot.n, 'mem') }, v: u })] : [];
  // The spikes that come back are these spikes themselves.
  const own = others.filter((each) => each.slot.key !== keyOf(slot.n, 'back'));
  return { ...subject, slot: { ...slot, isSpikes }, others: [...own, ...before] };
}

/** The subject, to be described by the array of `key`, which the run computed because it was not recorded. */
function withKnown(run: Replay, stage: Stage, subject: Unexplained, key: string): Unexplained {
  const made = run.find(key)!; // the stage read it
  const { slot, expected: ball, got, constants } = subject;
  const places = new Map(subject.inputs.map((input) => [input.slot.key, input.slot]));
  const own: Slot =
    made.v.length === got.length
      ? { ...slot, key }
      : { ...slot, key, shape: slot.shape.slice(1), axes: slot.axes.slice(1) };
  return unexplainedOf(
    new Replay(run.computation, new Map([...run.there, [key, { v: made.v }]])),
    stage,
    slot,
    { ball, got },
    {
      slotOf: (each) => (each === key ? own : places.get(each)),
      isWrong: () => false,
      constants,
    },
  );
}

/**
 * The views of the gradient of a loss. An edit of what the loss reads also edits the gradient, by the chain rule
 * (`pullBack.ts`).
 */
function lossViews(model: SurrogateModel, run: Replay, stage: Stage, subject: Unexplained): View[] {
  const read = withKnown(run, stage, subject, 'loss.read');
  const z = keyOf(stage.n, model.loss?.on === 'spikes' ? 'spikes' : 'mem');
  const by = (each: Unexplained, key: string): Unexplained => {
    const j = each.inputs.findIndex(({ slot }) => slot.key === key);
    return { ...(j < 0 ? each : byInput(each, j)), isSum: false };
  };
  return [
    ['', by(subject, z)],
    ['', by(read, 'loss.read')],
  ];
}

/** Potentials, and the currents that would have made them. */
function currentViews(
  model: SurrogateModel,
  run: Replay,
  { n }: Stage,
  subject: Unexplained,
): readonly View[] | undefined {
  const entry = model.layers[n - 1];
  const key = enters(entry);
  const place = placesOf(model).get(key);
  const stage = run.makerOf(key);
  const shown =
    subject.slot.key === keyOf(n, 'mem')
      ? currentsShown(model, entry, (each) => run.find(each)?.v)
      : undefined;
  if (!place || !stage || !shown || run.there.has(key)) return undefined;
  const { v, r } = run.ball(key);
  const ball = { v: Float64Array.from(v), r: new Float64Array(v.length) };
  const got = shown.x.map((each, i) => {
    const { λ, g } = neuronAt(entry.layer, i);
    ball.r[i] = Number.isNaN(each)
      ? Infinity
      : (r?.[i] ?? 0) + (2 ** -20 * (Math.abs(subject.got[i]) + λ)) / g;
    return Number.isNaN(each) ? v[i] : each;
  });
  const slotOf = (each: string): Slot | undefined =>
    placesOf(model).get(each) ?? subject.inputs.find(({ slot }) => slot.key === each)?.slot;
  const view = unexplainedOf(
    run,
    stage,
    place,
    { ball, got },
    { slotOf, isWrong: () => false, constants: subject.constants },
  );
  const [own, ...others] = subject.views ?? [['', subject] as const];
  return [
    own,
    ['of the current, ', { ...view, isSum: true }],
    ...others,
    ...synapseViews(model, run, shown, subject),
  ];
}

/** The synaptic currents, each computed from that of the step before. */
function synapseViews(
  { layers }: SurrogateModel,
  run: Replay,
  { I, x }: { readonly I: Float64Array; readonly x: Float64Array },
  subject: Unexplained,
): View[] {
  const entry = layers[subject.slot.n - 1];
  if (!hasSynapse(entry)) return [];
  const arrived = run.ball(enters(entry)).v;
  const { layer } = entry;
  const v = I.map((each, i) => each + neuronAt(layer, i).a * (arrived[i] - x[i]));
  const r = v.map((each) => (Number.isNaN(each) ? Infinity : 2 ** -18 * (1 + Math.abs(each))));
  const [expected, got] = [v, I].map((all) => all.map((each, i) => (Number.isNaN(v[i]) ? 0 : each)));
  const key = 'the current of the synapse';
  const inputs = [{ slot: { ...subject.slot, key: 'what enters' }, v: arrived }];
  return [
    [
      `of ${key} from the step before, `,
      {
        ...subject,
        slot: { ...subject.slot, key },
        expected: { v: expected, r },
        got,
        inputs,
        make: undefined,
        views: undefined,
      },
    ],
  ];
}

/**
 * The views of a wrong ∂L/∂x: the slope s, or the factor P on ∂L/∂u of the next step; ∂L/∂x of each step, computed from the recorded ∂L/∂x of the next
 * step; the gradient that s multiplies; ∂L/∂u from the loss or, if no loss reads the layer, what is added to it; and ∂L/∂x itself.
 */
function gradientViews(
  model: SurrogateModel,
  run: Replay,
  stage: Stage,
  subject: Unexplained,
): readonly View[] | undefined {
  const { n } = stage;
  const entry = model.layers[n - 1];
  const find = (key: string): Floats | undefined => run.find(key)?.v;
  const [s, P] = ['slopes', 'P'].map((what) => run.find(keyOf(n, what)));
  const y = find(keyOf(n, 'distance'));
  const shown = stage.id === `backward.${n}` ? gradientsShown(model, stage, find) : undefined;
  if (!shown || !s || !P || !y) return undefined;
  const { layer } = entry;
  const map = model.B * layer.size;
  const named = (key: string, v: Floats): Known => ({ slot: { ...subject.slot, key }, v });
  const [slopes, distances] = [named('s', s.v), named('u − θ', y)];
  const dE = run.find(keyOf(n, 'dspikes'));
  const [E, all] = [
    named(keyOf(n, 'dspikes'), dE?.v ?? y.slice().fill(0)),
    named('the gradient of the steps', Float64Array.from([...shown.δ, ...new Float64Array(map)])),
  ];
  const [u, e, I] = [potentialOf(model, entry), keyOf(n, 'spikes'), currentOf(entry)].map((key) =>
    find(key)!,
  ); // `gradientsShown` has read them
  const others = [...subject.others, slopes, distances, stepBefore(named(keyOf(n, 'spikes'), e))];
  /** A value that the gradients do not determine is replaced by the expected one. */
  const seen = (
    expected: Floats,
    own: Floats | undefined,
    got: (i: number) => number,
    over: Floats,
  ): Partial<Unexplained> => {
    const [v, r] = [Float64Array.from(expected), new Float64Array(expected.length)];
    const [least, most] = [2 ** -24 * largest(over), medianOf(expected.filter((each) => each !== 0))];
    const values = v.map((each, i) => {
      const size = shown.size[i] + Math.abs(shown.δ[i] - shown.fixed[i]);
      // The terms that s multiplies may cancel.
      const lost = (dE?.r?.[i] ?? 0) + 2 ** -23 * (Math.abs(E.v[i]) + Math.abs(shown.next[i]));
      const slope = Math.max(Math.abs(s.v[i]), over === shown.times ? Math.abs(shown.s[i]) : 0);
      r[i] = (own?.[i] ?? 0) + (2 ** -20 * size + slope * lost) / Math.abs(over[i]);
      // A quotient by almost 0 says nothing. A 0 is shown if it is told from the other numbers.
      const isShown =
        Math.abs(over[i]) > least && r[i] < (Math.max(Math.abs(each), Math.abs(got(i))) || most) / 16;
      if (!isShown) r[i] = Infinity;
      return isShown ? got(i) : each;
    });
    return { expected: { v, r }, got: values };
  };
  const view = (says: string, more: Partial<Unexplained>): View => [
    says,
    { ...subject, others, sample: undefined, inputs: [], make: undefined, ...more },
  ];
  const ones = y.slice().fill(1);
  const expected = shown.fixed.map((each, i) => each + s.v[i] * shown.times[i]);
  const slopeView = view('of the slope s of the surrogate, ', {
    ...seen(s.v, s.r, (i) => shown.s[i], shown.times),
    inputs: [distances],
    make: ([values]) => computeSlopes(layer, values),
  });
  const factorView = view('of the factor on ∂L/∂u of the next step, ', {
    ...seen(P.v, P.r, (i) => P.v[i] + (shown.δ[i] - expected[i]) / shown.next[i], shown.next),
    inputs: [slopes, named('u', u), named(keyOf(n, 'spikes'), e)],
    make: ([values, potentials, spikes]) =>
      computeFactors(layer, [values, potentials, spikes, I], map, false).P,
  });
  const V = subject.inputs.filter(({ slot: { key } }) => key === keyOf(n, 'recurrent'));
  const fedBy = (weights: Floats | undefined): Floats =>
    weights ? comesBack(entry, find(dEnters(entry))!, weights, map) : zeros; // the stage writes this array
  const zeros = y.slice().fill(0);
  const fed = fedBy(V.at(0)?.v);
  const stepView = view('of each step from the step after, ', {
    ...seen(expected, undefined, (i) => shown.δ[i], ones),
    // The third input is δ, with one more step after the last, in which it is 0.
    inputs: [
      slopes,
      E,
      { ...all, slot: { ...all.slot, shape: [model.T + 1, ...all.slot.shape.slice(1)] } },
      ...V,
    ],
    make: ([values, its, δ, weights]) => {
      const back = fedBy(weights);
      return expected.map(
        (each, i) =>
          each +
          P.v[i] * (δ[i + map] - shown.next[i]) +
          values[i] * (its[i] + back[i]) -
          s.v[i] * (E.v[i] + fed[i]),
      );
    },
  });
  const F = layer.neuron.recorded === 'between' ? computeFactors(layer, [s.v, u, e, I], map, true).F : ones;
  const isRead = stage.reads.includes(keyOf(n, 'dmem'));
  const M = (isRead && find(keyOf(n, 'dmem'))) || zeros;
  const timesView = view(
    'of the gradient that s multiplies, ',
    seen(shown.times, undefined, (i) => (shown.δ[i] - shown.fixed[i]) / s.v[i], s.v),
  );
  const outerView = view(
    isRead && n === model.layers.length
      ? 'of ∂L/∂u from the loss, '
      : 'of a gradient that is added to ∂L/∂u, ',
    seen(M, undefined, (i) => M[i] + (shown.δ[i] - expected[i]) / F[i], F),
  );
  // The last step that has a gradient gets nothing from a later one. If it is right, the slopes count as right, and P is
  // described.
  const last = Math.floor(expected.reduce((found, each, i) => (each === 0 ? found : i), -1) / map);
  const isRight = range(map).every((k) => {
    const i = last * map + k;
    return last < 0 || Math.abs(shown.δ[i] - expected[i]) <= 2 ** -16 * shown.size[i];
  });
  return [isRight ? factorView : slopeView, stepView, timesView, outerView, ['', subject]];
}
