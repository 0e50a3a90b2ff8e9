/** Judges recorded traces by a convention. */
import { real } from '../../../spec/arithmetic.ts';
import type { Shape } from '../../../spec/network.ts';
import type { NirConvention } from '../../../spec/nirConventions.ts';
import { Replay } from '../../engine/run.ts';
import type { Ball } from '../../engine/stage.ts';
import type { NirChain } from '../../nir/import/chain.ts';
import { judge, type Judgement, type JudgeManner, type Slot } from '../judge.ts';
import { ifComputable } from '../memo.ts';
import { ballsOf, type Tell } from '../step.ts';
import { computationOf, constantsOf, keyOf, type NirModel } from './steps.ts';
import type { NirTraces } from './traces.ts';

/** The model of a simulator that recorded traces, with the units of its potentials. */
export function modelOf(chain: NirChain, traces: NirTraces, convention: NirConvention, dt: number): NirModel {
  const { T, B, single, arrays } = traces;
  const recorded = new Set(arrays.keys());
  const model = { chain, convention, dt, T, B, single, recorded, units: new Map() };
  return { ...model, units: unitsOf(model, arrays) };
}

/** The arrays at the start of a run. Recorded spikes, right or wrong, also return to their neurons, by the key `back`. */
const startOf = (arrays: NirTraces['arrays']): Map<string, Ball> => {
  const spikes = [...arrays].filter(([key]) => key.endsWith('.spikes'));
  return ballsOf(
    new Map([...arrays, ...spikes.map(([key, v]) => [key.replace(/spikes$/, 'back'), v] as const)]),
  );
};

/** The units of potentials, by index of the layer. Some simulators record u/θ, or fixed-point potentials as whole numbers. */
function unitsOf(model: NirModel, arrays: NirTraces['arrays']): Map<number, ArrayLike<number>> {
  const run = new Replay(computationOf(model), startOf(arrays));
  const units = new Map<number, ArrayLike<number>>();
  for (const [index, layer] of model.chain.layers.entries()) {
    const key = keyOf(layer, 'potentials');
    const [got, stage] = [arrays.get(key), run.makerOf(key)];
    const expected = got && stage && ifComputable(() => run.results(stage)[stage.writes.indexOf(key)]);
    if (!got || !expected) continue;
    const { v, r } = expected;
    const { θ } = constantsOf(model, layer)(real);
    const all = [
      θ.map(() => 1),
      Float64Array.from(θ, (each) => 1 / each),
      θ.map(() => 16384),
      θ.map(() => 4096),
    ];
    const isClear = (u: number, i: number): boolean =>
      Math.abs(u) > Math.max(2 ** 10 * (r?.[i] ?? 0), 2 ** -10 * θ[i % θ.length]);
    const clear = Array.from(v.keys())
      .filter((i) => isClear(v[i], i))
      .slice(0, 64);
    const fits = (unit: ArrayLike<number>): number =>
      clear.filter((i) => Math.abs(got[i] / unit[i % θ.length] - v[i]) <= 2 ** -9 * Math.abs(v[i])).length;
    const [plain, ...others] = all.map(fits);
    const best = others.indexOf(Math.max(...others));
    if (2 * plain < others[best] && 2 * others[best] > clear.length) units.set(index, all[best + 1]);
  }
  return units;
}

/** The slot of each array. The axes are step, sample and neuron. A map has channel, row and column instead of neuron. */
function slotsOf({ chain, T, B, single }: NirModel): Map<string, Slot> {
  const slot = (key: string, n: number, { channels, height, width }: Shape, isSpikes = false): Slot => {
    const isMap = height * width > 1;
    const axes = ['step', 'sample', ...(isMap ? ['channel', 'row', 'column'] : ['neuron'])];
    const shape = [T, B, ...(isMap ? [channels, height, width] : [channels])];
    return { key, n, axes, shape, equation: '', isSpikes };
  };
  const one = { channels: 1, height: 1, width: 1 };
  const all = [
    slot('input', 0, chain.input),
    ...chain.layers.flatMap((layer, k) => [
      slot(keyOf(layer, 'spikes'), k + 1, layer.shape, true),
      slot(keyOf(layer, 'potentials'), k + 1, layer.shape),
    ]),
    ...single.map((each) => slot(each.key, each.index + 1, one)),
  ];
  return new Map(all.map((each) => [each.key, each]));
}

export type JudgedTraces = Judgement & { readonly manner: JudgeManner; readonly model: NirModel };

/** @param isBrief whether to end at the first array that differs */
export function judgeTraces(
  model: NirModel,
  arrays: NirTraces['arrays'],
  { tell, isBrief = false }: { readonly tell?: Tell | undefined; readonly isBrief?: boolean } = {},
): JudgedTraces {
  const slots = slotsOf(model);
  const manner: JudgeManner = {
    slotOf: (key) => slots.get(key),
    computed: new Set([...arrays.keys()].filter((key) => key !== 'input')),
    isBrief,
    ...(tell && { tell: (id: string, done: number, of: number) => tell('checked', id, done, of) }),
  };
  return { ...judge(computationOf(model), startOf(arrays), manner), manner, model };
}
