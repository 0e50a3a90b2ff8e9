/** The changes from which the tables of mistakes are built. */
import type { Floats } from '../../../../spec/arithmetic.ts';
import type { TrainedNeuron } from '../../../../spec/frameworks.ts';
import type { SurrogateTerms } from '../../../../spec/surrogateForms.ts';
import type { Stage } from '../../../engine/stage.ts';
import { entriesOf } from '../../../keysOf.ts';
import type { Mistake, Seen } from '../../name.ts';
import type { ChangeOf } from '../../rows.ts';
import type { SurrogateLayer, SurrogateLoss, SurrogateModel } from '../model.ts';

export type SurrogateRow = Mistake<SurrogateModel>;
export type SurrogateChange = ChangeOf<SurrogateModel>;
export type SeenSurrogate = Seen<SurrogateModel>;

export const layerOf = ({ layers }: SurrogateModel, { n }: Pick<Stage, 'n'>): SurrogateLayer => layers[n - 1];
export const nameOf = ({ id }: Stage): string => id.split('.')[0];
export const isNormal = ({ g, λ }: TrainedNeuron): boolean => λ !== 1 && Math.abs(g + λ - 1) < 1e-9;

/** Names of the stages that depend on the neuron. */
export const ofNeuron = ['synapse', 'neuron', 'charged', 'distance', 'surrogate', 'factors', 'backward'];

/** Changes neurons. If `change` returns undefined, the neuron stays the same and the row does not concern it. */
export function neurons(
  change: (
    neuron: TrainedNeuron,
    k: number,
    name: string,
    also?: number,
  ) => Partial<TrainedNeuron> | undefined,
): SurrogateChange {
  return {
    concerns(stage, model) {
      const { layer, name } = layerOf(model, stage);
      return ofNeuron.includes(nameOf(stage)) && change(layer.neuron, 0.5, name) !== undefined;
    },
    change: ({ layers }, [k, also]) => ({
      layers: layers.map((entry) => {
        const changed = (one: TrainedNeuron): TrainedNeuron => ({
          ...one,
          ...change(one, k, entry.name, also),
        });
        const { neuron, each } = entry.layer;
        return {
          ...entry,
          layer: { ...entry.layer, neuron: changed(neuron), ...(each && { each: each.map(changed) }) },
        };
      }),
    }),
  };
}

/** Changes neurons that fire. */
export const firing = (change: Parameters<typeof neurons>[0]): SurrogateChange =>
  neurons((neuron, k, name) => (neuron.output === 'potential' ? undefined : change(neuron, k, name)));

/** Changes the neurons that fire: their fields get the values in `other`. */
export const answer = (other: Partial<TrainedNeuron>): SurrogateChange =>
  firing((neuron) => (entriesOf(other).every(([key, value]) => neuron[key] === value) ? undefined : other));

export function surrogates(
  change: (terms: SurrogateTerms, neuron: TrainedNeuron, k: number) => SurrogateTerms | undefined,
): SurrogateChange {
  return {
    concerns: (stage, model) => {
      const { surrogate, neuron } = layerOf(model, stage).layer;
      return nameOf(stage) === 'surrogate' && change(surrogate, neuron, 0.5) !== undefined;
    },
    change: ({ layers }, [k]) => ({
      layers: layers.map((entry) => {
        const terms = change(entry.layer.surrogate, entry.layer.neuron, k);
        return terms ? { ...entry, layer: { ...entry.layer, surrogate: terms } } : entry;
      }),
    }),
  };
}

export const lossAs = (
  change: (loss: SurrogateLoss, k: number) => Partial<SurrogateLoss>,
): SurrogateChange => ({
  concerns: (_, model) => model.loss !== undefined,
  change: ({ loss }, [k]) => ({ loss: loss && { ...loss, ...change(loss, k) } }),
});

/** Changes those results of the stages called `name` whose keys end in `what`. */
export const makes = (
  name: string,
  change: NonNullable<SurrogateChange['output']>,
  what = '',
): SurrogateChange => ({
  concerns: (stage) => nameOf(stage) === name,
  output: (values, key, stage, model, k) =>
    key.endsWith(what) ? change(values, key, stage, model, k) : values,
});

export const mapped = (values: Floats, of: (value: number, i: number) => number): Floats =>
  Float64Array.from(values, (value: number, i: number) => of(value, i));

export const zero = (values: Floats): Floats => new Float64Array(values.length);

export const except = (present: number, all: readonly number[]): number[][] =>
  [...new Set(all)].filter((k) => k !== present && Number.isFinite(k)).map((k) => [k]);
