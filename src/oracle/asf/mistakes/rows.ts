/** Helpers for rows of the catalogue. */
import { real } from '../../../../spec/arithmetic.ts';
import type { Layer, Network } from '../../../../spec/network.ts';
import { digits } from '../../../engine/rounding.ts';
import type { Stage } from '../../../engine/stage.ts';
import { keyOf } from '../../keys.ts';
import type { Mistake } from '../../name.ts';
import { rowsOf as rowsIn, type ChangeOf } from '../../rows.ts';
import { networkOf, type Functions, type Model } from '../model.ts';

export { digits } from '../../../engine/rounding.ts';
export { delayed, middleOf, ofKind, quantised, withTerm } from '../../rows.ts';

export type Row = Mistake<Model>;

export type Change = ChangeOf<Model>;

export const rowsOf = rowsIn<Model>;

export const networkIn = (model: Model): Network => networkOf(model, real);
export const TOf = (model: Model): number => networkIn(model).T;

export const layerOf = ({ n }: Stage, model: Model): Layer | undefined => networkIn(model).layers[n - 1];

/** Whether a stage makes an array of its layer. */
export const makes = ({ n, writes }: Stage, what: string): boolean => writes.includes(keyOf(n, what));

/** Whether the layer of a stage has neurons that fire. */
export const fires = (stage: Stage, model: Model): boolean => layerOf(stage, model)?.spikes === true;

/** Whether a layer is an average pool. Only this kind has a divisor, even if it is 1. */
export const isMean = (layer: Layer | undefined): boolean => layer?.kind.divisor !== undefined;

/** Replaces some functions of a model. */
export const replacing =
  (others: Partial<Functions> | ((original: Functions) => Partial<Functions>)) =>
  ({ functions }: Model): Partial<Model> => ({
    functions: { ...functions, ...(typeof others === 'function' ? others(functions) : others) },
  });

/** The text of a factor, with the sizes of the step that it may come from. */
export function factorText(by: number, model: Model): string {
  const sizes = Object.entries({ T: TOf(model), B: model.B }).flatMap(([name, n]): [string, number][] => [
    [name, n],
    [`1/${name}`, 1 / n],
  ]);
  const its = sizes.filter(([, size]) => size !== 1 && Math.abs(by / size - 1) < 2 ** -15);
  return [...its.map(([name]) => name), digits(by)].join(' = ');
}
