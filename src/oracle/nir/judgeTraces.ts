/** Judges what a simulator recorded by a convention. */
import { real } from '../../../spec/arithmetic.ts';
import type { Shape } from '../../../spec/network.ts';
import type { NirConvention } from '../../../spec/nirConventions.ts';
import { Missing, Replay } from '../../engine/run.ts';
import type { Ball } from '../../engine/stage.ts';
import type { NirChain, NirLayer } from '../../nir/chain.ts';
import { judge, type Judgement, type JudgeManner, type Place } from '../judge.ts';
import { computationOf, constantsOf, keyOf, type NirModel } from './steps.ts';
import type { NirTraces } from './traces.ts';

/** Told before each stage that is checked or diagnosed. */
export type TellTraces = (doing: 'checked' | 'diagnosed', what: string, done: number, of: number) => void;

/** The model of a simulator that recorded traces, with the units of its potentials. */
export function modelOf(chain: NirChain, traces: NirTraces, convention: NirConvention, dt: number): NirModel {
  const { T, B, single, arrays } = traces;
  const recorded = new Set(arrays.keys());
  const model = { chain, convention, dt, T, B, single, recorded, units: new Map() };
  return { ...model, units: unitsOf(model, arrays) };
}

/** What was recorded, as what is there. */
const ballsOf = (arrays: NirTraces['arrays']): Map<string, Ball> =>
  new Map(
    [...arrays].flatMap(([key, v]): [string, Ball][] => [
      [key, { v }],
      // They come back to their neurons, whether they are right or not.
      ...(key.endsWith('.spikes') ? [[key.replace(/spikes$/, 'back'), { v }] as [string, Ball]] : []),
    ]),
  );

/** Some simulators record u/θ, or potentials of fixed point in whole units: where that is so, the units by place in the chain. */
function unitsOf(model: NirModel, arrays: NirTraces['arrays']): Map<number, ArrayLike<number>> {
  const run = new Replay(computationOf(model), ballsOf(arrays));
  const units = new Map<number, ArrayLike<number>>();
  for (const [place, layer] of model.chain.layers.entries()) {
    const got = arrays.get(keyOf(layer, 'potentials'));
    const expected = got && expectedOf(run, layer);
    if (!got || !expected) continue;
    const { θ } = constantsOf(model, layer)(real);
    const all = [
      Float64Array.from(θ, () => 1),
      Float64Array.from(θ, (each) => 1 / each),
      θ.map(() => 16384),
      θ.map(() => 4096),
    ];
    const { v, r } = expected;
    const clear: number[] = [];
    for (let i = 0; i < v.length && clear.length < 64; i++)
      if (
        Math.abs(v[i]) > 2 ** 10 * (r?.[i] ?? 0) &&
        v[i] !== 0 &&
        Math.abs(v[i]) > 2 ** -10 * θ[i % θ.length]
      )
        clear.push(i);
    const fits = (unit: ArrayLike<number>): number =>
      clear.filter((i) => Math.abs(got[i] / unit[i % θ.length] - v[i]) <= 2 ** -9 * Math.abs(v[i])).length;
    const [own, ...others] = all.map(fits);
    const best = others.indexOf(Math.max(...others));
    if (2 * own < others[best] && 2 * others[best] > clear.length) units.set(place, all[best + 1]);
  }
  return units;
}

/** The potentials that are expected of a layer; nothing where they cannot be. */
function expectedOf(run: Replay, layer: NirLayer): Ball | undefined {
  const key = keyOf(layer, 'potentials');
  const stage = run.makerOf(key);
  try {
    return stage && run.results(stage)[stage.writes.indexOf(key)];
  } catch (error) {
    if (error instanceof Missing) return undefined;
    throw error;
  }
}

function placeOf({ chain, T, B, single }: NirModel): (key: string) => Place | undefined {
  const places = new Map<string, Place>();
  const axesOf = ({ channels, height, width }: Shape): Pick<Place, 'axes' | 'shape'> =>
    height * width > 1
      ? { axes: ['step', 'sample', 'channel', 'row', 'column'], shape: [T, B, channels, height, width] }
      : { axes: ['step', 'sample', 'neuron'], shape: [T, B, channels] };
  places.set('input', { key: 'input', n: 0, equation: '', isSpikes: false, ...axesOf(chain.input) });
  for (const [place, layer] of chain.layers.entries()) {
    const { channels, height, width } = layer.shape;
    const isMap = height * width > 1;
    const axes = ['step', 'sample', ...(isMap ? ['channel', 'row', 'column'] : ['neuron'])];
    const shape = [T, B, ...(isMap ? [channels, height, width] : [channels])];
    for (const what of ['spikes', 'potentials']) {
      const key = keyOf(layer, what);
      places.set(key, { key, n: place + 1, shape, axes, equation: '', isSpikes: what === 'spikes' });
    }
    for (const { key } of single.filter((each) => each.place === place))
      places.set(key, {
        key,
        n: place + 1,
        shape: [T, B, 1],
        axes: ['step', 'sample', 'neuron'],
        equation: '',
        isSpikes: false,
      });
  }
  return (key) => places.get(key);
}

export type JudgedTraces = Judgement & { readonly manner: JudgeManner };

/** Judges what a simulator recorded. */
export function judgeTraces(model: NirModel, arrays: NirTraces['arrays'], tell?: TellTraces): JudgedTraces {
  const made = new Set([...arrays.keys()].filter((key) => key !== 'input'));
  const manner: JudgeManner = {
    placeOf: placeOf(model),
    baseOf: () => undefined,
    made,
    ...(tell && { tell: (id: string, done: number, of: number) => tell('checked', id, done, of) }),
  };
  return { ...judge(computationOf(model), ballsOf(arrays), manner), manner };
}
