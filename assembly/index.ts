/**
 * The kernels: pointers and lengths, no objects, no module state. One file per stage.
 *
 * What limits them: tiles the two loads per cycle of a core and its sixteen vector registers (`tile.ts`), neurons these registers
 * (`neuron.ts`), rows the order in which memory is read (`rows.ts`). Short lists of events cost more to write than to add, so a first layer
 * may take masks (`masks.ts`). Pools work on the bits of up to 64 channels at once (`layers/averagePool.ts`). Templates among them are
 * unrolled by `unroll.mjs`; the host reads the names of their arguments by `tables.mjs`.
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
