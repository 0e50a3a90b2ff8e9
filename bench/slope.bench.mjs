/** Stage backward, rule lee: what stands for the derivative of a spike, of all layers over the window. */
export function run({ backend, plan, maps }) {
  for (const { n, spikes } of plan.layers) if (spikes) backend.slope(n, maps[n].o, maps[n].slope, 1);
}

/** A pool's is 1, and not every backend keeps it. */
const isKept = ({ spikes, weightShape }) => spikes && weightShape.length > 0;
export const result = ({ plan, maps }) => plan.layers.filter(isKept).map(({ n }) => maps[n].slope);
