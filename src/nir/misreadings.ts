/** Ways in which a simulator may take a layer for another one than the graph says, whatever its convention is. */
import type { Floats } from '../../spec/arithmetic.ts';
import type { NirMap } from '../../spec/nirMaps.ts';
import type { NirLayer } from './chain.ts';
import { withoutBias } from './mapNode.ts';

export interface NirMisreading {
  readonly id: string;
  readonly says: string;
  /** The layer that results; undefined where it is the same. */
  readonly read: (layer: NirLayer) => NirLayer | undefined;
}

/** The change of a map; undefined where there is none. */
type MapChange = (map: NirMap) => NirMap | undefined;

export const nirMisreadings: readonly NirMisreading[] = [
  {
    id: 'threshold=1',
    says: 'its threshold is 1, the graph says another',
    read: (layer) => {
      const { parameters } = layer;
      const θ = Array.from(parameters.vThreshold);
      if (θ.every((each) => each === 1)) return undefined;
      return { ...layer, parameters: { ...parameters, vThreshold: new Float64Array(θ.length).fill(1) } };
    },
  },
  {
    id: 'bias=dropped',
    says: 'its bias is missing',
    read: inMaps((map) => ('b' in map && map.b?.some((b) => b !== 0) ? withoutBias(map) : undefined)),
  },
  {
    id: 'recurrent=dropped',
    says: 'its recurrent edge is missing',
    read: ({ recurrent, ...layer }) => recurrent && layer,
  },
  {
    id: 'weights=rounded',
    says: 'its weights are rounded to int8, the largest of each array being 127',
    read: inAllMaps((map) => inBytes(map, Math.round)),
  },
  {
    id: 'weights=cut',
    says: 'its weights are cut towards 0 to int8, the largest of each array being 127',
    read: inAllMaps((map) => inBytes(map, Math.trunc)),
  },
  { id: 'weights=transposed', says: 'its weights are transposed', read: inMaps(transposed) },
  {
    id: 'recurrent=transposed',
    says: 'the weights of its recurrent edge are transposed',
    read: (layer) => {
      const map = layer.recurrent?.map && transposed(layer.recurrent.map);
      return map && { ...layer, recurrent: { ...layer.recurrent, map } };
    },
  },
  {
    id: 'kernel=flipped',
    says: 'its kernels are flipped (a convolution; NIR means a correlation)',
    read: inMaps((map) => {
      if (map.kind !== 'convolution') return undefined;
      const [rows, columns] = map.window.kernel;
      const size = rows * columns;
      return other(map, (i) => i + size - 1 - 2 * (i % size));
    }),
  },
];

/** A change of the maps before the neurons; there is none where it changes no map. */
function inMaps(change: MapChange): NirMisreading['read'] {
  return (layer) => {
    const changed = layer.maps.map(({ map }) => map && change(map));
    if (changed.every((map) => map === undefined)) return undefined;
    return {
      ...layer,
      maps: layer.maps.map((node, k) => ({ ...node, ...(changed[k] && { map: changed[k] }) })),
    };
  };
}

/** A change of the maps before the neurons, and of their recurrent edge. */
function inAllMaps(change: MapChange): NirMisreading['read'] {
  return (layer) => {
    const { recurrent, maps } = inMaps(change)(layer) ?? layer;
    const map = recurrent?.map && change(recurrent.map);
    if (maps === layer.maps && !map) return undefined;
    return { ...layer, maps, ...(map && { recurrent: { ...recurrent, map } }) };
  };
}

/** The map with weights of 8 bits; undefined where they are so already. */
function inBytes(map: NirMap, whole: (value: number) => number): NirMap | undefined {
  if (!('w' in map) || map.kind === 'scale') return undefined;
  let most = 0;
  for (const value of map.w) most = Math.max(most, Math.abs(value));
  const unit = most / 127;
  const w = map.w.map((value) => (unit === 0 ? value : whole((value * 127) / most) * unit));
  return w.every((value, i) => value === map.w[i]) ? undefined : { ...map, w };
}

/** A square matrix transposed. */
function transposed(map: NirMap): NirMap | undefined {
  const n = map.output.channels;
  if (map.kind !== 'dense' || map.input.channels !== n) return undefined;
  return other(map, (i) => (i % n) * n + Math.floor(i / n));
}

/** The map with each weight from another place; undefined where all weights are the same then. */
function other(map: Extract<NirMap, { w: Floats }>, from: (i: number) => number): NirMap | undefined {
  const w = map.w.map((_, i) => map.w[from(i)]);
  return w.every((value, i) => value === map.w[i]) ? undefined : { ...map, w };
}
