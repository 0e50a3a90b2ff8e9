/** The fields of a record that a variant, a loss and an optimiser set. Constants are rounded as in `spec/`. */
import { outputLayer, type Network, type LayerKindName } from '../../../spec/network.ts';
import { subtracts } from '../../../spec/neuron.ts';
import { isSummedWhole } from '../../../spec/scale.ts';
import type { Update } from '../backend.ts';
import { modes, type Params } from './params.ts';
import { keysOf } from '../../keysOf.ts';
import type { ShaderName } from './kernels.ts';

export function modeOf({ layers, variant }: Network, n: number): number {
  const { spikes, isOutput, kind, λ, bias } = layers[n - 1];
  const leaks = isOutput && variant.output === 'leaks';
  const choices = {
    resetsNext: variant.reset === 'nextStep',
    subtracts: subtracts(variant),
    subtractsLast: variant.reset === 'leakThenSubtract',
    leaks: λ !== 1,
    leakSum: variant.leak === 'sumThenDifference',
    atThreshold: variant.fires === 'atThreshold',
    fires: spikes,
    // The neurons of a leaky output layer never fire.
    neuron: spikes || leaks,
    integrates: isOutput && !spikes && !leaks,
    accumulated: kind.silent && variant.maxPoolFlow === 'accumulated',
    selects: !isSummedWhole(layers[n - 1], variant),
    gated: variant.gate === 'positiveInput',
    ownScale: variant.scale === 'neuron',
    half: variant.loss === 'half',
    biased: bias.length > 0,
  };
  return keysOf(choices).reduce((mode, name) => mode | (choices[name] ? modes[name] : 0), 0);
}

export function lossParams({ layers, T, precision }: Network): Params {
  const { spikes, Vth } = outputLayer({ layers });
  return { window: precision.round(T * (spikes ? 1 : Vth)) };
}

export function updateParams(rule: Update): Params {
  const { samples, optimiser } = rule;
  const shared = { count: samples, decay: optimiser.weightDecay };
  if (!('constants' in rule)) return { ...shared, rate: rule.η };
  const { β1, β2, ε } = rule.optimiser;
  const moments = { beta1: β1, beta1Rest: 1 - β1, beta2: β2, beta2Rest: 1 - β2, epsilon: ε };
  return { ...shared, ...moments, rate: rule.constants.size, correction: rule.constants.correction };
}

export interface WebgpuKind {
  readonly forward: ShaderName;
  readonly dFO: ShaderName;
  readonly dw?: ShaderName;
}

const convolution: WebgpuKind = {
  forward: 'convolution',
  dFO: 'convolutiondFO',
  dw: 'convolutiondw',
};
const averagePool: WebgpuKind = { forward: 'averagePool', dFO: 'averagePooldFO' };
const maxPool: WebgpuKind = { forward: 'maxPool', dFO: 'maxPooldFO' };

export const webgpuKinds: Readonly<Record<LayerKindName, WebgpuKind>> = {
  linear: convolution,
  convolution,
  averagePool,
  maxPool,
  sumPool: averagePool,
};
