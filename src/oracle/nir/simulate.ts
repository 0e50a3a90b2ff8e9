/** Runs a graph as a simulator; the result is a trace that {@link readTraces} can read. */
import { binary32 } from '../../../spec/arithmetic.ts';
import { neuronsOf } from '../../../spec/network.ts';
import { inputWord } from '../../../spec/random.ts';
import { placeNotFinite, refuse } from '../../errors.ts';
import type { NirChain } from '../../nir/import/chain.ts';
import { workOf } from '../../nir/import/compose.ts';
import { runChain, type NirTiming } from '../../nir/run.ts';
import { keyOf } from './steps.ts';
import type { NirTraces } from './traces.ts';
import { range } from '../../engine/rounding.ts';

/** Limit on the numbers of a trace. */
const mostNumbers = 2 ** 26;

/** Limit on the multiplications of a run, as if every neuron fired: a few minutes. */
const mostWork = 2 ** 35;

/** Refuses runs with too many multiplications, and names the node that exceeds the limit. */
export function checkWork({ input, layers }: NirChain, T: number, where: string): void {
  let work = 0;
  let from = input;
  for (const { maps, recurrent, node, shape } of layers) {
    const into = maps.flatMap(({ map }) => (map ? [map] : []));
    work += T * workOf(into, from);
    if (recurrent?.map) work += T * workOf([recurrent.map], shape);
    if (work > mostWork) {
      const expected = `at most ${mostWork} multiplications in all steps, up to this node`;
      refuse(where, node.name, expected, work, 'give fewer steps');
    }
    from = shape;
  }
}

function checkSteps(chain: NirChain, T: number, where: string): void {
  const { input, layers } = chain;
  const all = layers.reduce((sum, { shape }) => sum + 2 * T * neuronsOf(shape), T * neuronsOf(input));
  if (all > mostNumbers) refuse(where, 'steps', `at most ${mostNumbers} numbers in a trace`, all);
  checkWork(chain, T, where);
}

/** T steps of spikes (T,n), each with probability ½, determined by seed, step and place alone. */
export function drawInput(chain: NirChain, T: number, seed: number, where: string): Float64Array {
  checkSteps(chain, T, where);
  const n = neuronsOf(chain.input);
  // A sample has at most 2¹⁷ inputs.
  const word = (t: number, i: number): number =>
    inputWord({ seed, stream: 'test', epoch: 0, sample: i >>> 17 }, t, i % 2 ** 17);
  return Float64Array.from({ length: T * n }, (_, m) => word(Math.floor(m / n), m % n) >>> 31);
}

/**
 * Runs a graph as a simulator, in binary32 and from rest, and records all layers.
 *
 * @param input (T,n)
 * @throws InputError if a number is no longer finite, or there are too many
 */
export function simulate(
  chain: NirChain,
  input: Float64Array,
  timing: NirTiming & { readonly dt: number },
  where: string,
): NirTraces {
  const n = neuronsOf(chain.input);
  const T = input.length / n;
  checkSteps(chain, T, where);
  const sizes = chain.layers.map(({ shape }) => neuronsOf(shape));
  const recorded = chain.layers.map((layer, place) =>
    ['spikes', 'potentials'].map((what) => [keyOf(layer, what), new Float64Array(T * sizes[place])] as const),
  );
  const entered = Float64Array.from(input, Math.fround);
  const steps = range(T).map((t) => entered.subarray(t * n, (t + 1) * n));
  runChain(chain, steps, timing, binary32, (place, t, { o, u }) => {
    const [[, spikes], [, potentials]] = recorded[place];
    spikes.set(o, t * sizes[place]);
    potentials.set(u, t * sizes[place]);
  });
  for (const [key, values] of recorded.flat()) {
    const at = placeNotFinite(values);
    if (at < 0) continue;
    const got = `${values[at]} with steps of ${timing.dt}`;
    refuse(where, key, 'weights, and a step in the unit of the time constants, that keep all finite', got);
  }
  const arrays = new Map([['input', entered], ...recorded.flat()]);
  return { arrays, T, B: 1, single: [], exchanged: [] };
}
