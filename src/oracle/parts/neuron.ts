/** Stage neuron of a layer: x → u as it is compared, u as it is shown, o. */
import type { Floats } from '../../../spec/arithmetic.ts';
import { neuronsOf, type Layer } from '../../../spec/network.ts';
import { orNone, type Interval } from '../interval.ts';
import { keyOf, sendsOn } from '../keys.ts';
import type { Arithmetic, StagePart, Setting } from '../stagePart.ts';
import { range, slice, take } from '../slices.ts';
import { summed } from './current.ts';
import { comparedRadius, isOpen, shownRadius, type Instant } from './potentialRadius.ts';

export function neuronPart(setting: Setting, layer: Layer): StagePart {
  const { n } = layer;
  const integrates = !sendsOn(layer);
  const current = keyOf(n, 'current');
  return {
    id: `neuron.${n}`,
    stage: 'neuron',
    n,
    inputs: [current],
    outputs: outputsOf(layer),
    ...(integrates && { hints: summed.hints(n) }),
    run(inputs, manner) {
      return windowOf(setting, layer, manner, integrates ? summed.of(inputs, n) : take(inputs, current));
    },
  };
}

function outputsOf({ n, kind, spikes }: Layer): string[] {
  if (kind.silent) return [keyOf(n, 'spikes')];
  const potentials = [keyOf(n, 'potential'), keyOf(n, 'potential.end')];
  if (!spikes) return potentials;
  return [keyOf(n, 'compared'), ...potentials, keyOf(n, 'spikes')];
}

/** What a layer's neurons make of currents in the whole window, for all samples; radii are empty where nobody asked. */
function windowOf(setting: Setting, layer: Layer, manner: Arithmetic, x: Interval): Map<string, Interval> {
  const { network, B, precision, variant, semantics } = setting;
  const { n, kind, spikes } = layer;
  const { bounds, branch } = manner;
  const theirs = manner.follow.get(keyOf(n, 'spikes'));
  const integrates = !sendsOn(layer);
  const size = neuronsOf(layer.output);
  const all = network.T * B * size;
  const bounded = bounds ? all : 0;
  const [us, seenUs, os] = [precision.array(all), precision.array(all), precision.array(all)];
  const [uRadii, seenRadii, oRadii] = [0, 1, 2].map(() => new Float64Array(bounded));
  const opens = new Uint8Array(spikes ? bounded : 0);
  for (const b of range(B)) runSample(b);

  const made = new Map<string, Interval>();
  if (!kind.silent) {
    const [radius, last] = [orNone(uRadii), all - B * size];
    made.set(keyOf(n, 'potential'), { value: us, radius });
    made.set(keyOf(n, 'potential.end'), { value: us.slice(last), radius: radius?.slice(last) });
  }
  if (spikes) made.set(keyOf(n, 'compared'), { value: seenUs, radius: orNone(seenRadii) });
  const open = opens.includes(1) ? opens : undefined;
  if (!integrates) made.set(keyOf(n, 'spikes'), { value: os, radius: orNone(oRadii), open });
  return made;

  /** One sample through the window. */
  function runSample(b: number): void {
    const [u, o] = [precision.array(size), precision.array(size)];
    const radius = new Float64Array(size);
    for (const t of range(network.T)) {
      const from = (t * B + b) * size;
      const xt = slice(x.value, t * B + b, size, precision);
      const xRadius = x.radius?.subarray(from, from + size);
      const before: Instant = { shown: u.slice(), radius, o, x: xt, xRadius };
      semantics.applyLayerNeuron(u, o, xt, layer, variant, (seen, i, fires) => {
        if (bounds) seenRadii[from + i] = radius[i] = comparedRadius(before, i, seen, layer, variant);
        return decide(from + i, seen, fires);
      });
      us.set(u, from);
      if (!spikes) os.set(o, from);
      if (bounds) applyRadii(before, u, from);
    }
  }

  /** What a neuron is expected to do, is written down; what it goes on with is returned. */
  function decide(at: number, seen: number, fires: boolean): boolean {
    const isOpenHere = bounds && isOpen(seen, seenRadii[at], layer, variant);
    const taken = theirs ? theirs[at] !== 0 : fires;
    seenUs[at] = seen;
    os[at] = (isOpenHere ? taken : fires) ? 1 : 0;
    if (isOpenHere) opens[at] = 1;
    if (isOpenHere && !theirs) oRadii[at] = 1;
    return isOpenHere || branch === 'all' ? taken : fires;
  }

  /** The radii after a step, into that of u of the step before; o is that of this step. */
  function applyRadii(step: Instant, u: Floats, from: number): void {
    const { radius, o, xRadius } = step;
    if (kind.silent && xRadius) oRadii.set(xRadius, from);
    u.forEach((shown, i) => {
      if (integrates) radius[i] = comparedRadius(step, i, shown, layer, variant);
      radius[i] = leftRadius(from + i, radius[i], shown, o[i]);
    });
    uRadii.set(radius, from);
  }

  /** The radius of u after the step. */
  function leftRadius(at: number, radius: number, shown: number, o: number): number {
    const seen = spikes ? seenUs[at] : shown;
    // The spike is open, and nobody's branch was followed.
    if (spikes && oRadii[at] > 0) return radius + 2 * Math.abs(seen);
    return shownRadius(radius, seen, o !== 0 ? shown : undefined, layer, variant);
  }
}
