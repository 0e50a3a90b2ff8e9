/** Stage `backward`: one addition of two gradients in the tree over shards. */
export function run({ backend, weighted, w }) {
  for (const { n } of weighted) backend.accumulate(w[n].sum, w[n].dw);
}
export const result = ({ weighted, w }) => weighted.map(({ n }) => w[n].sum);
