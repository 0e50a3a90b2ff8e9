/** The kernels of the forward pass, for a runtime that does not train. */
export { encode, replay } from './encode';
export { convolutionForward, convolutionNegate } from './layers/convolution';
export { averagePoolForward } from './layers/averagePool';
export { maxPoolForward } from './layers/maxPool';
export { copy, layWeights } from './copy';
export { layMasks } from './masks';
