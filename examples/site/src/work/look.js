/** What a network sees of a digit, step by step. */
import { session } from 'asf-bp/infer';
import { lead } from 'asf-bp/models/tiny';

/** Rows of a raster, at most. */
const mostRows = 40;

/** Potentials and spikes of each step, and when the class was decided. */
export function look(net, image) {
  const { plan } = net;
  const one = session(net);
  const layers = [0, ...spiking(plan)];
  const steps = [];
  let decided;
  for (let t = 0; t < plan.T; t++) {
    one.step(image);
    const potentials = one.potentials();
    const [first, second] = [...potentials].sort((a, b) => b - a);
    if (decided === undefined && (first - second >= lead || t === plan.T - 1))
      decided = { label: one.label(), after: t + 1 };
    steps.push({
      potentials: [...potentials],
      spikes: layers.map((n) => Uint8Array.from(one.layer(n).spikes)),
    });
  }
  const about = layers.map((n, place) => {
    const { shape, kind } = one.layer(n);
    return { n, kind, shape, raster: rasterOf(steps.map(({ spikes }) => spikes[place])) };
  });
  return { ...decided, lead, steps, layers: about };
}

/** Neurons that fire, spread over the layer where there are many: a row each, a column a step. */
function rasterOf(trains) {
  const firing = [];
  for (let i = 0; i < trains[0].length; i++) if (trains.some((o) => o[i])) firing.push(i);
  const rows = Math.min(mostRows, firing.length);
  const T = trains.length;
  const o = new Uint8Array(rows * T);
  for (let row = 0; row < rows; row++) {
    const i = firing[Math.floor((row * firing.length) / rows)];
    for (let t = 0; t < T; t++) o[row * T + t] = trains[t][i];
  }
  return { rows, T, o, firing: firing.length, of: trains[0].length };
}

/** FI and FO of the neurons of layer n after each step, by FI ascending, and the S that the network learnt with. */
export function flows(net, image, n) {
  const one = session(net);
  const steps = [];
  for (let t = 0; t < net.plan.T; t++) {
    one.step(image);
    steps.push(pointsOf(one.layer(n)));
  }
  return { steps, S: net.S[n - 1] };
}

/** Grid of FI on which points fall together: finer than a pixel of the plot. */
const perUnit = 32;

function pointsOf({ FI, FO }) {
  const seen = new Set();
  const points = [];
  for (let i = 0; i < FI.length; i++) {
    const key = `${Math.round(FI[i] * perUnit)} ${FO[i]}`;
    if (seen.has(key)) continue;
    seen.add(key);
    points.push([FI[i], FO[i]]);
  }
  points.sort(([a], [b]) => a - b);
  return { FI: Float64Array.from(points, ([x]) => x), FO: Float64Array.from(points, ([, y]) => y) };
}

/** Layers of neurons that fire, by n. */
function spiking({ layers }) {
  return layers.filter((layer) => layer.spikes).map(({ n }) => n);
}
