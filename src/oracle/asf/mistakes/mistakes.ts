/**
 * The catalogue of mistakes in a step of ASF-BP. This file adds wrong choices: answers other than the variant's, and other
 * variants.
 */
import type { Network } from '../../../../spec/network.ts';
import { subtracts } from '../../../../spec/neuron.ts';
import { choices, variants, type Variant } from '../../../../spec/variant.ts';
import { entriesOf } from '../../../keysOf.ts';
import { keyOf, type StageName } from '../../keys.ts';
import type { Mistake } from '../../name.ts';
import type { Model } from '../model.ts';
import { flowMistakes } from './flows.ts';
import { gradientMistakes } from './gradients.ts';
import { neuronMistakes } from './neurons.ts';
import { isMean, layerOf, networkIn, type Row } from './rows.ts';
import { updateMistakes } from './updates.ts';
import { wiringMistakes } from './wiring.ts';

type Question = keyof typeof choices;

/** The stages that depend on each question. */
const asked: Readonly<Record<Question, readonly StageName[]>> = {
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

/** Whether a question concerns a network. Questions without an entry concern every network. */
const isAbout: Readonly<Partial<Record<Question, (network: Network) => boolean>>> = {
  input: ({ inputScale }) => inputScale !== 1,
  leak: ({ layers }) => layers.some(({ λ }) => λ !== 1),
  averagePool: ({ layers }) => layers.some(isMean),
  maxPoolFlow: ({ layers }) => layers.some(({ kind }) => kind.silent),
};

/** For each answer, written as `QUESTION=ANSWER`, a description of a program that gives it. */
const says: Readonly<Record<string, string>> = {
  'input=intensity':
    'Intensities are encoded as they are, where the variant multiplies them by the input’s scale.',
  'input=scaledIntensity':
    'Intensities are multiplied by the input’s scale, where the variant takes them as they are.',
  'fires=atThreshold': 'A neuron fires at u ≥ Vth, where the variant has u > Vth.',
  'fires=aboveThreshold': 'A neuron fires at u > Vth, where the variant has u ≥ Vth.',
  'reset=nextStep':
    'A spike resets u to 0 in the next step, so that u is shown before; the variant resets it at once, or subtracts Vth.',
  'reset=sameStep':
    'A spike resets u to 0 at once, so that u is shown after; the variant resets it in the next step, or subtracts Vth.',
  'reset=subtractThenLeak':
    'After a spike Vth is subtracted from u, before the leak, where the variant subtracts it from λ·u.',
  'reset=leakThenSubtract':
    'After a spike Vth is subtracted from λ·u, where the variant subtracts it before the leak.',
  'leak=product': 'λ·u is rounded once, where the variant takes (λ·u + u) − u.',
  'leak=sumThenDifference': 'λ·u is taken as (λ·u + u) − u, where the variant rounds it once.',
  'averagePool=ownThreshold':
    'Pooling neurons have the threshold and leak of the layer, where the variant has 0.75 and 1.',
  'averagePool=threeQuarters':
    'Pooling neurons have threshold 0.75 and no leak, where the variant has those of the layer.',
  'maxPoolFlow=spikes':
    'FO of a maximum pool sums its spikes (OR), where the variant takes the maximum of the flows.',
  'maxPoolFlow=accumulated':
    'FO of a maximum pool is the maximum of the flows, where the variant sums its spikes (OR).',
  'scale=layer': 'There is one S a layer, where the variant has another.',
  'scale=neuron': 'Each neuron has its own S = FO/FI, where the variant has another.',
  'scale=static': 'S is 1/Vth always, where the variant has another.',
  'scaleOver=all': 'S is taken over all neurons, where the variant takes those with FI ≥ FO.',
  'scaleOver=inputAtLeastOutput': 'S is taken over the neurons with FI ≥ FO, where the variant takes all.',
  'scaleRange=belowInverseThreshold': 'S outside (0, 1/Vth] is refused, where the variant takes it.',
  'scaleRange=aboveFloor':
    'S above 1/Vth is taken, and S is 1 where ΣFI < 0.001, where the variant refuses what is outside (0, 1/Vth].',
  'scaleMemory=replace': 'The new S replaces the old, where the variant has .6·new + .4·old.',
  'scaleMemory=blend': 'S is .6·new + .4·old, where the variant takes the new one.',
  'gate=always': 'The gradient passes neurons with FI ≤ 0, where the variant stops it: the mask is missing.',
  'gate=positiveInput': 'The gradient stops at neurons with FI ≤ 0, where the variant lets it pass.',
  'loss=half': 'The loss has the ½ of Eq. 6, where the variant has none.',
  'loss=whole': 'The ½ of Eq. 6 is missing in the loss.',
  'batch=mean': 'The batch is averaged, where the variant sums.',
  'batch=sum': 'The batch is summed, where the variant averages.',
  'outputWeights=trained':
    'The output layer’s weights have their gradient, where the variant leaves them as they are.',
  'outputWeights=untrained': 'The output layer’s weights have no gradient, where the variant trains them.',
  'output=leaks': 'The output layer leaks; Eq. 6 integrates.',
  'output=fires': 'The output layer fires; Eq. 6 integrates.',
};

/**
 * Whether another row of the catalogue, such as `reset-to-zero`, covers this answer about the reset. That row can also affect
 * a single layer.
 */
const isNamed = (answer: string, variant: Variant): boolean =>
  subtracts(variant) ? answer === 'sameStep' : subtracts({ reset: answer as Variant['reset'] }); // `answer` is one about the reset

/** One mistake per answer that the variant does not give. */
const choiceMistakes: readonly Row[] = entriesOf(choices).flatMap(([question, answers]) =>
  answers.map((answer): Row => {
    const id = `${question}=${answer}`;
    return {
      id,
      stages: asked[question],
      says: says[id] ?? `The choice ${question} is ${answer}, where the variant has another.`,
      choices: { [question]: answer },
      concerns: (stage, model) =>
        model.variant[question] !== answer &&
        isAbout[question]?.(networkIn(model)) !== false &&
        (question !== 'reset' || !isNamed(answer, model.variant)) &&
        (question !== 'output' || stage.n === networkIn(model).layers.length),
      change: ({ variant }) => ({ variant: { ...variant, [question]: answer } }),
      // S stays as it was, but the gradient shows S = FO/FI.
      ...(id === 'scale=neuron' && { isWhole: true }),
      // A static S is 1/Vth in each step, so this replaces S.before.
      ...(id === 'scale=static' && {
        input: (values, key, stage, model) =>
          key === keyOf(stage.n, 'S.before') ? values.map(() => 1 / layerOf(stage, model)!.Vth) : values, // only layers have S
      }),
    };
  }),
);

/** One mistake per preset: all of its choices at once. */
const presetMistakes: readonly Row[] = entriesOf(variants).map(([name, variant]) => ({
  id: `variant=${name}`,
  isMany: true,
  stages: ['encode', 'neuron', 'flow', 'scale', 'loss', 'backward'],
  says: `The choices are those of the variant ${name}.`,
  concerns: (_, model) => JSON.stringify(model.variant) !== JSON.stringify(variant),
  change: () => ({ variant }),
}));

/** The catalogue: every mistake that `check` can name in a step of ASF-BP. */
export const mistakes: readonly Mistake<Model>[] = [
  ...choiceMistakes,
  ...wiringMistakes,
  ...neuronMistakes,
  ...flowMistakes,
  ...gradientMistakes,
  ...updateMistakes,
  ...presetMistakes,
];
