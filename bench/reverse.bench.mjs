/** Stage `backward` through time: all steps, each from the output to dw of the first layer. */
export function run({ backend, N, T, time, maps, w }) {
  for (let t = T - 1; t >= 0; t--) {
    for (let n = N; n >= 1; n--) {
      const { o, potentials = null, slope = null, d, du } = maps[n];
      const to = { dO: d, du, dw: w[n]?.dw ?? null, dOBefore: maps[n - 1].d ?? null };
      const from = { o, oBefore: maps[n - 1].o, potentials, slope, w: w[n]?.w ?? null, rule: time };
      backend.reverse(n, t, from, to, 1);
    }
  }
}
export const result = ({ weighted, w }) => weighted.map(({ n }) => w[n].dw);
