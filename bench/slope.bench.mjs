/** Stage `backward`, rule lee: ∂o/∂u of all layers over the window. */
export function run({ backend, plan, maps }) {
  for (const { n, spikes } of plan.layers) if (spikes) backend.slope(n, maps[n].o, maps[n].slope, 1);
}

/** The slope of a pool is 1, and some backends do not store it. */
const isKept = ({ spikes, weightShape }) => spikes && weightShape.length > 0;
export const result = ({ plan, maps }) => plan.layers.filter(isKept).map(({ n }) => maps[n].slope);
