/** The catalogue: one line a theme. What people get wrong, in the order of the data. */
import { biasMistakes } from './biases.ts';
import { choiceMistakes, presetMistakes } from './choices.ts';
import { constantMistakes } from './constants.ts';
import { flowMistakes } from './flows.ts';
import { gradientMistakes } from './gradients.ts';
import { halfMistakes } from './halfPrecision.ts';
import { inputMistakes } from './inputs.ts';
import { lossMistakes } from './losses.ts';
import type { Mistake } from './mistake.ts';
import { neuronMistakes } from './neurons.ts';
import { scaleMistakes } from './scales.ts';
import { spikeMistakes } from './spikes.ts';
import { updateMistakes } from './updates.ts';
import { weightMistakes } from './weights.ts';

/** Those that are not another answer to a question of the variant. */
const otherMistakes: readonly Mistake[] = [
  ...inputMistakes,
  ...weightMistakes,
  ...halfMistakes,
  ...neuronMistakes,
  ...constantMistakes,
  ...spikeMistakes,
  ...flowMistakes,
  ...scaleMistakes,
  ...lossMistakes,
  ...gradientMistakes,
  ...biasMistakes,
  ...updateMistakes,
];

export const mistakes: readonly Mistake[] = [...choiceMistakes, ...otherMistakes, ...presetMistakes];
