/** The catalogue: one line a mistake. */
import { choiceMistakes, presetMistakes } from './choices.ts';
import type { Mistake } from './mistake.ts';
import { staleScale } from './staleScale.ts';

export const mistakes: readonly Mistake[] = [...choiceMistakes, staleScale, ...presetMistakes];
