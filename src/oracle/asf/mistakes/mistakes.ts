/** The catalogue of a step of ASF-BP: common mistakes, in the order of the data. */
import { choiceMistakes, presetMistakes } from './choices.ts';
import type { Mistake } from '../../name.ts';
import type { Model } from '../model.ts';
import { flowMistakes } from './flows.ts';
import { gradientMistakes } from './gradients.ts';
import { neuronMistakes } from './neurons.ts';
import { updateMistakes } from './updates.ts';
import { wiringMistakes } from './wiring.ts';

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
