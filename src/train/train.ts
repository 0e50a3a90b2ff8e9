/**
 * The trainer. Every training in this project is this generator, or `fit` around the same steps: it yields after each batch, an
 * AbortSignal can stop it, and its state can be saved after any yield.
 */
import { yieldToEventLoop } from '../yieldToEventLoop.ts';
import type { Dataset } from '../data/dataset.ts';
import type { SpikingNetwork } from '../network/network.ts';
import { checkOptions } from '../network/check.ts';
import { stepsOf, type Steps } from './steps.ts';
import { OpenTraining, type Progress, type TrainOptions } from './openTraining.ts';

/**
 * Trains a network with ASF-BP or another learning rule. The network's weights and S are set when the generator ends
 * or is closed, and on each call of `state()`; never in between, and never from a failed step.
 *
 * @param net the training starts from its weights, or from the seed if it has none
 * @throws InputError if options or data do not fit, or if a number is no longer finite
 */
export function train(net: SpikingNetwork, data: Dataset, options: TrainOptions = {}): Steps<Progress> {
  return stepsOf('train', training(net, data, options));
}

async function* training(
  net: SpikingNetwork,
  data: Dataset,
  options: TrainOptions,
): AsyncGenerator<Progress, void> {
  checkOptions('train', options);
  const open = await OpenTraining.open(net, data, options);
  try {
    while (!open.isOver && !options.signal?.aborted) {
      yield await open.step();
      await yieldToEventLoop();
    }
  } finally {
    // After a signal or `break`, a program may still ask for the state.
    await open.close(true);
  }
}
