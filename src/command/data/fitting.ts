/** Networks that fit a data set of the user's own. */
import { neuronsOf } from '../../../spec/network.ts';
import { lenet, type NetworkFile } from '../../network/models.ts';
import type { Facts } from './place.ts';

/** LeNet for what it takes, as MNIST's images and rows of as many values; else one hidden layer. */
export function fittingNetwork(facts: Facts): NetworkFile {
  const { shape, classes } = facts;
  const isFlat = shape.height === 1 || shape.height === shape.width;
  const isTaken = shape.channels === 1 && isFlat && neuronsOf(shape) === neuronsOf(lenet.input);
  return isTaken && classes <= 10 ? lenet : { name: 'linear-100', ...oneHiddenLayer(facts) };
}

/** A description of a network for samples that another does not accept, to be put into a file. */
export function modelHint(facts: Facts): string {
  return `describe a network in a file for --model: ${JSON.stringify(oneHiddenLayer(facts))}`;
}

function oneHiddenLayer({ shape: { channels, height, width }, classes }: Facts): NetworkFile {
  return {
    variant: 'authors',
    input: { channels, height, width, scale: 0.5 },
    timeWindow: 20,
    threshold: 1,
    layers: [
      { kind: 'linear', units: 100 },
      { kind: 'linear', units: classes },
    ],
  };
}
