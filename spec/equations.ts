/**
 * The equations of the paper by number. Tests and the web page use this table. A test fails if a number is missing,
 * repeated or untested.
 */
import { algorithm1, trainingStep } from './algorithm1.ts';
import { accumulatedb, accumulatedw, applydFI, applyWeighteddFO, computedmem } from './backward.ts';
import { applyWeightedCurrent } from './current.ts';
import { accumulateFlow, computeEquivalentInput } from './flow.ts';
import { computeError, computeLoss, computeSpikeError } from './loss.ts';
import { applyIntegration, applyNeuron, isFiring } from './neuron.ts';
import { computeNeuronScale, computeRatio, computeScale, computeScaleOf } from './scale.ts';
import { computeReversedw } from './reverseTime.ts';
import { stbpStep } from './stbp.ts';
import { applySGD } from './update.ts';

/** An equation, the functions that carry it out, and their files in `spec/`. */
export interface Equation {
  readonly number: number | 'Algorithm 1';
  readonly title: string;
  readonly formula: string;
  readonly files: readonly string[];
  readonly functions: readonly ((...args: never[]) => unknown)[];
}

const entry = (
  number: Equation['number'],
  title: string,
  formula: string,
  files: string,
  ...functions: Equation['functions'][number][]
): Equation => ({ number, title, formula, files: files.split(' '), functions });

export const equations: readonly Equation[] = [
  entry(1, 'integration', 'I = C_m · dV_m/dt', 'neuron.ts', applyIntegration),
  entry(2, 'spike function', 'f(u) = 0 for u < Vth, else 1', 'neuron.ts', isFiring),
  entry(
    3,
    'forward process',
    'x_i = Σ_j w_ij·o_j;  u^{t+1} = u^t·(1 − o^t) + x^{t+1};  o = f(u)',
    'current.ts neuron.ts',
    applyWeightedCurrent,
    applyNeuron,
  ),
  entry(4, 'STBP loss', 'L = ½‖Y − (1/T)·Σ_t o^{t,N}‖²', 'loss.ts', computeSpikeError),
  entry(
    5,
    'STBP gradient',
    '∂L/∂W^n = Σ_t ∂L/∂u^{t,n} · o^{t,n−1}ᵀ',
    'reverseTime.ts stbp.ts',
    computeReversedw,
    stbpStep,
  ),
  entry(6, 'loss', 'L = ½‖Y − u^{T,N}/(T·Vth)‖²', 'loss.ts', computeError, computeLoss),
  entry(7, 'accumulated spiking flow', 'FI = Σ_t x^t;  FO = Σ_t o^t', 'flow.ts', accumulateFlow),
  entry(8, 'equivalent network', 'FI_i = Σ_j w_ij·FO_j', 'flow.ts', computeEquivalentInput),
  entry(
    9,
    'gradient at the output',
    '∂L/∂FO_i^{N−1} = Σ_j (mem_j/(T·Vth) − Y_j)·w_ji/(T·Vth)',
    'backward.ts',
    computedmem,
    applyWeighteddFO,
  ),
  entry(
    10,
    'gradient of a hidden layer',
    '∂L/∂FO_i^n = Σ_j ∂L/∂FO_j^{n+1}·S_j^{n+1}·w_ji^{n+1}',
    'backward.ts',
    applydFI,
    applyWeighteddFO,
  ),
  entry(
    11,
    'gradient of a weight, and its update',
    '∂L/∂w_ji = ∂L/∂FO_j·S_j·FO_i;  w ← w − η·∂L/∂w',
    'backward.ts update.ts',
    accumulatedw,
    accumulatedb,
    applySGD,
  ),
  entry(
    12,
    'scale factor',
    'S_u = Σ_i FO_i / Σ_i FI_i',
    'scale.ts',
    computeRatio,
    computeScale,
    computeScaleOf,
    computeNeuronScale,
  ),
  entry(
    'Algorithm 1',
    'training process',
    'forward, scale, loss, backward, update',
    'algorithm1.ts',
    algorithm1,
    trainingStep,
  ),
];
