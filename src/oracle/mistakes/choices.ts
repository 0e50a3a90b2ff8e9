/** Every other answer to every question of the variant is a mistake that somebody may make; and so is another variant. */
import { choices, variants, type Variant } from '../../../spec/variant.ts';
import type { Stage } from '../keys.ts';
import type { Mistake } from './mistake.ts';

type Question = keyof typeof choices;

/** The stages that ask each question. */
const asked: Readonly<Record<Question, readonly Stage[]>> = {
  input: ['encode'],
  fires: ['neuron'],
  reset: ['neuron'],
  leak: ['neuron'],
  averagePool: ['neuron', 'scale', 'backward'],
  maxPoolFlow: ['flow'],
  scale: ['scale', 'backward'],
  scaleOver: ['scale'],
  scaleRange: ['scale'],
  scaleStart: [],
  scaleUpdate: [],
  scaleMemory: ['scale'],
  gate: ['backward'],
  loss: ['loss', 'backward'],
  batch: ['loss', 'backward'],
  outputWeights: ['backward'],
  output: ['neuron'],
};

/** What an implementation does that takes an answer which is not the variant's. */
const says: Readonly<Record<string, string>> = {
  'fires=atThreshold': 'A neuron fires at u ≥ Vth, where the variant has u > Vth.',
  'fires=aboveThreshold': 'A neuron fires at u > Vth, where the variant has u ≥ Vth.',
  'gate=always': 'The gradient passes neurons with FI ≤ 0, where the variant stops it.',
  'gate=positiveInput': 'The gradient stops at neurons with FI ≤ 0, where the variant lets it pass.',
  'loss=half': 'The loss has the ½ of Eq. 6, where the variant has none.',
  'loss=whole': 'The ½ of Eq. 6 is missing in the loss.',
  'batch=mean': 'The batch is averaged, where the variant sums.',
  'batch=sum': 'The batch is summed, where the variant averages.',
};

/** One mistake an answer, of those that the variant does not give. */
export const choiceMistakes: readonly Mistake[] = Object.entries(choices).flatMap(([question, answers]) =>
  answers.map((answer): Mistake => {
    const id = `${question}=${answer}`;
    const change = { [question]: answer } as Partial<Variant>;
    return {
      id,
      stages: asked[question as Question],
      says: says[id] ?? `The choice ${question} is ${answer}, where the variant has another.`,
      concerns: (_, { variant }) => variant[question as Question] !== answer,
      plant: (_, make) => make({ variant: change }),
    };
  }),
);

/** All choices of a preset at once. */
export const presetMistakes: readonly Mistake[] = Object.entries(variants).map(
  ([name, variant]): Mistake => ({
    id: `variant=${name}`,
    stages: ['encode', 'neuron', 'flow', 'scale', 'loss', 'backward'],
    says: `The choices are those of the variant ${name}.`,
    concerns: (_, setting) => JSON.stringify(setting.variant) !== JSON.stringify(variant),
    plant: (_, make) => make({ variant }),
  }),
);
