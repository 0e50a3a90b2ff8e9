/** Stage neuron of a layer: x → u as it is compared, u as it is shown, o. */
import type { Floats } from '../../../spec/arithmetic.ts';
import { neuronsOf, type Layer } from '../../../spec/network.ts';
import { orNone, type Interval, type Values } from '../interval.ts';
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
      const x = integrates ? summed.of(inputs, n) : take(inputs, current);
      const neurons = new Neurons(setting, layer, manner);
      for (const b of range(setting.B)) neurons.runSample(x, b);
      return neurons.intervals();
    },
  };
}

function outputsOf({ n, kind, spikes }: Layer): string[] {
  if (kind.silent) return [keyOf(n, 'spikes')];
  const potentials = [keyOf(n, 'potential'), keyOf(n, 'potential.end')];
  if (!spikes) return potentials;
  return [keyOf(n, 'compared'), ...potentials, keyOf(n, 'spikes')];
}

/** What a layer's neurons make in the whole window, for all samples; radii are empty where nobody asked. */
class Neurons {
  private readonly setting: Setting;
  private readonly layer: Layer;
  private readonly manner: Arithmetic;
  private readonly theirs: Values | undefined;
  private readonly size: number;
  private readonly u: Floats;
  private readonly compared: Floats;
  private readonly o: Floats;
  private readonly uRadius: Float64Array;
  private readonly comparedRadius: Float64Array;
  private readonly oRadius: Float64Array;
  private readonly open: Uint8Array;

  constructor(setting: Setting, layer: Layer, manner: Arithmetic) {
    this.setting = setting;
    this.layer = layer;
    this.manner = manner;
    this.theirs = manner.follow.get(keyOf(layer.n, 'spikes'));
    this.size = neuronsOf(layer.output);
    const all = setting.network.T * setting.B * this.size;
    const bounded = manner.bounds ? all : 0;
    this.u = setting.precision.array(all);
    this.compared = setting.precision.array(all);
    this.o = setting.precision.array(all);
    this.uRadius = new Float64Array(bounded);
    this.comparedRadius = new Float64Array(bounded);
    this.oRadius = new Float64Array(bounded);
    this.open = new Uint8Array(layer.spikes ? bounded : 0);
  }

  /** One sample through the window. */
  runSample(x: Interval, b: number): void {
    const { network, B, precision, variant, semantics } = this.setting;
    const { layer, size } = this;
    const [u, o] = [precision.array(size), precision.array(size)];
    const radius = new Float64Array(size);
    for (const t of range(network.T)) {
      const from = (t * B + b) * size;
      const xt = slice(x.value, t * B + b, size, precision);
      const xRadius = x.radius?.subarray(from, from + size);
      const before: Instant = { shown: u.slice(), radius, o, x: xt, xRadius };
      semantics.applyLayerNeuron(u, o, xt, layer, variant, (seen, i, fires) => {
        if (this.manner.bounds)
          this.comparedRadius[from + i] = radius[i] = comparedRadius(before, i, seen, layer, variant);
        return this.decide(from + i, seen, fires);
      });
      this.u.set(u, from);
      if (!layer.spikes) this.o.set(o, from);
      if (this.manner.bounds) this.applyRadii(before, u, from);
    }
  }

  /** What a neuron is expected to do, is written down; what it goes on with is returned. */
  private decide(at: number, seen: number, fires: boolean): boolean {
    const { theirs } = this;
    const { bounds, branch } = this.manner;
    const open = bounds && isOpen(seen, this.comparedRadius[at], this.layer, this.setting.variant);
    const taken = theirs ? theirs[at] !== 0 : fires;
    this.compared[at] = seen;
    this.o[at] = (open ? taken : fires) ? 1 : 0;
    if (open) this.open[at] = 1;
    if (open && !theirs) this.oRadius[at] = 1;
    return open || branch === 'all' ? taken : fires;
  }

  /** The radii after a step, into that of u of the step before; o is that of this step. */
  private applyRadii(step: Instant, u: Floats, from: number): void {
    const { layer } = this;
    const { radius, o, xRadius } = step;
    if (layer.kind.silent && xRadius) this.oRadius.set(xRadius, from);
    const integrates = !sendsOn(layer);
    for (let i = 0; i < u.length; i++) {
      if (integrates) radius[i] = comparedRadius(step, i, u[i], layer, this.setting.variant);
      radius[i] = this.leftRadius(from + i, radius[i], u[i], o[i]);
    }
    this.uRadius.set(radius, from);
  }

  /** The radius of u after the step. */
  private leftRadius(at: number, radius: number, shown: number, o: number): number {
    const { layer } = this;
    const seen = layer.spikes ? this.compared[at] : shown;
    // The spike is open, and nobody's branch was followed.
    if (layer.spikes && this.oRadius[at] > 0) return radius + 2 * Math.abs(seen);
    return shownRadius(radius, seen, o !== 0 ? shown : undefined, layer, this.setting.variant);
  }

  intervals(): Map<string, Interval> {
    const { n, kind, spikes } = this.layer;
    const made = new Map<string, Interval>();
    const last = this.u.length - this.setting.B * this.size;
    if (!kind.silent) {
      const radius = orNone(this.uRadius);
      made.set(keyOf(n, 'potential'), { value: this.u, radius });
      made.set(keyOf(n, 'potential.end'), { value: this.u.slice(last), radius: radius?.slice(last) });
    }
    if (spikes) made.set(keyOf(n, 'compared'), { value: this.compared, radius: orNone(this.comparedRadius) });
    const open = this.open.includes(1) ? this.open : undefined;
    if (sendsOn(this.layer))
      made.set(keyOf(n, 'spikes'), { value: this.o, radius: orNone(this.oRadius), open });
    return made;
  }
}
