/** Questions to the arrays of a case. */
import { neuronsOf, type Layer, type Network } from '../../../spec/network.ts';
import type { Values } from '../../../src/engine/rounding.ts';
import { keyOf } from '../../../src/oracle/keys.ts';
import type { Draft } from './case.ts';

/** The arrays of a case, what enters and what is expected. */
export interface View {
  readonly draft: Draft;
  readonly network: Network;
  readonly arrays: ReadonlyMap<string, Values>;
}

export type Test = (view: View) => boolean;

export const list = (values: Values | undefined): number[] => (values ? Array.from(values) : []);
export const of = ({ arrays }: View, n: number, what: string): number[] => list(arrays.get(keyOf(n, what)));
export const someLayer =
  (test: (layer: Layer, view: View) => boolean): Test =>
  (view) =>
    view.network.layers.some((layer) => test(layer, view));
export const some = (what: string, test: (value: number, layer: Layer) => boolean): Test =>
  someLayer((layer, view) => of(view, layer.n, what).some((value) => test(value, layer)));
export const input =
  (key: string, test: (value: number) => boolean): Test =>
  ({ arrays }) =>
    list(arrays.get(key)).some(test);
export const has = ({ arrays }: View, key: string): boolean => arrays.has(key);

/** u of the step before that is kept, so that a leak before or after the decision matters. */
export const leakMatters = someLayer(({ n, λ, Vth, spikes }, view) => {
  const u = of(view, n, 'compared');
  return spikes && λ < 1 && u.some((value) => value > Vth && λ * value < Vth);
});

/** A window in which the greatest flow is there twice. */
export const hasTie = someLayer(({ n, kind, output, synapses }, view) => {
  const FO = of(view, n - 1, 'FO');
  if (!kind.silent || FO.length === 0) return false;
  return Array.from({ length: neuronsOf(output) }, (_, i) => {
    const { j, count } = synapses.into(i);
    const flows = Array.from(j.slice(0, count), (place) => FO[place]);
    const most = Math.max(...flows);
    return most > 0 && flows.filter((flow) => flow === most).length > 1;
  }).some(Boolean);
});

/** Weights that are others when they are turned around. */
export const turned = (isIt: (layer: Layer) => boolean): Test =>
  someLayer((layer, view) => {
    const w = of(view, layer.n, 'weight');
    return isIt(layer) && layer.weightShape.length > 0 && w.some((value, k) => value !== w[w.length - 1 - k]);
  });

export const ratioBeyond = (isIt: (ratio: number, layer: Layer) => boolean): Test =>
  someLayer((layer, view) => of(view, layer.n, 'ratio').some((ratio) => isIt(ratio, layer)));
