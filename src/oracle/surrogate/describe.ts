/** Checks a training step by surrogate gradients, and describes what no mistake explains. */
import { neuronsOf } from '../../../spec/network.ts';
import { describe } from '../describe.ts';
import { describeArray } from '../relations/relations.ts';
import type { Slot } from '../judge.ts';
import type { CheckAnswer } from '../report.ts';
import type { Tell } from '../step.ts';
import { judgeSurrogate, type InWords } from './check.ts';
import type { StepArrays } from './file.ts';
import { positionsOf } from './maps.ts';
import { ofSamples, type SurrogateModel } from './model.ts';
import { viewsOf } from './views.ts';

const inWords: InWords = {
  describe: (model, slotOf) => (judged, key) =>
    describe(judged, slotOf, constantsOf(model, slotOf(key)), key, (run, stage, subject) =>
      viewsOf(ofSamples(model, run.computation.B), run, stage, subject),
    ),
  relate: (slot, v, got) =>
    describeArray({ slot, expected: { v }, got, inputs: [], others: [], constants: [] }),
};

/**
 * Names and values of the constants that a description may find in a factor. Those of the array's own layer come first. No
 * constant of a neuron is part of a loss or its gradient.
 */
function constantsOf({ T, B, layers: all }: SurrogateModel, own?: Slot): [string, number][] {
  const layers = [...all].sort((a, b) => Number(b.n === own?.n) - Number(a.n === own?.n));
  const isLoss = own?.n === 0 || (own?.n === all.length && /\.d(spikes|mem)$/.test(own.key));
  return [
    ['1', 1],
    ['T', T],
    ['B', B],
    ['classes', neuronsOf(all[all.length - 1].synapse.to)],
    ...(isLoss ? [] : layers).flatMap(({ n, layer: { neuron } }) =>
      (['θ', 'λ'] as const).map((name): [string, number] => [`${name} of layer ${n}`, neuron[name]]),
    ),
    ...layers.flatMap(({ n, synapse: { to } }): [string, number][] =>
      positionsOf(to) > 1 ? [[`positions of layer ${n}`, positionsOf(to)]] : [],
    ),
  ];
}

/**
 * Checks a recorded step of a framework that trains by surrogate gradients, such as snnTorch.
 *
 * @param arrays arrays by name with their shapes: `input`, `layerN.weight`, and all recorded arrays
 * @param words description of the step: `ops`, `loss`, `framework`
 * @param where name of the arrays in error messages
 * @param tell called with the progress
 * @returns the verdict, the arrays that differ, and the mistakes that explain them
 * @throws InputError if the step has an operation that no equation here covers
 */
export function checkSurrogate(
  arrays: StepArrays,
  words: Readonly<Record<string, unknown>>,
  where = 'check',
  tell?: Tell,
): CheckAnswer {
  return judgeSurrogate(arrays, words, where, tell, inWords);
}
