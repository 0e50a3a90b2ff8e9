/** Stage `scale`: the flow sums of all layers. */
export function run({ backend, N, maps, report }) {
  for (let n = 1; n <= N; n++) backend.scale(n, maps[n].FI, maps[n].FO, report, { first: 0, samples: 1 });
}
export const result = ({ report }) => [report];
