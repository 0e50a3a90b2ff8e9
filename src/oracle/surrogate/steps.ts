/**
 * The stages of a training step by surrogate gradients: current, neuron, surrogate, backward, loss; layer by layer, and back. What they
 * compute is `spec/surrogateGradient.ts`, of neurons of `spec/frameworks.ts`.
 */
import type { Computation } from '../../engine/run.ts';
import { once } from '../memo.ts';
import { backwardStages } from './backward.ts';
import { forwardStages } from './forward.ts';
import { lossStages } from './loss.ts';
import { ofSamples, type SurrogateModel } from './model.ts';

/** A step as a computation. */
export const computationOf = once((model: SurrogateModel): Computation => {
  const { T, B, layers } = model;
  return {
    T,
    B,
    atOnce: B,
    stages: [
      ...layers.flatMap((layer) => forwardStages(model, layer)),
      ...lossStages(model),
      ...[...layers].reverse().flatMap((layer) => backwardStages(model, layer)),
    ],
    ofSamples: (count) => computationOf(ofSamples(model, count)),
    axesOf: (key) => (key === 'label' ? 'B' : /weight|bias|dw|db|recurrent|loss$/.test(key) ? '' : 'TB'),
  };
});
