/** The kernels of each kind of layer, and its view of the map before it. */
import { divisorOf, type Layer, type LayerKindName } from '../../../spec/network.ts';
import type { ShaderName } from './kernels.ts';
import type { DeviceCells } from './layout.ts';
import type { Params } from './params.ts';

export interface WebgpuKind {
  /** The map before the layer, as its kernels see it, and the layer's window. */
  view(layer: Layer, from: DeviceCells): Params;
  readonly forward: ShaderName;
  readonly dFO: ShaderName;
  readonly dw?: ShaderName;
}

const asMap: WebgpuKind['view'] = (layer, { rows, columns, channels }) => ({
  height: rows,
  width: columns,
  channels,
  ...layer.window,
  count: divisorOf(layer),
});

const convolution: WebgpuKind = {
  view: asMap,
  forward: 'convolution',
  dFO: 'convolutiondFO',
  dw: 'convolutiondw',
};

/** A convolution over one position, whose channels are all inputs of the layer. */
const linear: WebgpuKind = {
  ...convolution,
  view: (_, { count }) => ({ height: 1, width: 1, channels: count, size: 1, stride: 1, padding: 0 }),
};

const averagePool: WebgpuKind = { view: asMap, forward: 'averagePool', dFO: 'averagePooldFO' };
const maxPool: WebgpuKind = { view: asMap, forward: 'maxPool', dFO: 'maxPooldFO' };

export const webgpuKinds: Readonly<Record<LayerKindName, WebgpuKind>> = {
  linear,
  convolution,
  averagePool,
  maxPool,
  sumPool: averagePool,
};
