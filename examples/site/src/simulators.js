/** The default reset of snn.Leaky in snnTorch, which a graph does not record. */
const leaky = '{"from":"snntorch","reset":"subtract","resetWhen":"afterLeak"}';

/**
 * The simulators that this page can run, each with its condition to fire and its reset. Some have only IF or only LIF neurons.
 * `test/examples/site.test.ts` imports a graph with each, and compares the rules with `spec/nirConventions.ts`.
 */
export const simulators = {
  norse: { name: 'Norse', rule: 'u > Vth, reset to 0' },
  snntorch: { name: 'snnTorch, its import_from_nir (LIF neurons)', rule: 'u > Vth, reset to 0' },
  [leaky]: { name: 'snn.Leaky (LIF neurons)', rule: 'u > Vth, minus Vth a step later' },
  spikingjelly: { name: 'SpikingJelly', rule: 'u ≥ Vth, reset to v_reset' },
  lava: { name: 'Lava (IF neurons)', rule: 'u ≥ Vth, reset to 0' },
  nengo: { name: 'Nengo (IF neurons)', rule: 'u > Vth, reset to 0' },
};

/** Simulators that this page cannot run. */
export const checkedAlone = ['Sinabs', 'Rockpool', 'Spyx', 'SpiNNaker2'];
