/** Networks that fit a data set of the user's own. */
import { neuronsOf } from '../../../spec/network.ts';
import { lenet, type NetworkFile } from '../../network/index.ts';
import type { Facts } from './place.ts';

/** Whether a table has so few values per sample that each matters, so that random spikes encode them too coarsely. */
export const isNarrow = (size: number): boolean => size < 100;

/** LeNet for samples that it accepts: MNIST's images, and rows of as many values; else one hidden layer. */
export function fittingNetwork(facts: Facts): NetworkFile {
  const { shape, classes } = facts;
  const isFlat = shape.height === 1 || shape.height === shape.width;
  const isTaken = shape.channels === 1 && isFlat && neuronsOf(shape) === neuronsOf(lenet.input);
  return isTaken && classes <= 10 ? lenet : oneHiddenLayer(facts);
}

/** A hint with the description of a network, to be put into a file, for samples that the chosen network does not accept. */
export function modelHint(facts: Facts): string {
  const { name: _, ...file } = oneHiddenLayer(facts);
  return `describe a network in a file for --model: ${JSON.stringify(file)}`;
}

/**
 * Measurements lie near the middle of 0 … 1 in all classes: they need a bias, and spikes that encode small
 * differences.
 */
function oneHiddenLayer({ shape, classes, isTable = false }: Facts): NetworkFile {
  const { channels, height, width } = shape;
  const isFine = isTable && isNarrow(neuronsOf(shape));
  return {
    name: isFine ? 'table-100' : 'linear-100',
    variant: 'authors',
    input: { channels, height, width, ...(isFine ? { scale: 1, spikes: 'even' } : { scale: 0.5 }) },
    timeWindow: 20,
    threshold: 1,
    layers: [
      { kind: 'linear', units: 100, ...(isFine && { bias: true }) },
      { kind: 'linear', units: classes },
    ],
  };
}
