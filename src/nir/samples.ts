/** The arrays of a trace of several samples, sample by sample: as the file has them, or as if samples and steps were exchanged. */
import { refuse } from '../errors.ts';
import { numbersOf, showShape, type AnyTensor } from '../formats/tensor.ts';

/**
 * What is taken for exchanged: nothing; the axes, (T,S,…) in the file; or the input, or all arrays, whose numbers were read in one piece as
 * (T,S,…), although they were (S,T,…).
 */
export type Exchange = 'none' | 'axes' | 'input' | 'all';

type Arrays = ReadonlyMap<string, AnyTensor>;

/**
 * The arrays of each sample. One sample may have no axis of samples; (T,1,…) is one, too.
 *
 * @param size numbers of the input in a step
 */
export function samplesOf(
  arrays: Arrays,
  given: AnyTensor,
  size: number,
  where: string,
  exchange: Exchange,
): Arrays[] {
  const [first, second] = given.shape;
  const count = given.dtype === 'STR' ? 0 : given.data.length;
  if (first === 1 || count === first * size || count !== first * second * size) return [arrays];
  const samples = exchange === 'axes' ? second : first;
  return Array.from({ length: samples }, (_, sample) => {
    const own = [...arrays].map(([key, tensor]): [string, AnyTensor] => {
      if (tensor.shape[0] !== first || tensor.shape[1] !== second)
        refuse(
          where,
          key,
          `${first} × ${second} samples and steps, as the input has`,
          showShape(tensor.shape),
        );
      return [key, sampleOf(tensor, sample, key === 'input' || exchange !== 'input' ? exchange : 'none')];
    });
    return new Map(own);
  });
}

function sampleOf(tensor: AnyTensor, sample: number, exchange: Exchange): AnyTensor {
  if (tensor.dtype === 'STR') return tensor;
  const [first, second, ...rest] = tensor.shape;
  const [samples, steps] = exchange === 'axes' ? [second, first] : [first, second];
  const numbers = numbersOf(tensor.data);
  const size = rest.reduce((a, b) => a * b, 1);
  const data = new Float64Array(steps * size);
  for (let t = 0; t < steps; t++) {
    const from = (exchange === 'none' ? sample * steps + t : t * samples + sample) * size;
    for (let i = 0; i < size; i++) data[t * size + i] = numbers[from + i];
  }
  return { dtype: 'F64', shape: [steps, ...rest], data };
}
