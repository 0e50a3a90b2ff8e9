/** Networks that fit the user's data. */
import { neuronsOf } from '../../../spec/network.ts';
import { lenet, type NetworkFile } from '../../network/index.ts';
import type { Facts } from './place.ts';

/** Whether a table has few values per sample. Each value is then important, and random spikes would encode it too coarsely. */
export const isNarrow = (size: number): boolean => size < 100;

/**
 * LeNet for images of MNIST's size or rows of 784 values, with at most 10 classes; also for spikes of such images in LeNet's
 * number of steps. Else a network with one hidden layer.
 */
export function fittingNetwork(facts: Facts): NetworkFile {
  const { shape, classes, steps = lenet.timeWindow } = facts;
  const isFlat = shape.height === 1 || shape.height === shape.width;
  const isTaken = shape.channels === 1 && isFlat && neuronsOf(shape) === neuronsOf(lenet.input);
  return isTaken && classes <= 10 && steps === lenet.timeWindow ? lenet : oneHiddenLayer(facts);
}

/** A hint for the user: the description of a network for these samples, to be put into a file for `--model`. */
export function modelHint(facts: Facts): string {
  const { name: _, ...file } = oneHiddenLayer(facts);
  return `describe a network in a file for --model: ${JSON.stringify(file)}`;
}

/**
 * A network with one hidden layer. For a table of few columns, the network has a bias, and `even` spikes, which encode small
 * differences of measurements.
 */
function oneHiddenLayer({ shape, classes, isTable = false, steps = 20 }: Facts): NetworkFile {
  const { channels, height, width } = shape;
  const isFine = isTable && isNarrow(neuronsOf(shape));
  return {
    name: isFine ? 'table-100' : 'linear-100',
    variant: 'authors',
    input: { channels, height, width, ...(isFine ? { scale: 1, spikes: 'even' } : { scale: 0.5 }) },
    timeWindow: steps,
    threshold: 1,
    layers: [
      { kind: 'linear', units: 100, ...(isFine && { bias: true }) },
      { kind: 'linear', units: classes },
    ],
  };
}
