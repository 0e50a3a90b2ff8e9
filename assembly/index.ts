/**
 * The kernels. They take pointers and lengths, and use neither managed objects nor module state. Each stage has a file.
 *
 * A core's two loads per cycle and its sixteen vector registers limit the speed of `tile.ts`. The registers limit `neuron.ts`, and the
 * order in which memory is read limits `rows.ts`. For short lists of events, writing the list costs more than adding
 * its weights, so a first layer may use masks (`masks.ts`) instead. Pools work on the bits of up to 64 channels at once
 * (`layers/averagePool.ts`). `unroll.mjs` unrolls the templates; `tables.mjs` collects the names of arguments for the host.
 */
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
