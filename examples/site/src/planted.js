/** A small step of each framework, and ten common mistakes. The page lists them, the worker plants them. */

/**
 * For each framework: a class of neurons for two linear layers, its arguments, a surrogate and a loss. `resets`: the reset in the backward
 * pass.
 */
export const frameworks = {
  snntorch: {
    name: 'snnTorch Leaky',
    neuron: 'Leaky',
    args: { beta: 0.9 },
    surrogate: { name: 'snntorch.atan', alpha: 2 },
    loss: 'ce_rate',
    θ: 1,
    leak: 0.5,
    weights: 0.6,
    resets: 'detached',
  },
  spikingjelly: {
    name: 'SpikingJelly LIFNode',
    neuron: 'LIFNode',
    args: { tau: 2 },
    surrogate: { name: 'spikingjelly.Sigmoid', alpha: 4 },
    loss: 'ce_mean',
    θ: 1,
    leak: 0.9,
    weights: 1.6,
    resets: 'flows',
  },
  norse: {
    name: 'Norse LIFBoxCell',
    neuron: 'LIFBoxCell',
    args: { v_th: 0.4 },
    surrogate: { name: 'norse.super', alpha: 10 },
    loss: 'ce_sum',
    θ: 0.4,
    leak: 0.5,
    weights: 1.6,
    resets: 'flows',
  },
  sinabs: {
    name: 'Sinabs LIF',
    neuron: 'LIF',
    args: { tau_mem: 10 },
    surrogate: { name: 'sinabs.SingleExponential', grad_width: 0.5, grad_scale: 1 },
    loss: 'ce_sum',
    θ: 1,
    leak: 0.5,
    weights: 3,
    resets: 'flows',
  },
};

const other = { detached: 'flows', flows: 'detached' };

/** The mistakes by label, with the id and, for some, the numbers for the checker. */
export const planted = [
  { says: 'No reset', id: () => 'reset=none' },
  { says: 'Another leak', id: () => 'leak', numbers: ({ leak }) => [leak] },
  { says: 'Threshold halved', id: () => 'threshold', numbers: ({ θ }) => [θ / 2] },
  { says: 'First step dropped', id: () => 'first-step-dropped' },
  { says: 'Surrogate centred on 0', id: () => 'surrogate-of-potential' },
  { says: 'Surrogate half as steep', id: () => 'surrogate-steepness', numbers: () => [0.5] },
  { says: 'Surrogate is 0', id: () => 'surrogate-missing' },
  {
    says: ({ resets }) => (resets === 'flows' ? 'Reset detached' : 'Reset not detached'),
    id: ({ resets }) => `resetGradient=${other[resets]}`,
  },
  { says: 'Potential detached', id: () => 'potential-detached' },
  { says: 'Softmax twice', id: () => 'loss-softmax-twice' },
].map(({ says, id, numbers = () => [] }) => ({
  says: typeof says === 'string' ? () => says : says,
  id,
  numbers,
}));
