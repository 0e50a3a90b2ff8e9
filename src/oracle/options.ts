/** Options that `check` and `expected` share: a network, and arrays by key. */
import { real } from '../../spec/arithmetic.ts';
import { buildNetwork, type NetworkDescription } from '../../spec/dictionary.ts';
import type { Variant } from '../../spec/variant.ts';
import { checkOneOf, checkRecord, refuse, show } from '../errors.ts';
import { arrayOf, countElements, dtypes, type Tensor } from '../formats/tensor.ts';
import { checkNetwork, checkVariant } from '../network/check.ts';
import type { NetworkFile } from '../network/models.ts';
import type { Values } from '../engine/rounding.ts';
import { checkArrays, mapLayouts, ours, weightLayouts, type Layout, type Supply } from './files/values.ts';
import { weightKeys } from './keys.ts';

/** Arrays by key: a map, or a record. */
export type ArraysByName =
  | ReadonlyMap<string, Pick<Tensor, 'shape' | 'data'>>
  | Readonly<Record<string, Pick<Tensor, 'shape' | 'data'>>>;

export interface Options {
  /** A network file, as for `network()`. */
  readonly network: NetworkFile;
  /** A preset, or one with some choices replaced. Default: the network's own. */
  readonly variant?: NetworkFile['variant'] | undefined;
  /** Arrays by key. */
  readonly arrays: ArraysByName;
  /** Order of the dimensions of maps and weights. Default: NCHW and out-in. */
  readonly layout?: Partial<Layout> | undefined;
  /** How the gradient changes the weights. Default `adam`. */
  readonly optimiser?: 'adam' | 'sgd' | undefined;
  /** Name of the arrays in error messages. Default: the name of the called function. */
  readonly where?: string | undefined;
}

/** The checked network and variant of the options. */
export function networkOf(
  options: Options,
  where: string,
): { description: NetworkDescription; variant: Variant } {
  const description = checkNetwork(where, options.network);
  const variant = checkVariant(where, options.variant ?? options.network.variant ?? 'paper');
  return { description, variant };
}

const known = ['network', 'variant', 'arrays', 'layout', 'optimiser', 'where', 'gradients'];

/** Checks options, and returns the name that error messages give to the arrays. */
export function checkOptions(where: string, options: Options, more: readonly string[] = []): string {
  checkRecord(where, 'options', options, [...known, ...more]);
  const { where: named = where, arrays, layout = {}, network } = options;
  if (typeof named !== 'string') refuse(where, 'where', 'a text', named);
  checkRecord(named, 'network', network);
  const { maps, weights } = checkRecord(named, 'layout', layout, Object.keys(ours));
  if (maps !== undefined) checkOneOf(named, 'layout.maps', maps, mapLayouts);
  if (weights !== undefined) checkOneOf(named, 'layout.weights', weights, weightLayouts);
  if (options.optimiser !== undefined) checkOneOf(named, 'optimiser', options.optimiser, ['adam', 'sgd']);
  checkRecord(named, 'arrays', arrays);
  return named;
}

/**
 * The network of a step, and its input arrays.
 *
 * @throws InputError if weights are missing, or if the input spikes are missing and cannot be computed from `image` and either
 * `encode.word` or `encode.seed`
 */
export function openEntered(options: Options, where: string) {
  const { description, variant } = networkOf(options, where);
  const network = buildNetwork(description, variant, real);
  const layout = { ...ours, ...options.layout };
  const { B, arrays } = checkArrays(network, tensorsOf(options.arrays, where), layout, where);
  for (const key of network.layers.flatMap(weightKeys))
    if (!arrays.has(key)) refuse(where, key, 'an array', undefined);
  const isEncoded = arrays.has('image') && (arrays.has('encode.word') || arrays.has('encode.seed'));
  // Evenly spaced spikes cannot be encoded here, so they must be supplied.
  if (!arrays.has('input.spikes') && (network.isEven || !isEncoded))
    refuse(
      where,
      'input.spikes',
      network.isEven ? 'an array' : 'an array, or image with encode.word or encode.seed',
      undefined,
    );
  return { description, variant, network, B, arrays };
}

export function tensorsOf(arrays: ArraysByName, where: string): Map<string, Tensor> {
  const entries: [unknown, unknown][] = arrays instanceof Map ? [...arrays] : Object.entries(arrays);
  return new Map(
    entries.map(([key, supply]) => {
      if (typeof key !== 'string') refuse(where, 'arrays', 'keys that are texts', key);
      const { shape, data } = checkRecord(where, key, supply) as unknown as Supply; // the next lines check it
      const count = countElements(where, `${key}: shape`, shape);
      const values: unknown = data;
      if (Array.isArray(values)) {
        const bad = values.findIndex((value) => !['number', 'bigint', 'string'].includes(typeof value));
        if (bad >= 0) refuse(where, key, 'numbers', `${show(values[bad])} at place ${bad}`);
        if (values.length !== count)
          refuse(where, key, `${count} elements, as its shape says`, values.length);
        return [key, { dtype: 'F64', shape, data: Float64Array.from(values, Number) }];
      }
      if (!dtypes.some((name) => values instanceof arrayOf[name]) || !ArrayBuffer.isView(values))
        refuse(where, key, 'a typed array with its shape', values);
      if (data.length !== count) refuse(where, key, `${count} elements, as its shape says`, data.length);
      return [key, tensorOf(data, shape)];
    }),
  );
}

export function tensorOf(data: Values | BigInt64Array | BigUint64Array, shape: readonly number[]): Tensor {
  const dtype = dtypes.find((name) => name !== 'BOOL' && data instanceof arrayOf[name]);
  return { dtype, shape, data } as Tensor; // `dtype` is the type of `data`
}
