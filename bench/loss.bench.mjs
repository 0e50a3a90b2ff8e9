/** Stage loss: L and its derivative at the output. */
export const run = ({ backend, N, maps, report }) => backend.loss(maps[N].FI, [7], 0, report, maps[N].d);
export const result = ({ report, maps, N }) => [report, maps[N].d];
