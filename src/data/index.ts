/** Data sets (samples read by number), for the command. */
export { cifar10 } from './cifar10.ts';
export { type Dataset, checkDataset, firstOf, images, selected, sliceOf } from './dataset.ts';
export { type Binning, checkBinning, computeFrames } from './frames.ts';
export { type Recording, type RecordingSet, compareFiles, lastTenth, recordings } from './recordings.ts';
