/** `asf-bp/npy`: arrays of NumPy; apart, so that who reads none does not load it. */
export { readNpy, writeNpy } from './formats/npy.ts';
export type { AnyTensor, Dtype, StringTensor, Tensor } from './formats/tensor.ts';
