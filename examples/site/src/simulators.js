/** What snn.Leaky of snnTorch does unless it is told otherwise; a graph does not keep it. */
const leaky = '{"from":"snntorch","reset":"subtract","resetWhen":"afterLeak"}';

/**
 * Simulators as which a graph runs here, with what fires and what a spike does; some of IF or of LIF neurons alone.
 * `test/examples/site.test.ts` imports a graph by each, and compares the rules with `spec/nirConventions.ts`.
 */
export const simulators = {
  norse: { name: 'Norse', rule: 'u > Vth, reset to 0' },
  snntorch: { name: 'snnTorch, its import_from_nir (LIF neurons)', rule: 'u > Vth, reset to 0' },
  [leaky]: { name: 'snn.Leaky (LIF neurons)', rule: 'u > Vth, minus Vth a step later' },
  spikingjelly: { name: 'SpikingJelly', rule: 'u ≥ Vth, reset to v_reset' },
  lava: { name: 'Lava (IF neurons)', rule: 'u ≥ Vth, reset to 0' },
  nengo: { name: 'Nengo (IF neurons)', rule: 'u > Vth, reset to 0' },
};

/** Those whose steps a network here does not take. */
export const checkedAlone = ['Sinabs', 'Rockpool', 'Spyx', 'SpiNNaker2'];
