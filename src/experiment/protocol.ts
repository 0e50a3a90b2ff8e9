/** The training protocols of the paper and of the authors’ public code, and smaller networks for small experiments. */
import { lenet, lenetNmnist, vgg7, vgg7dvs, type NetworkFile } from '../network/models.ts';
import type { NetworkOptions } from '../network/network.ts';
import type { ExperimentSettings, Training } from './experiment.ts';

/** The paper says: "For the LIF model, we utilize 0.99 as the decay coefficient." */
export const leaks = { IF: 1, LIF: 0.99 } as const;
export type NeuronModel = keyof typeof leaks;

/**
 * Learning rates, epochs, and the epochs at which the rate is multiplied by 0.2 are those of the authors' code. The paper gives rates of
 * 8.5e-4 or 5e-4, and lowers them by hand after dozens of epochs. Batches are the paper's; the code uses 64 for MNIST. Neither has N-MNIST,
 * so its settings are those of MNIST. `samples` are those of the whole data set.
 */
const digits = {
  samples: { train: 60_000, test: 10_000 },
  settings: { epochs: 125, batch: 60, learningRate: 8.5e-4, rateSteps: [25] },
};
export const protocols = {
  mnist: { model: lenet, ...digits },
  nmnist: { model: lenetNmnist, ...digits },
  cifar10: {
    model: vgg7,
    samples: { train: 50_000, test: 10_000 },
    settings: { epochs: 100, batch: 100, learningRate: 5e-4, rateSteps: [50, 75] },
  },
  'cifar10-dvs': {
    model: vgg7dvs,
    samples: { train: 9000, test: 1000 },
    settings: { epochs: 60, batch: 40, learningRate: 5e-4, rateSteps: [10, 20, 30, 50] },
  },
} as const;
export type DatasetName = keyof typeof protocols;

/** The window of the authors' code, and of the paper's comparison with others. */
export const timeWindow = 100;

/** The samples of a training, the model and settings that replace those of its protocol, and the options of its network. */
type Changes = NetworkOptions & Pick<Training, 'samples'> & Partial<Pick<Training, 'model' | 'settings'>>;

export function trainingFor(
  dataset: DatasetName,
  { seed, variant }: Pick<ExperimentSettings, 'seed' | 'variant'>,
  { model = protocols[dataset].model, samples, settings: changes, ...options }: Changes,
): Training {
  const { settings } = protocols[dataset];
  const batch = settings === digits.settings && variant === 'authors' ? 64 : settings.batch;
  return {
    dataset,
    model,
    options: { variant, ...options },
    settings: { ...settings, batch, seed, ...changes },
    samples,
  };
}

/** VGG7 for small experiments: narrower, and with threshold 1. With threshold 2 and short windows, its later layers would be silent. */
export function narrowed(model: NetworkFile): NetworkFile {
  const layers = model.layers.map((layer, index) => {
    if (layer.kind === 'convolution') return { ...layer, channels: layer.channels / 4 };
    return layer.kind === 'linear' && index < model.layers.length - 1 ? { ...layer, units: 128 } : layer;
  });
  return { ...model, name: `${model.name}-narrow`, threshold: 1, layers };
}
