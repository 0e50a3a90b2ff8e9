/** Stage `loss`: L, and its derivative by the output. */
export function run({ backend, workspace, N, maps, report }) {
  backend.loss(workspace.result, [7], 0, report, maps[N].d);
}
export const result = ({ report, maps, N }) => [report, maps[N].d];
