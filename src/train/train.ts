/** The trainer: a generator that yields after each batch. Its state can be saved after any yield. An `AbortSignal` stops it. */
import { yieldToEventLoop } from '../yieldToEventLoop.ts';
import type { Dataset } from '../data/dataset.ts';
import { checkOptions, InputError } from '../errors.ts';
import type { SpikingNetwork } from '../network/network.ts';
import { OpenTraining, type Progress, type TrainOptions } from './openTraining.ts';

/** The steps of a training, to be read with `for await`. */
export interface Steps<Step> extends AsyncGenerator<Step, void> {
  /** `await train(…)` would train nothing. This type makes such an `await` a compile error; at run time, `await` rejects. */
  then(iterate: 'for await (const step of …)'): never;
}

/** Adds a `then` to a generator. This `then` rejects when a program awaits the generator. */
export function stepsOf<Step>(where: string, generator: AsyncGenerator<Step, void>): Steps<Step> {
  return Object.assign(generator, {
    // oxlint-disable-next-line no-thenable -- this `then` only reports that a caller awaited the steps
    then: (_: unknown, reject?: (error: InputError) => void): never => {
      const next = `iterate: for await (const step of ${where}(…))`;
      reject?.(new InputError(`${where}: expected steps to be iterated, got await; ${next}`));
      return undefined as never; // a promise ignores what `then` returns
    },
  });
}

/**
 * Trains a network with ASF-BP or another learning rule, and yields after each batch. The weights and S of the network change
 * when the generator ends or is closed, and on each call of `state()`. A failed step never changes them.
 *
 * @param net a network; training starts from its weights, or draws them from the seed if it has none
 * @param data samples with the shape (C,H,W) of the network's input
 * @param options settings, backend, signal and state; each has a default
 * @returns the records, one per batch, to be read with `for await`
 * @throws InputError if options or data do not fit, or if a number is no longer finite
 * @example
 * ```ts
 * import { images, network, train } from 'asf-bp';
 * const data = images('two', { channels: 1, height: 1, width: 2 }, Uint8Array.of(255, 0, 0, 255), [0, 1]);
 * const net = network({ input: data.shape, timeWindow: 10, threshold: 1, layers: [{ kind: 'linear', units: 2 }] });
 * for await (const { batch, samples } of train(net, data, { epochs: 1 })) console.log(batch, samples); // 0 2
 * ```
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
    // A program may still call `state()` after a signal or `break`.
    await open.close(true);
  }
}
