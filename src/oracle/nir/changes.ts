/** Changes of a simulator by mistakes: the parameters of its neurons, its maps, and where numbers come from. */
import type { Floats } from '../../../spec/arithmetic.ts';
import type { NirParameters } from '../../../spec/nir.ts';
import type { NirMap } from '../../../spec/nirMaps.ts';
import type { NirLayer } from '../../nir/import/chain.ts';
import type { Fitted, Mistake } from '../name.ts';
import type { ChangeOf } from '../rows.ts';
import type { NirModel } from './steps.ts';

export type NirMistake = Mistake<NirModel>;
export type NirChange = ChangeOf<NirModel>;

/** The stages of a layer. */
export const everywhere = ['current', 'synapse', 'neuron'];
export const inCurrents = ['current'];
export const inNeurons = ['synapse', 'neuron'];

/** Other layers. */
const byLayers = (of: (layer: NirLayer, k: Fitted) => NirLayer): NirChange => ({
  change: ({ chain }, k) => ({
    chain: { ...chain, layers: chain.layers.map((layer) => of(layer, k)) },
  }),
});

/** Other parameters of every layer. */
export const byParameters = (of: (own: NirParameters, k: Fitted) => Partial<NirParameters>): NirChange =>
  byLayers((layer, k) => ({ ...layer, parameters: { ...layer.parameters, ...of(layer.parameters, k) } }));

/** A map with weights between channels. */
export type Weighted = Exclude<Extract<NirMap, { w: Floats }>, { kind: 'scale' }>;

/** Other maps with weights, in every layer and its recurrent edge, if any. */
export const byMaps = (
  of: (map: Weighted, k: Fitted, isBack: boolean) => Partial<Weighted> | undefined,
): NirChange =>
  byLayers(({ recurrent, ...layer }, k) => {
    const other = (map: NirMap, isBack: boolean): NirMap =>
      'w' in map && map.kind !== 'scale' ? ({ ...map, ...of(map, k, isBack) } as NirMap) : map; // of its kind
    return {
      ...layer,
      maps: layer.maps.map((node) => (node.map ? { ...node, map: other(node.map, false) } : node)),
      ...(recurrent && {
        recurrent: recurrent.map ? { ...recurrent, map: other(recurrent.map, true) } : recurrent,
      }),
    };
  });

/** An array (T,B,n) read from other steps, samples and neurons; values from outside are 0. */
export function takenFrom(
  values: Floats,
  { T, B }: NirModel,
  from: (t: number, b: number, i: number) => readonly [t: number, b: number, i: number],
): Floats {
  const n = values.length / (T * B);
  return Float64Array.from(values, (_, m) => {
    const [t, b, i] = from(Math.floor(m / (B * n)), Math.floor(m / n) % B, m % n);
    return values[(t * B + b) * n + i] ?? 0;
  });
}
