/** The kernels. Pointers and lengths; no objects, no module state. Each stage has its file. */
export { encode, accumulateInputFlow } from './encode';
export { convolutionForward, convolutiondw, convolutiondFO, convolutionTurn } from './layers/convolution';
export { averagePoolForward, averagePooldFO } from './layers/averagePool';
export { maxPoolForward, maxPoolAccumulated, maxPooldFO } from './layers/maxPool';
export { accumulateFO } from './flow';
export { flowSums } from './scale';
export { loss } from './loss';
export { applydFI, accumulate } from './backward';
export { sgd, adam } from './update';
