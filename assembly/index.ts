/** The kernels: pointers and lengths, no objects, no module state. One file per stage. */
export { encode, replay } from './encode';
export { convolutionForward, convolutiondw, convolutiondFO, lineardFO, convolutionFrame, convolutionTurn, convolutionNegate } from './layers/convolution';
export { averagePoolForward, averagePooldFO } from './layers/averagePool';
export { maxPoolForward, maxPooldFO } from './layers/maxPool';
export { flowSums } from './scale';
export { loss } from './loss';
export { applydFI, accumulate } from './backward';
export { applydu, windowSlope, spikeMap, eventMap } from './reverseTime';
export { sgd, adam } from './update';
export { copy, layWeights } from './copy';
export { layMasks } from './masks';
