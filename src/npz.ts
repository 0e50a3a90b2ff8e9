/** `asf-bp/npz`: arrays of NumPy, in and out; apart, so that who does not read them does not load what unpacks them. */
export { readNpz, writeNpz } from './formats/npz.ts';
export type { AnyTensor } from './formats/tensor.ts';
