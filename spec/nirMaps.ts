/** NIR: the linear nodes between neurons. Maps are (C,H,W), weights as in PyTorch. Silent inputs are skipped: they add nothing. */
import { precisionOf, type Floats } from './arithmetic.ts';
import { applySynapticSum } from './current.ts';
import { windowSynapses, type NirWindow } from './layers/window.ts';
import { rasterOrder, type Shape, type Synapses } from './network.ts';

export type { NirWindow } from './layers/window.ts';

/** A linear node, with its weights in a precision. A pool sums or averages its kernel's inputs. */
export type NirMap = { readonly input: Shape; readonly output: Shape } & (
  | { readonly kind: 'dense'; readonly w: Floats; readonly b?: Floats }
  | { readonly kind: 'convolution'; readonly w: Floats; readonly b?: Floats; readonly kernel: NirWindow }
  | { readonly kind: 'pool'; readonly mean: boolean; readonly kernel: NirWindow }
  | { readonly kind: 'scale'; readonly w: Floats }
);

/** The kernel of a dense node: its map has one position. */
export const pointwise: NirWindow = { size: [1, 1], stride: [1, 1], padding: [0, 0] };

/** The kernel of a node; `pointwise` if the node has none. */
export const kernelOf = (map: NirMap): NirWindow => ('kernel' in map ? map.kernel : pointwise);

/** y ← output of the node for o: sums in raster order of the inputs, then the bias or, for a mean, the division. */
export function applyNirMap(y: Floats, o: Floats, map: NirMap): void {
  if (map.kind === 'scale') {
    for (let i = 0; i < y.length; i++) y[i] = map.w[i] * o[i];
    return;
  }
  const { order, synapses } = connectionsOf(map);
  // The one weight of a pool is 1.
  const w = map.kind === 'pool' ? precisionOf(y).array(1).fill(1) : map.w;
  applySynapticSum(y, w, o, order, synapses);
  if (map.kind !== 'pool') applyBias(y, map.b);
  else if (map.mean) applyMean(y, map.kernel);
}

type WindowedMap = Exclude<NirMap, { readonly kind: 'scale' }>;

/** The synapses of a node, and the raster order of its inputs. */
interface NirConnections {
  readonly order: Int32Array;
  readonly synapses: Synapses;
}

const known = new WeakMap<WindowedMap, NirConnections>();

/** The connections of a node. They are computed once, because a node is applied at every step. */
export function connectionsOf(map: WindowedMap): NirConnections {
  const arrayOf = known.get(map) ?? {
    order: rasterOrder(map.input),
    synapses: windowSynapses(map, kernelOf(map), map.kind === 'pool'),
  };
  known.set(map, arrayOf);
  return arrayOf;
}

/** y ← y + b. If b has fewer numbers than y, each is for all neurons of one channel. */
function applyBias(y: Floats, b: Floats | undefined): void {
  if (!b) return;
  const positions = y.length / b.length;
  for (let i = 0; i < y.length; i++) y[i] = y[i] + b[Math.floor(i / positions)];
}

/** y ← y / n for kernels of n inputs. */
function applyMean(y: Floats, { size }: NirWindow): void {
  const n = size[0] * size[1];
  for (let i = 0; i < y.length; i++) y[i] = y[i] / n;
}
