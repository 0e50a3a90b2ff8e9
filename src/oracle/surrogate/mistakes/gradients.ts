/** Mistakes of the backward pass, and of the gradients of weights. */
import type { Floats } from '../../../../spec/arithmetic.ts';
import type { TrainedNeuron } from '../../../../spec/frameworks.ts';
import { neuronAt } from '../../../../spec/surrogateGradient.ts';
import { digits, range } from '../../../engine/rounding.ts';
import type { Stage } from '../../../engine/stage.ts';
import { ofKind, rowsOf } from '../../rows.ts';
import type { Pool } from '../maps.ts';
import { dEnters, keyOf, withPools, type SurrogateModel } from '../model.ts';
import {
  answer,
  except,
  layerOf,
  makes,
  mapped,
  neurons,
  nameOf,
  zero,
  type SeenSurrogate,
  type SurrogateChange,
} from './changes.ts';
import { comesBack, gradientsShown } from '../shown.ts';
import { leaksExchanged, quotientsOf } from './neurons.ts';

export const ofGradients = rowsOf<SurrogateModel>(['backward'], {
  'spikes-detached: The gradient of later layers does not reach the spikes: they are detached.': makes(
    'returned',
    zero,
  ),
  'potential-detached: Nothing goes back through time: the potential is detached in each step.': makes(
    'factors',
    zero,
    '.P',
  ),
  'synapse-detached: The current of the synapse is detached in each step.': {
    ...makes('factors', zero, '.keeps'),
    concerns: (stage, model) => nameOf(stage) === 'factors' && layerOf(model, stage).layer.neuron.α !== 0,
  },
  'state-detached: Nothing goes back through time: the whole state is detached in each step.': {
    ...makes('factors', (values, key) => (/\.(P|keeps)$/.test(key) ? zero(values) : values)),
    concerns: (stage, model) => nameOf(stage) === 'factors' && layerOf(model, stage).layer.neuron.α !== 0,
  },
  'recurrent-detached: The spikes that come back are detached.': {
    concerns: (stage, model) => nameOf(stage) === 'backward' && layerOf(model, stage).recurrent !== undefined,
    input: (values, key) => (key.endsWith('.recurrent') ? zero(values) : values),
  },
  'no-leak-backward: The leak is missing in the backward pass.': neurons(({ λ }) =>
    λ === 1 ? undefined : { λ: 1 },
  ),
  'no-gain-backward: The gain is missing in the backward pass.': neurons(({ g }) =>
    g === 1 ? undefined : { g: 1 },
  ),
  'reset-gradient-of-kept: Of the reset, the part of v_reset is detached.': neurons(
    ({ vReset, resetGradient }) => (vReset === 0 || resetGradient === 'detached' ? undefined : { vReset: 0 }),
  ),
  'reset-not-in-backward: The backward pass takes the potential as if no spike had reset it.': answer({
    reset: 'none',
  }),
  'reset-passes-gradient: The gradient goes back past a hard reset, too: it lacks the factor 1 − e.': {
    concerns(stage, model) {
      const { reset, resetGradient } = layerOf(model, stage).layer.neuron;
      // If the reset is detached, the mistake is `reset-not-in-backward`.
      return nameOf(stage) === 'factors' && /zero|vReset/.test(reset) && resetGradient !== 'detached';
    },
    stage: ofKind('point', (stage, model) => ({
      f(args, precision) {
        const e = args[stage.reads.indexOf(keyOf(stage.n, 'spikes'))];
        const [P, ...rest] = stage.f(args, precision);
        const λ = (i: number): number => neuronAt(layerOf(model, stage).layer, i).λ;
        return [mapped(P, (each, i) => (e?.[i] ? each + λ(i) : each)), ...rest];
      },
    })),
  },
  'carry-times-surrogate: The gradient of the next step is multiplied by the surrogate, too; only that of the spikes is.':
    withFactors((P, s) => P * s),
  'reset-gradient-negated: The gradient of the reset has the other sign: the factor is λ + θ·s, not λ − θ·s.':
    withFactors(
      (_, s, { λ, θ }) => λ + θ * s,
      ({ reset }) => reset === 'subtract',
    ),
  'leaks-exchanged-backward: The leaks of the synapse and of the potential are exchanged in the backward pass.':
    leaksExchanged,
  'synapse-leak-backward: The gradient of the synapse’s current decays by another factor.': {
    ...neurons(({ α }, k) => (α === 0 ? undefined : { α: k })),
    fit: decaysOf,
    found: ([k], { layers }) =>
      `It is ${digits(k)}${layers.every(({ layer: { neuron } }) => neuron.α === 0 || Math.abs(neuron.λ / k - 1) < 1e-5) ? ', as that of the potential' : ''}.`,
  },
  'gradient-kept: The backward pass does not start from 0: a gradient enters the last step, as if the batch before had left its own, or as if a loss read the last state.':
    {
      concerns: (stage) => nameOf(stage) === 'backward',
      input: fromBeyond,
      output: (values, _key, stage, model) => values.subarray(0, model.T * mapOf(stage, model)),
      fit: keptOf,
    },
  'pool-to-all: A maximum pool sends its gradient to all that are greatest.': ofWinners('all'),
  'pool-shared: A maximum pool divides its gradient among all that are greatest.': ofWinners('shared'),
  'pool-spread: A maximum pool divides its gradient among all its inputs.': ofWinners('spread'),
  'pool-to-last: A maximum pool sends its gradient to the last that is greatest.': ofWinners('last'),
  'time-cut: Backpropagation through time is cut every few steps.': {
    concerns: (stage) => nameOf(stage) === 'backward',
    // Each part of the window is a backward pass of its own.
    stage: ofKind('sum', ({ f, reads }, { T }, [k, early]) => ({
      f(args, precision) {
        const [P] = args;
        const hasSteps = (index: number): boolean =>
          args[index].length === P.length && !reads[index].endsWith('.recurrent');
        const parts = range(Math.ceil((T + early) / k)).flatMap((part) => {
          const [from, to] = [part * k - early, (part + 1) * k - early].map(
            (t) => (Math.max(0, t) * P.length) / T,
          );
          return [
            ...f(
              args.map((arg, index) => (hasSteps(index) ? arg.subarray(from, to) : arg)),
              precision,
            ),
          ];
        });
        return Float64Array.from(parts);
      },
    })),
    usual: ({ T }) =>
      except(T, [Math.floor(T / 2), Math.ceil(T / 2), 2, 3, 4, 5, 6, 8, 10, 16, 20, 25]).flatMap(([k]) => [
        [k, 0],
        [k, 1],
      ]),
    found: ([k]) => `It is cut every ${k} steps.`,
  },
});

