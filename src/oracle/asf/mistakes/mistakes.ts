/** The catalogue of a step of ASF-BP: what people get wrong, in the order of the data. */
import { choiceMistakes, presetMistakes } from './choices.ts';
import { flowMistakes } from './flows.ts';
import { gradientMistakes } from './gradients.ts';
import { neuronMistakes } from './neurons.ts';
import type { Row } from './rows.ts';
import { updateMistakes } from './updates.ts';
import { wiringMistakes } from './wiring.ts';

export const mistakes: readonly Row[] = [
  ...choiceMistakes,
  ...wiringMistakes,
  ...neuronMistakes,
  ...flowMistakes,
  ...gradientMistakes,
  ...updateMistakes,
  ...presetMistakes,
];
