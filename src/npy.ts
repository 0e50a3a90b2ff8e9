/**
 * `asf-bp/npy`: reads and writes NumPy's .npy files.
 *
 * @module asf-bp/npy
 */
export { readNpy, writeNpy } from './formats/npy.ts';
export type { AnyTensor, Dtype, StringTensor, Tensor } from './formats/tensor.ts';
