/**
 * Whether the rules of training end alike: the same network, seeds and passes over the digits, by ASF-BP, by STBP, and by the rule of
 * Lee et al. What a pass costs is Figure 3's. The learning rate is that of .00085, .002 and .005 with which each learnt most in one
 * epoch of the small size; STBP has a fast sigmoid: by a rectangle of width 1 it learns slowly.
 */
import { tiny } from '../network/models.ts';
import { compareArms } from './arms.ts';
import { leaks, protocols, timeWindow } from './protocol.ts';

const arms = {
  'ASF-BP': { facts: { rule: 'asf' }, options: { rule: 'asf' } },
  STBP: {
    facts: { rule: 'stbp', surrogate: 'fastSigmoid' },
    options: { rule: 'stbp' },
    settings: { rule: 'stbp', surrogate: 'fastSigmoid' },
  },
  'Lee et al. 2020': { facts: { rule: 'lee' }, options: { rule: 'lee' }, settings: { rule: 'lee' } },
} as const;

export const rules = compareArms({
  name: 'rules',
  help: 'Whether rules end alike: ASF-BP, STBP and Lee et al. 2020 after as many epochs, on MNIST',
  title: 'Whether rules end alike',
  same: ({ size, variant }) =>
    `${size === 'small' ? 'The network tiny' : 'LeNet'} on MNIST, variant ${variant}, STBP by a fast sigmoid`,
  column: 'rule',
  first: { head: 'ASF-BP', title: 'ASF-BP', sentence: 'ASF-BP' },
  others: '',
  sizes: {
    small: {
      model: tiny,
      timeWindow: 16,
      samples: { train: 10000, validation: 0, test: 10000 },
      settings: { epochs: 5, rateSteps: [3], learningRate: 0.005 },
    },
    paper: {
      model: protocols.mnist.model,
      timeWindow,
      samples: { train: 60000, validation: 0, test: 10000 },
      settings: { epochs: 10, rateSteps: [6], learningRate: 0.005 },
    },
  },
  arms: ({ variant }) =>
    Object.fromEntries(
      Object.entries(arms).map(([name, arm]) => [
        name,
        { ...arm, options: { ...arm.options, variant, leak: leaks.IF } },
      ]),
    ),
});
