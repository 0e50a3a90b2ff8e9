/** Stage neuron of a layer: x → u as it is compared, u as it is shown, o. */
import type { Floats } from '../../../spec/arithmetic.ts';
import { neuronsOf, type Layer } from '../../../spec/network.ts';
import type { Ball } from '../ball.ts';
import { keyOf } from '../keys.ts';
import type { Manner, Part, Setting } from '../part.ts';
import { slice, take } from '../slices.ts';
import { comparedRadius, isOpen, shownRadius } from './potentialRadius.ts';

/** What a layer makes in the whole window, for all samples; radii are empty where nobody asked. */
interface Tracks {
  readonly u: Floats;
  readonly compared: Floats;
  readonly o: Floats;
  readonly uRadius: Float64Array;
  readonly comparedRadius: Float64Array;
  readonly oRadius: Float64Array;
  either: number;
}

export function neuronPart(setting: Setting, layer: Layer): Part {
  const { network, B, precision, variant, semantics } = setting;
  const { n } = layer;
  const { T } = network;
  const size = neuronsOf(layer.output);
  const current = keyOf(n, 'current');
  const [potential, end] = [keyOf(n, 'potential'), keyOf(n, 'potential.end')];
  const [spikes, compared] = [keyOf(n, 'spikes'), keyOf(n, 'compared')];
  return {
    id: `neuron.${n}`,
    stage: 'neuron',
    n,
    inputs: [current],
    outputs: outputs(),
    run(inputs, manner) {
      const out = emptyTracks(manner);
      for (let b = 0; b < B; b++) runSample(take(inputs, current), b, out, manner);
      return balls(out, manner);
    },
  };

  function outputs(): string[] {
    if (layer.kind.silent) return [spikes];
    if (!layer.spikes) return [potential, end];
    return [compared, potential, end, ...(layer.isOutput ? [] : [spikes])];
  }

  function emptyTracks({ bounds }: Manner): Tracks {
    const make = () => precision.array(T * B * size);
    const radii = () => new Float64Array(bounds ? T * B * size : 0);
    return {
      u: make(),
      compared: make(),
      o: make(),
      uRadius: radii(),
      comparedRadius: radii(),
      oRadius: radii(),
      either: 0,
    };
  }

  function runSample(x: Ball, b: number, out: Tracks, { bounds, follow, branch }: Manner): void {
    const [u, o] = [precision.array(size), precision.array(size)];
    const theirs = follow.get(spikes);
    const radius = new Float64Array(size);
    for (let t = 0; t < T; t++) {
      const from = (t * B + b) * size;
      const shown = u.slice();
      const xt = slice(x.value, t * B + b, size, precision);
      const weigh = (i: number, potential: number): void => {
        const xRadius = x.radius?.[from + i] ?? 0;
        const at = { shown: shown[i], radius: radius[i], o: o[i], x: xt[i], xRadius, compared: potential };
        radius[i] = comparedRadius(at, layer, variant);
      };
      semantics.applyLayerNeuron(u, o, xt, layer, variant, (potential, i, fires) => {
        const at = from + i;
        out.compared[at] = potential;
        if (bounds) {
          weigh(i, potential);
          out.comparedRadius[at] = radius[i];
        }
        const open = bounds && isOpen(potential, radius[i], layer, variant);
        if (open) out.either++;
        if (open && !theirs) out.oRadius[at] = 1;
        const taken = theirs ? theirs[at] !== 0 : fires;
        out.o[at] = (open ? taken : fires) ? 1 : 0;
        return open || branch === 'all' ? taken : fires;
      });
      out.u.set(u, from);
      if (!layer.spikes) out.o.set(o, from);
      if (!bounds) continue;
      if (layer.kind.silent) out.oRadius.set(x.radius?.subarray(from, from + size) ?? [], from);
      else if (!layer.spikes) for (let i = 0; i < size; i++) weigh(i, u[i]);
      for (let i = 0; i < size; i++) {
        const seen = layer.spikes ? out.compared[from + i] : u[i];
        const isOpen = layer.spikes && out.oRadius[from + i] > 0;
        radius[i] = shownRadius(radius[i], seen, u[i], o[i] !== 0, isOpen, layer, variant);
      }
      out.uRadius.set(radius, from);
    }
  }

  function balls(out: Tracks, { bounds }: Manner): Map<string, Ball> {
    const radius = (values: Float64Array) =>
      bounds && values.some((value) => value > 0) ? values : undefined;
    const made = new Map<string, Ball>();
    const last = (T - 1) * B * size;
    const uRadius = radius(out.uRadius);
    if (!layer.kind.silent) {
      made.set(potential, { value: out.u, radius: uRadius });
      made.set(end, { value: out.u.slice(last), radius: uRadius?.slice(last) });
    }
    if (layer.spikes) made.set(compared, { value: out.compared, radius: radius(out.comparedRadius) });
    if (!layer.isOutput) made.set(spikes, { value: out.o, radius: radius(out.oRadius), either: out.either });
    return made;
  }
}
