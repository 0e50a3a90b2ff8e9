/** The training protocols of the paper and of the authors’ public code, and smaller networks for small experiments. */
import { lenet, lenetNmnist, vgg7, vgg7dvs, type NetworkFile } from '../network/models.ts';
import type { NetworkOptions } from '../network/network.ts';
import type { TrainSettings } from '../train/settings.ts';
import type { ExperimentSettings, Training } from './experiment.ts';

/** The paper says: "For the LIF model, we utilize 0.99 as the decay coefficient." */
export const leaks = { IF: 1, LIF: 0.99 } as const;
export type NeuronModel = keyof typeof leaks;

interface Protocol {
  readonly model: NetworkFile;
  readonly settings: Required<Pick<TrainSettings, 'epochs' | 'batch' | 'learningRate' | 'rateSteps'>>;
}

/**
 * Learning rates, epochs and the epochs at which the rate is multiplied by 0.2 are from the authors' code. The paper gives rates
 * of 8.5e-4 or 5e-4, and lowers them by hand after dozens of epochs. Batches are the paper's; the code uses 64 for MNIST. Neither
 * the paper nor the code uses N-MNIST; here it is trained like MNIST.
 */
const digits = { epochs: 125, batch: 60, learningRate: 8.5e-4, rateSteps: [25] };
export const protocols = {
  mnist: { model: lenet, settings: digits },
  nmnist: { model: lenetNmnist, settings: digits },
  cifar10: {
    model: vgg7,
    settings: { epochs: 100, batch: 100, learningRate: 5e-4, rateSteps: [50, 75] },
  },
  'cifar10-dvs': {
    model: vgg7dvs,
    settings: { epochs: 60, batch: 40, learningRate: 5e-4, rateSteps: [10, 20, 30, 50] },
  },
} as const satisfies Readonly<Record<string, Protocol>>;

/** The window of the authors' code, and of the paper's comparison with others. */
export const timeWindow = 100;

/** The values in which a size of an experiment differs from the protocol. */
interface Overrides {
  readonly model?: NetworkFile;
  readonly samples: Training['samples'];
  readonly settings?: TrainSettings;
}

export function trainingFor(
  dataset: keyof typeof protocols,
  { seed, variant }: ExperimentSettings,
  { model, samples, settings: overrides }: Overrides,
  options: NetworkOptions,
): Training {
  const { settings, model: whole } = protocols[dataset];
  const batch = settings === digits && variant === 'authors' ? 64 : settings.batch;
  return {
    dataset,
    model: model ?? whole,
    options: { variant, ...options },
    settings: { ...settings, batch, seed, ...overrides },
    samples,
  };
}

/**
 * A narrower network: the maps of its convolutions in order, the units of the hidden linear layer, and the threshold. A smaller
 * window needs a smaller threshold, or later layers of a deep network would be silent.
 */
export interface Narrow {
  readonly maps: readonly number[];
  readonly units: number;
  readonly threshold: number;
}

export function narrowed(model: NetworkFile, { maps, units, threshold }: Narrow): NetworkFile {
  const left = [...maps];
  const output = model.layers.length - 1;
  const layers = model.layers.map((layer, index) => {
    if (layer.kind === 'convolution') return { ...layer, channels: left.shift()! }; // `maps` has one per convolution
    return layer.kind === 'linear' && index < output ? { ...layer, units } : layer;
  });
  return { ...model, name: `${model.name}-narrow`, threshold, layers };
}

/** `16, 16, 32, 32, 32 maps and 128 units in place of 64, 64, … `, and the threshold if it differs. */
export function narrowWords(model: NetworkFile, { maps, units, threshold }: Narrow): string {
  const paper = model.layers.flatMap((layer) => (layer.kind === 'convolution' ? [layer.channels] : []));
  const [hidden] = model.layers.flatMap((layer) => (layer.kind === 'linear' ? [layer.units] : []));
  const changed =
    threshold === model.threshold ? '' : `, threshold ${threshold} in place of ${model.threshold}`;
  return `${maps.join(', ')} maps and ${units} units in place of ${paper.join(', ')} and ${hidden}${changed}`;
}
