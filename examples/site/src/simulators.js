/** Simulators as which a graph runs here; Lava and Nengo of IF neurons alone. `test/examples/site.test.ts` imports a graph by each. */
export const simulators = {
  norse: 'Norse',
  snntorch: 'snnTorch',
  spikingjelly: 'SpikingJelly',
  lava: 'Lava (IF neurons)',
  nengo: 'Nengo (IF neurons)',
};

/** Those whose steps a network here does not take. */
export const checkedAlone = ['Sinabs', 'Rockpool', 'Spyx', 'SpiNNaker2'];
