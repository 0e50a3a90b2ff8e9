/**
 * The traces of one LIF neuron from the simulators of the NIR paper. For each trace, the test has a convention that reproduces
 * it, in most cases bit for bit.
 */
import { expect, it } from 'vitest';
import { binary32, real } from '../../spec/arithmetic.ts';
import { parseConvention } from '../../src/nir/convention.ts';
import { runChain } from '../../src/nir/run.ts';
import { chainIn, fixture } from './graphs.ts';

interface Row {
  readonly graph?: string;
  readonly as: string;
  /** Factor on our potentials. */
  readonly times?: number;
  /** Divisor of the trace's input. */
  readonly per?: number;
  /** `bits`: the number of potentials that may differ. `most`: the greatest difference, in the unit of the trace. */
  readonly bits: number;
  readonly most?: number;
  readonly precise?: boolean;
}

const rockpool = 'lif_rockpool.nir';
const fixed = '{"from":"lava","numbers":"loihi","form":"product"}';
const rows: Readonly<Record<string, Row>> = {
  norse: { as: 'norse', bits: 0 },
  snntorch: { as: 'snntorch', bits: 0 },
  sinabs: { as: 'sinabs', graph: rockpool, per: 0.04, bits: 0 },
  rockpool: { as: 'rockpool', graph: rockpool, bits: 0 },
  spyx: { as: '{"from":"spyx","gain":"euler"}', bits: 0 },
  nengo: { as: 'nengo', times: 10, precise: true, bits: 1000, most: 1.5e-8 },
  spinnaker2: {
    as: '{"from":"spinnaker2","arrives":"sameStep","weights":"binary32","input":"counts"}',
    per: 102.02 / 102,
    precise: true,
    bits: 1000,
    most: 1e-6,
  },
  lava_cpu_float: { as: 'lava', bits: 1000, most: 5e-8 },
  lava_cpu_fixed: { as: fixed, times: 16384, bits: 0 },
  // After a spike, the chip shows a potential of 128.
  lava_loihi_fixed: { as: fixed, times: 16384, bits: 4 },
};

it.each(Object.entries(rows))(
  '%s is explained by its convention',
  (name, { graph = 'lif_norse.nir', as, times = 1, per = 1, bits, most, precise }) => {
    const trace = new TextDecoder()
      .decode(fixture(`lif_${name}.csv`))
      .trim()
      .split('\n')
      .map((row) => row.split(',').map(Number) as [number, number, number]);
    const chain = chainIn(fixture(graph), graph);
    const input = trace.map(([x]) => Float64Array.of(x / per));
    const found = { spikes: 0, bits: 0, most: 0 };
    runChain(
      chain,
      input,
      { convention: parseConvention(as, 'test'), dt: 1e-4 },
      precise ? real : binary32,
      (_, t, { u, o }) => {
        const [, potential, spike] = trace[t]!;
        if (o[0] !== spike) found.spikes++;
        if (Math.fround(u[0]! * times) !== Math.fround(potential)) found.bits++;
        found.most = Math.max(found.most, Math.abs(u[0]! * times - potential));
      },
    );
    expect(trace).toHaveLength(1000);
    expect(found.spikes).toBe(0);
    expect(found.bits).toBeLessThanOrEqual(bits);
    if (most !== undefined) expect(found.most).toBeLessThan(most);
  },
);
