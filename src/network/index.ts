/** Descriptions of networks, for the command. */
export { checkLeak, checkNetwork, checkThreshold, checkVariant, limits, shapeText } from './check.ts';
export { type NetworkFile, lenet } from './models.ts';
export {
  type NetworkOptions,
  type SpikingNetwork,
  type TrainedOn,
  choicesText,
  digest,
  models,
  network,
  trainedWeights,
  variantText,
  weightedLayers,
} from './network.ts';
export { unusedLines } from './unused.ts';
