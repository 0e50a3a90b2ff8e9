/** Runs of norse, snnTorch and SpikingJelly by their own readers, which conventions must agree with. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openChunks } from '../../../src/formats/hdf5Chunks.ts';
import { chainOf } from '../../../src/nir/import/chain.ts';
import { checkConvention } from '../../../src/nir/convention.ts';
import { readNirGraph } from '../../../src/nir/import/graph.ts';
import { checkTraces } from '../../../src/oracle/nir/check.ts';
import { readTraces } from '../../../src/oracle/nir/traces.ts';

const bytes = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`../../fixtures/${name}`, import.meta.url)));

function check(trace: string, graph: string, as: string, dt?: number) {
  const chain = chainOf(readNirGraph(bytes(graph), graph, openChunks), graph);
  const timing = { convention: checkConvention('t', as), ...(dt !== undefined && { dt }) };
  return checkTraces(chain, readTraces(bytes(trace), chain, trace), timing, 't');
}

describe('a run of a framework', () => {
  it.each([
    ['norse starts LIF at v_leak', 'F1_norse_lif', 'F1_norse_lif', 'norse', 5e-4, 'agrees'],
    [
      'norse gives v_leak to the synapse, too',
      'F1_norse_cubalif',
      'F1_norse_cubalif',
      'norse',
      5e-4,
      'agrees',
    ],
    [
      'snnTorch divides θ by the gain of the synapse',
      'F2_snntorch_cubalif',
      'F2_snntorch_cubalif',
      'snntorch',
      undefined,
      'agrees',
    ],
    [
      'snnTorch has IF leak and subtract',
      'F3_snntorch_if',
      'F3_snntorch_if',
      'snntorch',
      undefined,
      'agrees',
    ],
    [
      'SpikingJelly reads of r whether it is 1',
      'F4_spikingjelly_r3',
      'F4_spikingjelly_r3',
      'spikingjelly',
      undefined,
      'agrees',
    ],
    ['all layers are recorded', 'F5_spikes', 'F5', 'snntorch', undefined, 'agrees'],
    ['a layer that was not recorded is open', 'F5_last', 'F5', 'snntorch', undefined, 'undecided'],
  ])('%s', (_, trace, graph, as, dt, verdict) => {
    expect(check(`oracle/${trace}.npz`, `oracle/${graph}.nir`, as, dt).verdict).toBe(verdict);
  });

  it('names the layer that has to be recorded', () => {
    const { layers } = check('oracle/F5_last.npz', 'oracle/F5.nir', 'snntorch');
    expect(layers.map(({ needs }) => needs)).toEqual([expect.stringMatching(/\.spikes$/)]);
  });

  it('of potentials alone that come within rounding of θ does not differ', () => {
    expect(check('oracle/F5_pots.npz', 'oracle/F5_pots.nir', 'snntorch').verdict).not.toBe('differs');
  });

  it('that is silent has no cause', () => {
    const { verdict, differs } = check('oracle/W1_silent.npz', 'nir/lif_norse.nir', 'norse', 1e-4);
    expect(verdict).toBe('differs');
    expect(differs).toMatchObject({ isSilent: true, explains: [] });
  });
});
