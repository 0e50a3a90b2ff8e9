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

function check(trace: string, as: string, dt?: number, graph = `oracle/${trace}`) {
  const [file, own] = [`oracle/${trace}.npz`, `${graph}.nir`];
  const chain = chainOf(readNirGraph(bytes(own), own, openChunks), own);
  const timing = { convention: checkConvention('t', as), ...(dt !== undefined && { dt }) };
  return checkTraces(chain, readTraces(bytes(file), chain, file), timing, 't');
}

describe('a run of a framework', () => {
  it.each<[string, string, number | undefined, string]>([
    ['F1_norse_lif', 'norse', 5e-4, 'LIF starts at v_leak'],
    ['F1_norse_cubalif', 'norse', 5e-4, 'the synapse has v_leak, too'],
    ['F2_snntorch_cubalif', 'snntorch', undefined, 'θ is divided by the gain of the synapse'],
    ['F3_snntorch_if', 'snntorch', undefined, 'IF leaks and subtracts'],
    ['F4_spikingjelly_r3', 'spikingjelly', undefined, 'of r it reads whether it is 1'],
  ])('%s agrees as %s', (trace, as, dt) => {
    expect(check(trace, as, dt).verdict).toBe('agrees');
  });

  it('of which all layers were recorded agrees', () => {
    expect(check('F5_spikes', 'snntorch', undefined, 'oracle/F5').verdict).toBe('agrees');
  });

  it('of which a layer was not recorded is open, and names that layer', () => {
    const { verdict, layers } = check('F5_last', 'snntorch', undefined, 'oracle/F5');
    expect(verdict).toBe('undecided');
    expect(layers.map(({ needs }) => needs)).toEqual([expect.stringMatching(/\.spikes$/)]);
  });

  it('of potentials alone that come within rounding of θ does not differ', () => {
    expect(check('F5_pots', 'snntorch').verdict).not.toBe('differs');
  });

  it('that is silent has no cause', () => {
    const { verdict, differs } = check('W1_silent', 'norse', 1e-4, 'nir/lif_norse');
    expect(verdict).toBe('differs');
    expect(differs).toMatchObject({ isSilent: true, explains: [] });
  });
});
