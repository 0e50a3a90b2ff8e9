/**
 * Sum pooling: the number of spikes of a window enters a spiking neuron, whose threshold and leak are those of any layer.
 * It is an average pool that divides by nothing: each of its synapses has weight 1.
 */
import type { LayerKind } from '../network.ts';
import { averagePool } from './averagePool.ts';

const { divisor: _, neuron: _own, ...pool } = averagePool;

export const sumPool: LayerKind = { ...pool, name: 'sumPool' };
