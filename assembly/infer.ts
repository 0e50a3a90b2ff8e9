/** The kernels of the forward pass alone: what a runtime needs that does not train. The same text as in `index.ts`. */
export { encode, replay } from './encode';
export { convolutionForward, convolutionNegate } from './layers/convolution';
export { averagePoolForward } from './layers/averagePool';
export { maxPoolForward } from './layers/maxPool';
export { copy, layWeights } from './copy';
