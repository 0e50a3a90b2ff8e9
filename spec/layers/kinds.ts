/** The registry: one line per kind of layer. */
import type { LayerKind, LayerKindName } from '../network.ts';
import { averagePool, sumPool } from './averagePool.ts';
import { convolution } from './convolution.ts';
import { linear } from './linear.ts';
import { maxPool } from './maxPool.ts';

export const layerKinds: Readonly<Record<LayerKindName, LayerKind>> = {
  linear,
  convolution,
  averagePool,
  maxPool,
  sumPool,
};