/** Replaces the factors P by which a gradient goes from a step to the one before, from the slope s of the surrogate. */
function withFactors(
  of: (P: number, s: number, neuron: TrainedNeuron) => number,
  isOf: (neuron: TrainedNeuron) => boolean = () => true,
): SurrogateChange {
  return {
    concerns(stage, model) {
      const { neuron } = layerOf(model, stage).layer;
      return nameOf(stage) === 'factors' && stage.reads[0] === keyOf(stage.n, 'slopes') && isOf(neuron);
    },
    stage: ofKind('point', (stage, model) => ({
      f(args, precision) {
        const [P, ...rest] = stage.f(args, precision);
        const { layer } = layerOf(model, stage);
        return [mapped(P, (each, i) => of(each, args[0][i], neuronAt(layer, i))), ...rest];
      },
    })),
  };
}

const mapOf = (stage: Stage, model: SurrogateModel): number => model.B * layerOf(model, stage).layer.size;

/** For each number of the last step: how much the gradients of it, and of the step before, are off what follows from later ones. */
function missesOf({ model, stage, there }: SeenSurrogate) {
  const entry = layerOf(model, stage);
  const shown = nameOf(stage) === 'backward' ? gradientsShown(model, stage, there) : undefined;
  const [dx, s, P, G] = [dEnters(entry), ...['slopes', 'P', 'G'].map((what) => keyOf(stage.n, what))].map(
    there,
  );
  if (!shown || !dx || !s || !P || !G || model.T < 4) return [];
  const map = mapOf(stage, model);
  const off = (i: number): number => shown.δ[i] - shown.fixed[i] - s[i] * shown.times[i];
  return range(map).map((k) => {
    const i = dx.length - map + k;
    const { α, a } = neuronAt(entry.layer, k);
    return {
      α,
      a,
      s: s[i],
      g: G[i % G.length],
      dI: dx[i] / a,
      P: P[i - map],
      last: off(i),
      before: off(i - map),
    };
  });
}

/** The decay of the gradient of synaptic currents. */
function decaysOf(seen: SeenSurrogate): number[][] {
  return quotientsOf(missesOf(seen).map(({ α, g, dI, before }) => ({ over: dI, left: α * dI + g * before })));
}

/** What a step after the last one adds to δ of the last step, then what it adds to the gradient of the current. */
function keptOf(seen: SeenSurrogate): number[][] {
  const misses = missesOf(seen);
  const [entry, map] = [layerOf(seen.model, seen.stage), misses.length];
  if (misses.every(({ P }) => P === 0)) return [];
  const more = misses.map(({ α, P, before }) => (α === 0 || P === 0 ? 0 : before / P));
  const dI = misses.map(({ g }, k) => -g * more[k]);
  // Recurrent weights bring the gradient of this current back, too.
  const V = entry.recurrent && seen.there(keyOf(entry.n, 'recurrent'));
  const dx = Float64Array.from({ length: 2 * map }, (_, i) => misses[i % map].a * (dI[i - map] ?? 0));
  const fed = V ? comesBack(entry, dx, Float64Array.from(V), map) : zero(dx);
  return [[...misses.map(({ last, s }, k) => last + more[k] - s * fed[k]), ...dI]];
}

/** The inputs of ∂L/∂x with one more step, from which the last step gets the numbers of `keptOf`. */
function fromBeyond(
  values: Floats,
  key: string,
  stage: Stage,
  model: SurrogateModel,
  k: readonly number[],
): Floats {
  const what = key.split('.')[1];
  const map = mapOf(stage, model);
  if (what === 'recurrent' || values.length === 0) return values;
  const source = stage.reads.some((each) => each.endsWith('.dspikes')) ? 'dspikes' : 'dmem';
  return Float64Array.from({ length: (model.T + 1) * map }, (_, i) => {
    const beyond = i - model.T * map;
    if (beyond >= 0)
      return what === 'G' ? (k[map + beyond] ?? 0) : Number(['slopes', 'F', source].includes(what));
    if (beyond >= -map && what === 'P') return k[map + beyond] ?? 0;
    return beyond >= -map && what === 'keeps' ? 1 : values[i % values.length];
  });
}

/** Replaces the winners among equal maxima of a pool. */
function ofWinners(winners: Pool['winners']): SurrogateChange {
  return {
    concerns: (stage) => nameOf(stage) === 'winners',
    change: (model) => withPools(model, (pool) => (pool.kind === 'maxpool' ? { ...pool, winners } : pool)),
  };
}
