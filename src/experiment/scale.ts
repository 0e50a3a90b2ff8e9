/**
 * The value of adaptive S: LeNet with S by Eq. 12, filtered as in the authors' code, per neuron, and static at 1/Vth. The paper claims that
 * S must follow the flow, but has no table on it.
 */
import { variants, type Variant, type VariantName } from '../../spec/variant.ts';
import { entriesOf } from '../keysOf.ts';
import { compareArms } from './arms.ts';
import { leaks, protocols, timeWindow } from './protocol.ts';

/** A variant's choices for Eq. 12; a static S uses none of them. */
function readingOf(name: VariantName): Partial<Variant> {
  const { scaleOver, scaleRange, scaleStart, scaleUpdate, scaleMemory } = variants[name];
  return { scaleOver, scaleRange, scaleStart, scaleUpdate, scaleMemory };
}

/** The ways to compute S; all other choices are the variant's. The others are compared with the first. */
const choicesOf = {
  'static, 1/Vth': { scale: 'static' },
  'Eq. 12 as the paper has it': { scale: 'layer', ...readingOf('paper') },
  'Eq. 12 as the authors filter it': { scale: 'layer', ...readingOf('authors') },
  'of each neuron': { scale: 'neuron', ...readingOf('authors') },
} as const;

const same = {
  model: protocols.mnist.model,
  timeWindow,
  settings: { epochs: 10, rateSteps: [6] },
};

export const scale = compareArms({
  name: 'scale',
  help: 'What adaptive S is worth: Eq. 12 in two readings, of each neuron, and static; LeNet on MNIST',
  title: 'What adaptive S is worth',
  same: ({ variant }) => `LeNet on MNIST, variant ${variant} but for S`,
  column: 'S',
  first: { head: 'static', title: 'the static S', sentence: 'static' },
  others: 'S, ',
  sizes: {
    small: { ...same, samples: { train: 10000, validation: 0, test: 2000 } },
    paper: { ...same, samples: { train: 60000, validation: 0, test: 10000 } },
  },
  arms: ({ variant }) =>
    Object.fromEntries(
      entriesOf(choicesOf).map(([name, choices]) => [
        name,
        {
          facts: { choices },
          options: { variant: { from: variant, ...choices }, leak: leaks.IF },
          hasS: choices.scale === 'layer',
        },
      ]),
    ),
});
