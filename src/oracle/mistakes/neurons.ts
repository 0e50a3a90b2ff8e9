/** Stage neuron: integrate, leak, fire, reset in another way. */
import { applyIntegration, applyResetAndLeak, isFiring, subtracts } from '../../../spec/neuron.ts';
import type { Floats } from '../../../spec/arithmetic.ts';
import type { Layer } from '../../../spec/network.ts';
import type { Variant } from '../../../spec/variant.ts';
import { keyOf } from '../keys.ts';
import { semantics } from '../semantics.ts';
import { take } from '../slices.ts';
import { ownLayer, withDrift } from './helpers.ts';
import { bySemantics, type Mistake } from './mistake.ts';

interface Neurons {
  readonly u: Floats;
  readonly o: Floats;
  readonly x: Floats;
  readonly layer: Layer;
  readonly variant: Variant;
  fire(): void;
}

/** A step of neurons that fire, in place of `applyNeuron`; layers that do not fire are left as they are. */
function byNeuron(
  id: string,
  says: string,
  step: (neurons: Neurons) => void,
  hasEffect: (layer: Layer, variant: Variant) => boolean = () => true,
): Mistake {
  const planted = bySemantics(
    {
      id,
      says,
      stage: 'neuron',
      concerns(part, setting) {
        const layer = ownLayer(part, setting);
        return layer !== undefined && layer.spikes && hasEffect(layer, setting.variant);
      },
    },
    {
      applyLayerNeuron(...[u, o, x, layer, variant, decide = (_u, _i, fires) => fires]) {
        if (!layer.spikes) return semantics.applyLayerNeuron(u, o, x, layer, variant);
        const fire = (): void => {
          for (let i = 0; i < u.length; i++)
            o[i] = decide(u[i], i, isFiring(u[i], layer.Vth, variant)) ? 1 : 0;
        };
        step({ u, o, x, layer, variant, fire });
      },
    },
  );
  return planted;
}

const leaks = ({ λ }: Layer): boolean => λ !== 1;

/** `carry` at the variant's end of the step, around integrating and firing. */
const around =
  (carry: (neurons: Neurons) => void) =>
  (neurons: Neurons): void => {
    const { u, x, variant, fire } = neurons;
    if (variant.reset === 'nextStep') carry(neurons);
    applyIntegration(u, x);
    fire();
    if (variant.reset !== 'nextStep') carry(neurons);
  };

const right = ({ u, o, layer, variant }: Neurons): void => applyResetAndLeak(u, o, layer, variant);

const subtractReset = byNeuron(
  'reset-by-subtraction',
  'After a spike Vth is subtracted from u; Eq. 3 resets u to 0.',
  around(({ u, o, layer: { λ, Vth } }) => {
    for (let i = 0; i < u.length; i++) {
      u[i] = o[i] !== 0 ? u[i] - Vth : u[i];
      u[i] = λ * u[i];
    }
  }),
  // Where the variant subtracts, the other way is a choice.
  (_, variant) => !subtracts(variant),
);

const subtractAfterLeak = byNeuron(
  'reset-by-subtraction-after-leak',
  'After a spike Vth is subtracted from λ·u; Eq. 3 resets u to 0.',
  around(({ u, o, layer: { λ, Vth } }) => {
    for (let i = 0; i < u.length; i++) {
      u[i] = λ * u[i];
      u[i] = o[i] !== 0 ? u[i] - Vth : u[i];
    }
  }),
  (layer, variant) => leaks(layer) && !subtracts(variant),
);

const resetToZero = byNeuron(
  'reset-to-zero',
  'After a spike u is reset to 0, where the variant subtracts Vth.',
  around(({ u, o, layer: { λ } }) => {
    for (let i = 0; i < u.length; i++) u[i] = o[i] !== 0 ? 0 : λ * u[i];
  }),
  (_, variant) => subtracts(variant),
);

