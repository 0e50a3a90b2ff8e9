/** The meanings of the letters in the equations, as in ARCHITECTURE.md. */
export const letters = {
  C_m: 'capacitance of the membrane; 1',
  FI: 'flow in: sum of a neuron’s current over the window',
  FO: 'flow out: sum of its spikes over the window',
  I: 'current of the membrane',
  L: 'loss of a sample',
  N: 'number of layers; the last is the output',
  S: 'scale factor: flow out per flow in, of a layer',
  S_u: 'uniform scale factor: one S for all neurons of a layer',
  T: 'window: number of steps',
  V_m: 'potential of the membrane',
  Vth: 'threshold: potential at which a neuron fires',
  W: 'weights of a layer',
  Y: 'the right answer: 1 for its class, 0 for the others',
  f: 'spike function',
  i: 'a neuron',
  j: 'another neuron',
  mem: 'potential of an output at the end, u after step T',
  n: 'a layer',
  o: 'spike: 1 where a neuron fires in a step, else 0',
  t: 'a step',
  u: 'potential: state of a neuron',
  w: 'weight of a synapse',
  x: 'current: weighted sum of the spikes that arrive in a step',
  η: 'learning rate',
  λ: 'leak: share of a potential that remains after a step',
  ᵀ: 'transposed: a column is read as a row',
};

/** Longest first, so that `FI` is one letter, and the u in `S_u` is not the potential. */
const names = Object.keys(letters).sort((a, b) => b.length - a.length);
export const name = new RegExp(`(?<!\\p{L})(${names.join('|')})(?!\\p{L})`, 'gu');

/** The letters of a formula and of its indices, in the order of their first appearance. */
export function lettersIn(text) {
  const apart = text.replaceAll(/(?<=_)[ij]{2}/g, (both) => [...both].join(' '));
  return [...new Set(Array.from(apart.matchAll(name), ([found]) => found))];
}
