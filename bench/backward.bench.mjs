/** Stage `backward`: from the output to dw of the first layer. */
import { run as loss } from './loss.bench.mjs';

export function run(net) {
  const { backend, N, maps, w } = net;
  loss(net); // backward works in place
  for (let n = N; n >= 1; n--) {
    const { FI, FO, d } = maps[n];
    const to = { d, dw: w[n]?.dw ?? null, dBefore: maps[n - 1].d ?? null };
    const from = { FI, FO, FOBefore: maps[n - 1].FO, w: w[n]?.w ?? null, S: 0.75 };
    backend.backward(n, from, to, { first: 0, samples: 1 });
  }
}
export const result = ({ weighted, w }) => weighted.map(({ n }) => w[n].dw);