const noReset = byNeuron(
  'reset-missing',
  'u goes on after a spike as if there were none: the reset is missing.',
  around(({ u, layer: { λ } }) => {
    for (let i = 0; i < u.length; i++) u[i] = λ * u[i];
  }),
);

/** The reset of the variant, without a leak. */
const reset = ({ u, o, layer: { Vth }, variant }: Neurons): void =>
  applyResetAndLeak(u, o, { λ: 1, Vth }, variant);

const noLeak = byNeuron('leak-missing', 'Neurons do not leak; Eq. 3 has λ·u.', around(reset), leaks);

const leakTwice = byNeuron(
  'leak-twice',
  'u leaks twice in a step; Eq. 3 has λ·u.',
  around((neurons) => {
    right(neurons);
    for (let i = 0; i < neurons.u.length; i++) neurons.u[i] = neurons.layer.λ * neurons.u[i];
  }),
  leaks,
);

const leakBeforeFiring = byNeuron(
  'leak-before-firing',
  'The leak comes after x is added and before u is compared, λ·(u + x); Eq. 3 compares λ·u + x.',
  (neurons) => {
    const { u, x, layer, variant, fire } = neurons;
    if (variant.reset === 'nextStep') reset(neurons);
    applyIntegration(u, x);
    for (let i = 0; i < u.length; i++) u[i] = layer.λ * u[i];
    fire();
    if (variant.reset !== 'nextStep') reset(neurons);
  },
  leaks,
);

const inputTimesLeak = byNeuron(
  'input-times-one-minus-leak',
  'The current is multiplied by 1 − λ, u + (1 − λ)·(x − u); Eq. 3 adds x as it is.',
  (neurons) => {
    const x = neurons.x.slice();
    for (let i = 0; i < x.length; i++) x[i] = (1 - neurons.layer.λ) * x[i];
    around(right)({ ...neurons, x });
  },
  leaks,
);

const clamped = byNeuron(
  'potential-clamped',
  'u does not fall below 0; Eq. 3 has no lower bound.',
  (neurons) => {
    const { u, x, variant, fire } = neurons;
    if (variant.reset === 'nextStep') right(neurons);
    applyIntegration(u, x);
    for (let i = 0; i < u.length; i++) u[i] = Math.max(0, u[i]);
    fire();
    if (variant.reset !== 'nextStep') right(neurons);
  },
);

const negativeForgotten = byNeuron(
  'negative-potential-forgotten',
  'A negative u is compared and then forgotten, the next step begins at 0; Eq. 3 keeps it.',
  around((neurons) => {
    const { u } = neurons;
    for (let i = 0; i < u.length; i++) u[i] = Math.max(0, u[i]);
    right(neurons);
  }),
);

const refractory = byNeuron(
  'refractory-step',
  'A neuron that fired does not integrate in the next step; Eq. 3 knows no refractory period.',
  (neurons) => {
    const x = neurons.x.slice();
    for (let i = 0; i < x.length; i++) if (neurons.o[i] !== 0) x[i] = 0;
    around(right)({ ...neurons, x });
  },
);

/** Where the variant resets to 0, the choice `reset=nextStep` shows the same. */
const shownAsCompared: Mistake = {
  id: 'potential-as-compared',
  stages: ['neuron'],
  says: 'The potential is u as it is compared with Vth, before the reset and the leak: its key is compared.',
  concerns: ({ n, outputs }, { variant }) => outputs.includes(keyOf(n, 'compared')) && subtracts(variant),
  plant: (part) => ({
    ...part,
    run(intervals, manner) {
      const made = part.run(intervals, manner);
      return new Map([...made, [keyOf(part.n, 'potential'), take(made, keyOf(part.n, 'compared'))]]);
    },
  }),
};

export const neuronMistakes: readonly Mistake[] = [
  shownAsCompared,
  subtractReset,
  subtractAfterLeak,
  resetToZero,
  noReset,
  noLeak,
  leakTwice,
  leakBeforeFiring,
  inputTimesLeak,
  clamped,
  negativeForgotten,
  refractory,
].map(withDrift);
