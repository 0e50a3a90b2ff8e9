/** Stages current, neuron, flow: all layers, each over its whole window. */
export function run({ backend, N, maps, w, span }) {
  for (let n = 1; n <= N; n++) backend.forward(n, maps[n - 1], w[n]?.w ?? null, maps[n], span);
}
export const result = ({ maps }) => maps.slice(1).flatMap(({ FI, FO }) => [FI, FO]);
