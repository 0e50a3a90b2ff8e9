/** Stage neuron of a layer: x → u as it is compared, u as it is shown, o. */
import type { Floats } from '../../../spec/arithmetic.ts';
import { neuronsOf, type Layer } from '../../../spec/network.ts';
import type { Interval } from '../interval.ts';
import { keyOf } from '../keys.ts';
import type { Arithmetic, StagePart, Setting } from '../stagePart.ts';
import { slice, take } from '../slices.ts';
import { summed } from './current.ts';
import { comparedRadius, isOpen, shownRadius, type Instant } from './potentialRadius.ts';

/** What a layer makes in the whole window, for all samples; radii are empty where nobody asked. */
interface Tracks {
  readonly u: Floats;
  readonly compared: Floats;
  readonly o: Floats;
  readonly uRadius: Float64Array;
  readonly comparedRadius: Float64Array;
  readonly oRadius: Float64Array;
  readonly open: Uint8Array;
}

export function neuronPart(setting: Setting, layer: Layer): StagePart {
  const { network, B, precision, variant, semantics } = setting;
  const { n } = layer;
  const { T } = network;
  const size = neuronsOf(layer.output);
  const integrates = layer.isOutput && !layer.spikes;
  const current = keyOf(n, 'current');
  const [potential, end] = [keyOf(n, 'potential'), keyOf(n, 'potential.end')];
  const [spikes, compared] = [keyOf(n, 'spikes'), keyOf(n, 'compared')];
  return {
    id: `neuron.${n}`,
    stage: 'neuron',
    n,
    inputs: [current],
    outputs: outputs(),
    ...(integrates && { hints: summed.hints(n) }),
    run(inputs, manner) {
      const out = emptyTracks(manner);
      const x = integrates ? summed.of(inputs, n) : take(inputs, current);
      for (let b = 0; b < B; b++) runSample(x, b, out, manner);
      return intervals(out, manner);
    },
  };

  function outputs(): string[] {
    if (layer.kind.silent) return [spikes];
    if (!layer.spikes) return [potential, end];
    return [compared, potential, end, ...(layer.isOutput ? [] : [spikes])];
  }

  function emptyTracks({ bounds }: Arithmetic): Tracks {
    const make = () => precision.array(T * B * size);
    const radii = () => new Float64Array(bounds ? T * B * size : 0);
    return {
      u: make(),
      compared: make(),
      o: make(),
      uRadius: radii(),
      comparedRadius: radii(),
      oRadius: radii(),
      open: new Uint8Array(bounds && !layer.isOutput ? T * B * size : 0),
    };
  }

  /** One sample through the window. */
  function runSample(x: Interval, b: number, out: Tracks, manner: Arithmetic): void {
    const [u, o] = [precision.array(size), precision.array(size)];
    const radius = new Float64Array(size);
    for (let t = 0; t < T; t++) {
      const from = (t * B + b) * size;
      const xt = slice(x.value, t * B + b, size, precision);
      const xRadius = x.radius?.subarray(from, from + size);
      const before: Instant = { shown: u.slice(), radius, o, x: xt, xRadius };
      semantics.applyLayerNeuron(u, o, xt, layer, variant, (seen, i, fires) => {
        if (manner.bounds)
          out.comparedRadius[from + i] = radius[i] = comparedRadius(before, i, seen, layer, variant);
        return decide(out, from + i, seen, fires, manner);
      });
      out.u.set(u, from);
      if (!layer.spikes) out.o.set(o, from);
      if (!manner.bounds) continue;
      if (layer.isOutput && !layer.spikes)
        for (let i = 0; i < size; i++) radius[i] = comparedRadius(before, i, u[i], layer, variant);
      if (layer.kind.silent && xRadius) out.oRadius.set(xRadius, from);
      for (let i = 0; i < size; i++) radius[i] = leftRadius(out, from + i, radius[i], u[i], o[i]);
      out.uRadius.set(radius, from);
    }
  }

  /** What a neuron is expected to do, is written down; what it goes on with is returned. */
  function decide(
    out: Tracks,
    at: number,
    seen: number,
    fires: boolean,
    { bounds, follow, branch }: Arithmetic,
  ): boolean {
    const theirs = follow.get(spikes);
    const open = bounds && isOpen(seen, out.comparedRadius[at], layer, variant);
    const taken = theirs ? theirs[at] !== 0 : fires;
    out.compared[at] = seen;
    out.o[at] = (open ? taken : fires) ? 1 : 0;
    if (open) out.open[at] = 1;
    if (open && !theirs) out.oRadius[at] = 1;
    return open || branch === 'all' ? taken : fires;
  }

  /** The radius of u after the step. */
  function leftRadius(out: Tracks, at: number, radius: number, shown: number, o: number): number {
    const seen = layer.spikes ? out.compared[at] : shown;
    // The spike is open, and nobody's branch was followed.
    if (layer.spikes && out.oRadius[at] > 0) return radius + 2 * Math.abs(seen);
    return shownRadius(radius, seen, o !== 0 ? shown : undefined, layer, variant);
  }

  function intervals(out: Tracks, { bounds }: Arithmetic): Map<string, Interval> {
    const radius = (values: Float64Array) =>
      bounds && values.some((value) => value > 0) ? values : undefined;
    const made = new Map<string, Interval>();
    const last = (T - 1) * B * size;
    const uRadius = radius(out.uRadius);
    if (!layer.kind.silent) {
      made.set(potential, { value: out.u, radius: uRadius });
      made.set(end, { value: out.u.slice(last), radius: uRadius?.slice(last) });
    }
    if (layer.spikes) made.set(compared, { value: out.compared, radius: radius(out.comparedRadius) });
    const open = out.open.includes(1) ? out.open : undefined;
    if (!layer.isOutput) made.set(spikes, { value: out.o, radius: radius(out.oRadius), open });
    return made;
  }
}
