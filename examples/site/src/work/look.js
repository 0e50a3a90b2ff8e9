/** The spikes and potentials of a network for one sample, step by step, and those of a single neuron. */
import { session } from 'asf-bp/infer';
import { lead } from 'asf-bp/models/tiny';

/** The last looks at a drawing and at a sample of a graph, with the potentials of all neurons. */
const last = {};
/** Limit on the numbers of a look. Beyond this limit, the page shows no single neurons. */
const mostKept = 8e6;

/**
 * Returns the potentials and spikes of each step, the step in which the class was decided, and whether the answer is sure at the end.
 *
 * @param shown an image, or one map per step
 * @param source `hand` for a drawing, `graph` for a sample of a graph
 */
export function look(net, shown, source = 'hand') {
  const { plan } = net;
  const one = session(net);
  const ns = [0, ...spiking(plan)];
  const shownAt = Array.isArray(shown) ? (t) => ({ frames: shown[t] }) : () => shown;
  const steps = [];
  const inside = [];
  const neurons = plan.layers.reduce(
    (sum, { output: { channels, height, width } }) => sum + channels * height * width,
    0,
  );
  const isKept = 2 * neurons * plan.T <= mostKept;
  let after;
  for (let t = 0; t < plan.T; t++) {
    one.step(shownAt(t));
    const { potentials, lead: ahead } = one.answer();
    if (after === undefined && ahead >= lead) after = t + 1;
    const views = ns.map((n) => one.layer(n));
    steps.push({ potentials: [...potentials], spikes: views.map(({ spikes }) => Uint8Array.from(spikes)) });
    if (isKept)
      inside.push(
        views.map(({ potentials: u, FI }) => ({ u: Float32Array.from(u), FI: Float32Array.from(FI) })),
      );
  }
  last[source] = isKept ? { net, ns, steps, inside } : undefined;
  const { label, second, lead: ahead, isSure } = one.answer();
  const output = plan.layers.at(-1);
  const about = ns.map((n) => {
    const { shape, kind } = one.layer(n);
    return { n, kind, shape };
  });
  return {
    label,
    second,
    ahead,
    isSure,
    /** The potential or spike count that training aims at for the right class. */
    aim: plan.T * (output.spikes ? 1 : output.Vth),
    after: after ?? plan.T,
    lead,
    steps,
    layers: about,
    classes: steps[0].potentials.length,
    output: plan.layers.length,
    /** Whether the output layer fires. The answer is then its spike counts, otherwise its potentials. */
    counts: output.spikes,
    typical: typical(about, steps),
  };
}

/** A neuron of the first layer that fires in about a third of the steps, so that its potential has time to rise. */
function typical(layers, steps) {
  if (layers.length < 2) return undefined;
  const counts = Array.from(steps[0].spikes[1], (_, i) =>
    steps.reduce((sum, { spikes }) => sum + spikes[1][i], 0),
  );
  const distance = counts.map((count) => Math.abs(count - steps.length / 3));
  return { n: layers[1].n, i: distance.indexOf(distance.reduce((a, b) => Math.min(a, b))) };
}

/** One neuron of the last look: u and o of each step, its inputs in the maps of the layer before, and its weights. */
export function neuron({ n, i, source }) {
  const { net, ns, steps, inside } = last[source];
  const { plan, weights } = net;
  if (n === 0) return inputNeuron(plan, steps, i);
  const layer = plan.layers[n - 1];
  const { height, width } = layer.output;
  const [c, y, x] = [Math.floor(i / (height * width)), Math.floor(i / width) % height, i % width];
  const place = ns.indexOf(n);
  const isSilent = place < 0;
  const u = steps.map(({ potentials }, t) => (isSilent ? potentials[i] : (inside[t][place].u[i] ?? 0)));
  const o = steps.map(({ spikes }) => (isSilent ? 0 : spikes[place][i]));
  // u before the reset and the leak of its step, which is compared with the threshold.
  const current = (t) => inside[t][place].FI[i] - (t > 0 ? inside[t - 1][place].FI[i] : 0);
  const isShown = isSilent || net.variant.reset === 'nextStep';
  const peak = u.map((now, t) =>
    isShown || (o[t] === 0 && layer.λ === 1) ? now : (u[t - 1] ?? 0) + current(t),
  );
  const { size, stride, padding } = layer.window;
  const isWhole = layer.kind.name === 'linear';
  const weighted = plan.layers.slice(0, n - 1).filter(({ weightShape }) => weightShape.length > 0).length;
  const hasWeights = layer.weightShape.length > 0;
  const own = layer.weightShape.slice(1).reduce((product, length) => product * length, 1);
  return {
    n,
    i,
    kind: layer.kind.name,
    isOutput: layer.isOutput,
    /** Whether the neuron never fires, because its potential is the output. */
    isSilent,
    at: { c, y, x },
    u,
    peak,
    o,
    Vth: layer.Vth,
    before: ns[ns.findLastIndex((other) => other < n)],
    field: isWhole
      ? undefined
      : { left: x * stride - padding, top: y * stride - padding, size, channel: hasWeights ? undefined : c },
    weights: hasWeights
      ? {
          values: weights[weighted].slice(c * own, (c + 1) * own),
          shape: isWhole ? layer.input : { channels: layer.input.channels, height: size, width: size },
        }
      : undefined,
  };
}

/** A neuron of the input: its position and its spikes. */
function inputNeuron({ input: { height, width } }, steps, i) {
  const at = { c: Math.floor(i / (height * width)), y: Math.floor(i / width) % height, x: i % width };
  return { n: 0, i, at, o: steps.map(({ spikes }) => spikes[0][i]) };
}

/** Layers of neurons that fire, by n. */
function spiking({ layers }) {
  return layers.filter((layer) => layer.spikes).map(({ n }) => n);
}
