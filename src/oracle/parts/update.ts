/** Stage update of a layer: w, ∂L/∂w, moments → w, moments. */
import type { Layer } from '../../../spec/network.ts';
import type { Adam, AdamStep } from '../../../spec/update.ts';
import { gamma, tiny, type Interval, type Intervals } from '../interval.ts';
import { keyOf, weightKeys } from '../keys.ts';
import type { StagePart, Setting } from '../stagePart.ts';
import { decayedRadius, firstMomentRadius, secondMomentRadius, weightRadius } from './adamRadius.ts';
import { scalar, take, whole } from '../slices.ts';

/** What is updated: weights, or the biases of a layer, and the keys of it. */
interface Learnt {
  readonly n: number;
  readonly isBias: boolean;
  readonly id: string;
  /** Before and after the step, and the gradient. */
  readonly weight: string;
  readonly after: string;
  readonly dw: string;
  readonly momentKey: (what: 'm' | 'v', when?: '.before') => string;
}

/** The parts of a layer: its weights, and by themselves its biases. */
export function updateParts(setting: Setting, layer: Layer): StagePart[] {
  const part = setting.optimiser === 'adam' ? adamPart : sgdPart;
  const { n } = layer;
  const learnt = (isBias: boolean): Learnt => {
    const own = isBias ? 'bias' : 'weight';
    return {
      n,
      isBias,
      id: isBias ? `update.${n}.bias` : `update.${n}`,
      weight: keyOf(n, own),
      after: keyOf(n, `${own}.after`),
      dw: keyOf(n, isBias ? 'db' : 'dw'),
      momentKey: (what, when) => keyOf(n, `${isBias ? 'bias.' : ''}${what}${when ?? ''}`),
    };
  };
  return weightKeys(layer).map((_, place) => part(setting, learnt(place > 0)));
}

function sgdPart({ precision, semantics }: Setting, learnt: Learnt): StagePart {
  const { n, id, weight, dw, after } = learnt;
  return {
    id,
    stage: 'update',
    n,
    inputs: [weight, dw, 'learningRate', 'weightDecay'],
    outputs: [after],
    run(inputs, { bounds }) {
      const [old, g] = [take(inputs, weight), take(inputs, dw)];
      const [η, decay] = [scalar(inputs, 'learningRate'), decayOf(inputs, semantics, learnt)];
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

function decayOf(inputs: Intervals, semantics: Setting['semantics'], { isBias }: Learnt): number {
  const decay = scalar(inputs, 'weightDecay');
  return isBias ? semantics.biasDecay(decay) : semantics.synapticDecay(decay);
}

/** Adam's constants in the step of that number, from 1 on. */
export function adamStepOf(inputs: Intervals, { adam, computeAdamStep }: Setting['semantics']): AdamStep {
  const η = scalar(inputs, 'learningRate');
  let { powers, step } = computeAdamStep({ β1k: 1, β2k: 1 }, η, adam);
  for (let k = 1; k < scalar(inputs, 'step'); k++) ({ powers, step } = computeAdamStep(powers, η, adam));
  return step;
}

function adamPart({ precision, semantics }: Setting, learnt: Learnt): StagePart {
  const { n, id, weight, dw, after, momentKey } = learnt;
  const [mBefore, vBefore] = [momentKey('m', '.before'), momentKey('v', '.before')];
  const [mAfter, vAfter] = [momentKey('m'), momentKey('v')];
  return {
    id,
    stage: 'update',
    n,
    inputs: [weight, dw, mBefore, vBefore, 'learningRate', 'weightDecay', 'step'],
    outputs: [mAfter, vAfter, after],
    run(inputs, { bounds }) {
      const optimiser = { ...semantics.adam, weightDecay: decayOf(inputs, semantics, learnt) };
      const step = adamStepOf(inputs, semantics);
      const [w, m, v] = [weight, mBefore, vBefore].map((key) => whole(take(inputs, key).value, precision));
      semantics.applyAdam(w, whole(take(inputs, dw).value, precision), m, v, step, optimiser);
      const made = new Map<string, Interval>([
        [mAfter, { value: m }],
        [vAfter, { value: v }],
        [after, { value: w }],
      ]);
      return bounds ? withRadii(inputs, made, step, optimiser) : made;
    },
  };

  function withRadii(
    inputs: Intervals,
    made: Map<string, Interval>,
    step: AdamStep,
    optimiser: Adam,
  ): Map<string, Interval> {
    const [old, g, m0, v0] = [weight, dw, mBefore, vBefore].map((key) => take(inputs, key));
    const [m, v, w] = [mAfter, vAfter, after].map((key) => take(made, key).value);
    const [mRadius, vRadius, wRadius] = [m, v, w].map(({ length }) => new Float64Array(length));
    const wRadiusOf = weightRadius(step, optimiser);
    w.forEach((wk: number, k: number) => {
      const q = Math.abs(m[k] - optimiser.β1 * m0.value[k]) / (1 - optimiser.β1);
      const qRadius = decayedRadius(g.value[k], g.radius?.[k] ?? 0, old.value[k], optimiser.weightDecay);
      mRadius[k] = firstMomentRadius(m0.value[k], m0.radius?.[k] ?? 0, q, qRadius, optimiser);
      vRadius[k] = secondMomentRadius(v0.value[k], v0.radius?.[k] ?? 0, q, qRadius, optimiser);
      const span = wRadiusOf(wk, m[k], mRadius[k], v[k], vRadius[k]);
      wRadius[k] = (old.radius?.[k] ?? 0) + span;
    });
    return new Map<string, Interval>([
      [mAfter, { value: m, radius: mRadius }],
      [vAfter, { value: v, radius: vRadius }],
      [after, { value: w, radius: wRadius }],
    ]);
  }
}
