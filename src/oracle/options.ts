/** What `check` and `expected` are given: a network, and arrays by key. */
import type { NetworkDescription } from '../../spec/dictionary.ts';
import type { Variant } from '../../spec/variant.ts';
import { refuse } from '../errors.ts';
import { arrayOf, dtypes, type Dtype, type Tensor } from '../formats/tensor.ts';
import { checkNetwork, checkVariant } from '../network/check.ts';
import type { NetworkFile } from '../network/models.ts';
import type { Values } from './interval.ts';
import type { Layout } from './files/layout.ts';
import type { Supply } from './files/values.ts';

/** Arrays by key: a map, or a record. */
export type ArraysByName = ReadonlyMap<string, Supply> | Readonly<Record<string, Supply>>;

export interface Options {
  /** As `network()` takes it. */
  readonly network: NetworkFile;
  /** A preset, or one with some choices replaced. Default: the network's own. */
  readonly variant?: NetworkFile['variant'] | undefined;
  readonly arrays: ArraysByName;
  /** Dimensions of maps and weights. Default: NCHW and out-in. */
  readonly layout?: Partial<Layout> | undefined;
  /** How the gradient changes the weights. Default `adam`. */
  readonly optimiser?: 'adam' | 'sgd' | undefined;
  /** What messages call the arrays. Default `check`. */
  readonly where?: string | undefined;
}

/** The network of the options, checked. Only ASF-BP is judged here: its output layer integrates. */
export function networkOf(
  options: Options,
  where: string,
): { description: NetworkDescription; variant: Variant } {
  const description = checkNetwork(where, options.network);
  const variant = checkVariant(where, options.variant ?? options.network.variant ?? 'paper');
  if (variant.output !== 'integrates')
    refuse(where, 'variant.output', 'integrates, as ASF-BP has it', variant.output);
  return { description, variant };
}

export function tensorsOf(arrays: ArraysByName, where: string): Map<string, Tensor> {
  const entries = arrays instanceof Map ? [...arrays] : Object.entries(arrays);
  return new Map(
    entries.map(([key, { shape, data }]: [string, Supply]) => {
      const values = data as unknown;
      if (Array.isArray(values))
        return [key, { dtype: 'F64', shape, data: Float64Array.from(values, Number) }];
      if (!ArrayBuffer.isView(values)) refuse(where, key, 'a typed array with its shape', values);
      return [key, tensorOf(data as Values, shape)];
    }),
  );
}

/** Numbers with their shape as a tensor. */
export function tensorOf(data: Values | BigInt64Array | BigUint64Array, shape: readonly number[]): Tensor {
  const dtype = dtypes.find((name) => name !== 'BOOL' && data instanceof arrayOf[name]) as Dtype;
  return { dtype, shape, data } as Tensor;
}
