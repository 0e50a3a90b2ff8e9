/** Flags of the stages scale, loss, backward and update. */
import { outputLayer } from '../../../spec/network.ts';
import { computeScaleOf } from '../../../spec/scale.ts';
import { keyOf } from '../../../src/oracle/keys.ts';
import { flag, type Flag } from './flag.ts';
import { has, hasTie, input, of, ratioBeyond, some, someLayer } from './questions.ts';

export const backwardFlags: readonly Flag[] = [
  flag(
    'FlowBelowOutput',
    'scale',
    'sums over all neurons for those with FI ≥ FO, or the reverse',
    someLayer(({ n }, view) => of(view, n, 'FI').some((FI, i) => FI < of(view, n, 'FO')[i])),
  ),
  flag(
    'SilentLayer',
    'flow scale',
    'a layer without a spike: 0/0, or S = 0',
    someLayer(({ n }, view) => has(view, keyOf(n, 'FO')) && of(view, n, 'FO').every((FO) => FO === 0)),
  ),
  flag(
    'RatioBeyond',
    'scale',
    'a ratio above 1/Vth taken, where the variant refuses it',
    ratioBeyond((ratio, { Vth }) => ratio > 1 / Vth),
  ),
  flag(
    'NegativeRatio',
    'scale',
    'ΣFI ≤ 0 not seen: S negative, or the floor missing',
    someLayer(
      ({ n }, view) => has(view, keyOf(n, 'ratio')) && of(view, n, 'FI').reduce((a, b) => a + b, 0) <= 0,
    ),
  ),
  flag(
    'OldScale',
    'scale',
    'S that forgets, or keeps, its old value',
    someLayer((layer, view) => {
      const [ratio] = of(view, layer.n, 'ratio');
      const [before] = of(view, layer.n, 'S.before');
      if (ratio === undefined || before === undefined) return false;
      const { variant, precision } = view.network;
      const other = {
        ...variant,
        scaleMemory: variant.scaleMemory === 'blend' ? 'replace' : 'blend',
      } as const;
      return (
        computeScaleOf(ratio, before, layer, variant, precision).S !==
        computeScaleOf(ratio, before, layer, other, precision).S
      );
    }),
  ),
  flag(
    'FrozenScale',
    'scale',
    'S updated in a step that has no update',
    input('scale.update', (isUpdate) => isUpdate === 0),
  ),
  flag(
    'OffTarget',
    'loss',
    'the ½ of Eq. 6 missing or there: L is not 0',
    input('loss', (L) => L > 0),
  ),
  flag(
    'WindowScale',
    'loss backward',
    'T or Vth missing, or there twice: T·Vth is not 1',
    ({ network }) => network.T !== 1 && network.T * outputLayer(network).Vth !== 1,
  ),
  flag(
    'SeveralSamples',
    'loss backward',
    'mean for sum over the batch, or the reverse',
    ({ draft }) => draft.B > 1,
  ),
  flag(
    'GateMatters',
    'backward',
    'the gate missing, or there: ∂L/∂FO is not 0 where FI ≤ 0',
    someLayer(({ n, spikes }, view) => {
      const dFO = of(view, n, 'dFO');
      return spikes && of(view, n, 'FI').some((FI, i) => FI <= 0 && dFO[i] !== 0);
    }),
  ),
  flag('PoolTie', 'backward', 'the gradient of a maximum pool to the last maximum, or to all', hasTie),
  flag(
    'Layers',
    'backward',
    'FO of the wrong layer in Eq. 11: more than two layers',
    ({ network }) => network.layers.length > 2,
  ),
  flag(
    'ZeroGradient',
    'update',
    'ε missing or inside the root: some gradients are 0',
    some('dw', (dw) => dw === 0),
  ),
  flag(
    'WeightDecay',
    'update',
    'decay left out, or decoupled',
    input('weightDecay', (decay) => decay > 0),
  ),
  flag(
    'LaterStep',
    'update',
    'the bias correction of step 1 in a later one',
    input('step', (k) => k > 1),
  ),
  flag(
    'FirstStep',
    'update',
    'the bias correction missing',
    input('step', (k) => k === 1),
  ),
];
