/** Stage update of a layer: w, ∂L/∂w, moments → w, moments. */
import { weightsOf, type Layer } from '../../../spec/network.ts';
import { smallestMoment, type AdamStep } from '../../../spec/update.ts';
import { gamma, tiny, type Ball, type Balls } from '../ball.ts';
import { keyOf } from '../keys.ts';
import type { Part, Setting } from '../part.ts';
import { scalar, take, whole } from '../slices.ts';

export function updatePart(setting: Setting, layer: Layer): Part {
  return setting.optimiser === 'adam' ? adamPart(setting, layer) : sgdPart(setting, layer);
}

function sgdPart({ precision, semantics }: Setting, layer: Layer): Part {
  const { n } = layer;
  const [weight, dw, after] = [keyOf(n, 'weight'), keyOf(n, 'dw'), keyOf(n, 'weight.after')];
  return {
    id: `update.${n}`,
    stage: 'update',
    n,
    inputs: [weight, dw, 'learningRate', 'weightDecay'],
    outputs: [after],
    run(inputs, { bounds }) {
      const [old, g] = [take(inputs, weight), take(inputs, dw)];
      const [η, decay] = [scalar(inputs, 'learningRate'), scalar(inputs, 'weightDecay')];
      const value = whole(old.value, precision);
      semantics.applySGD(value, whole(g.value, precision), η, decay);
      if (!bounds) return new Map([[after, { value }]]);
      const radius = Float64Array.from(value, (w, k) => {
        const step = Math.abs(g.value[k]) + decay * Math.abs(old.value[k]);
        return (
          η * (g.radius?.[k] ?? 0) * (1 + gamma(5)) + η * gamma(5) * step + gamma(1) * Math.abs(w) + tiny
        );
      });
      return new Map([[after, { value, radius }]]);
    },
  };
}

function adamPart({ precision, semantics }: Setting, layer: Layer): Part {
  const { n } = layer;
  const [weight, dw, after] = [keyOf(n, 'weight'), keyOf(n, 'dw'), keyOf(n, 'weight.after')];
  const [mBefore, vBefore, mAfter, vAfter] = ['m.before', 'v.before', 'm', 'v'].map((what) => keyOf(n, what));
  return {
    id: `update.${n}`,
    stage: 'update',
    n,
    inputs: [weight, dw, mBefore, vBefore, 'learningRate', 'weightDecay', 'step'],
    outputs: [mAfter, vAfter, after],
    run(inputs, { bounds }) {
      const optimiser = { ...semantics.adam, weightDecay: scalar(inputs, 'weightDecay') };
      const step = stepOf(inputs);
      const [w, m, v] = [weight, mBefore, vBefore].map((key) => whole(take(inputs, key).value, precision));
      semantics.applyAdam(w, whole(take(inputs, dw).value, precision), m, v, step, optimiser);
      const made = new Map<string, Ball>([
        [mAfter, { value: m }],
        [vAfter, { value: v }],
        [after, { value: w }],
      ]);
      return bounds ? withRadii(inputs, made, step, optimiser.weightDecay) : made;
    },
  };

  function stepOf(inputs: Balls): AdamStep {
    let powers = { β1k: 1, β2k: 1 };
    let step: AdamStep | undefined;
    for (let k = 0; k < scalar(inputs, 'step'); k++) {
      ({ powers, step } = semantics.computeAdamStep(powers, scalar(inputs, 'learningRate'), semantics.adam));
    }
    return step!;
  }

  /** Elementwise intervals through the formula of Adam: `docs/oracle.md`. */
  function withRadii(inputs: Balls, made: Map<string, Ball>, { size, correction }: AdamStep, decay: number) {
    const { β1, β2, ε: least } = semantics.adam;
    const length = weightsOf(layer);
    const [mRadius, vRadius, wRadius] = [0, 1, 2].map(() => new Float64Array(length));
    const at = (key: string) => take(inputs, key);
    const [old, g, m0, v0] = [at(weight).value, at(dw), at(mBefore), at(vBefore)];
    const [m, v, w] = [mAfter, vAfter, after].map((key) => made.get(key)!.value);
    for (let k = 0; k < length; k++) {
      const q = Math.abs(g.value[k]) + decay * Math.abs(old[k]);
      const qRadius = (g.radius?.[k] ?? 0) * (1 + gamma(1)) + gamma(3) * q + tiny;
      mRadius[k] =
        β1 * (m0.radius?.[k] ?? 0) +
        (1 - β1) * qRadius +
        gamma(5) * (β1 * Math.abs(m0.value[k]) + (1 - β1) * (q + qRadius)) +
        smallestMoment;
      const square = (1 - β2) * (2 * q * qRadius + qRadius ** 2);
      vRadius[k] =
        β2 * (v0.radius?.[k] ?? 0) +
        square +
        gamma(6) * (β2 * Math.abs(v0.value[k]) + (1 - β2) * q * q + square) +
        smallestMoment;
      const [mLow, mHigh] = [m[k] - mRadius[k], m[k] + mRadius[k]];
      const root = (square: number) => Math.sqrt(Math.max(0, square)) / correction + least;
      const [slow, fast] = [root(v[k] + vRadius[k]), root(v[k] - vRadius[k])];
      const steps = [mLow / slow, mLow / fast, mHigh / slow, mHigh / fast].map((ratio) => size * ratio);
      const right = (size * m[k]) / root(v[k]);
      const span = Math.max(...steps.map((other) => Math.abs(other - right)));
      wRadius[k] = span + gamma(10) * (Math.abs(right) + span) + gamma(1) * (Math.abs(w[k]) + span) + tiny;
    }
    return new Map<string, Ball>([
      [mAfter, { value: m, radius: mRadius }],
      [vAfter, { value: v, radius: vRadius }],
      [after, { value: w, radius: wRadius }],
    ]);
  }
}
