/**
 * The bounds of a report: sums of Eq. (12) and losses from the same flows. Counts and copied numbers are exact.
 */
import type { Floats } from '../../../spec/arithmetic.ts';
import { neuronsOf, outputLayer, type Network } from '../../../spec/network.ts';
import type { BatchReport } from '../forwardPass.ts';
import type { Flows } from './backward.ts';
import { division, gamma, tiny, unit, unitsOf } from './bounds.ts';

/** The numbers from which a sample's row of the report is computed. */
export interface Origin {
  readonly label: number;
  /** FI of the output layer. */
  readonly u: Floats;
  /** Σ|FI| of each layer. */
  readonly sizes: readonly number[];
}

export function originOf(flows: Flows, label: number): Origin {
  const sizes = flows.slice(1).map(({ FI }) => {
    let size = 0;
    for (const into of FI) size += Math.abs(into);
    return size;
  });
  return { label, u: flows[flows.length - 1].FI, sizes };
}

/** The largest difference of two reports, in units of its bound. */
export function compareReports(
  network: Network,
  origins: readonly Origin[],
  found: BatchReport,
  expected: BatchReport,
): number {
  const all = origins.flatMap((origin, b) => [
    ...Array.from(found.potentials[b], (u, j) => unitsOf(u, origin.u[j], 0)),
    unitsOf(found.losses[b], expected.losses[b], 2 * lossRadius(network, origin)),
    ...network.layers.flatMap(({ n, output }) => {
      const [a, e] = [found.sums[n - 1][b], expected.sums[n - 1][b]];
      return [
        unitsOf(a.FI, e.FI, 2 * gamma(neuronsOf(output)) * origin.sizes[n - 1]),
        unitsOf(a.FO, e.FO, 0),
        unitsOf(found.spikes[n - 1][b], expected.spikes[n - 1][b], 0),
      ];
    }),
  ]);
  return all.reduce((most, units) => Math.max(most, units), 0);
}

/** Eq. (6): a quotient and a difference per class, and the sum of their squares. */
function lossRadius({ layers, T, precision }: Network, { u, label }: Origin): number {
  const window = precision.round(T * outputLayer({ layers }).Vth);
  let [squares, spread] = [0, 0];
  for (let j = 0; j < u.length; j++) {
    const share = u[j] / window;
    const error = Math.abs(share - Number(j === label));
    const radius = division * Math.abs(share) + unit * error + tiny;
    squares += error * error;
    spread += 2 * error * radius + radius * radius;
  }
  return spread + gamma(u.length + 3) * (squares + spread) + tiny;
}
