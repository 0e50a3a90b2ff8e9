/** Graphs, and traces as a simulator would record them. */
import { binary32 } from '../../../spec/arithmetic.ts';
import type { NirConvention } from '../../../spec/nirConventions.ts';
import { openChunks } from '../../../src/formats/hdf5Chunks.ts';
import { writeNpz } from '../../../src/formats/npz.ts';
import type { AnyTensor } from '../../../src/formats/tensor.ts';
import { chainOf, type NirChain } from '../../../src/nir/import/chain.ts';
import { readNirGraph } from '../../../src/nir/import/graph.ts';
import { runChain } from '../../../src/nir/run.ts';
import { checkTraces, type NirReport } from '../../../src/oracle/nir/check.ts';
import { readTraces, type Exchange } from '../../../src/oracle/nir/traces.ts';
import {
  affine,
  chainFile,
  cubaNode,
  graphFile,
  ifNode,
  input,
  lifNode,
  linear,
  output,
} from '../../nir/graphs.ts';

export const T = 120;
export const read = (bytes: Uint8Array): NirChain => chainOf(readNirGraph(bytes, 'g', openChunks), 'g');

export function draw(n: number, rate: number, steps = T): Float64Array[] {
  let word = 12345;
  return Array.from({ length: steps }, () =>
    Float64Array.from({ length: n }, () => {
      word = (Math.imul(word, 1103515245) + 12345) >>> 0;
      return word / 2 ** 32 < rate ? 1 : 0;
    }),
  );
}

type Rows = readonly ArrayLike<number>[];

/** An array (T,n) or, for several samples, (B,T,n). */
export const rows = (name: string, steps: Rows, samples?: number): [string, AnyTensor] => [
  name,
  {
    dtype: 'F32',
    shape: [...(samples === undefined ? [] : [samples]), steps.length / (samples ?? 1), steps[0]!.length],
    data: Float32Array.from(steps.flatMap((row) => Array.from(row))),
  },
];

export interface Recorded {
  readonly given: Rows;
  readonly spikes: number[][][];
  readonly potentials: number[][][];
}

/** Runs the layers of a chain under a convention, in binary32, and records them. */
export function record(
  chain: NirChain,
  convention: NirConvention,
  dt: number,
  given: readonly Float64Array[],
): Recorded {
  const [spikes, potentials]: number[][][][] = [chain.layers.map(() => []), chain.layers.map(() => [])];
  runChain(chain, given, { convention, dt }, binary32, (layer, _, state) => {
    spikes[layer]!.push(Array.from(state.o));
    potentials[layer]!.push(Array.from(state.u));
  });
  return { given, spikes, potentials };
}

/** The file of a recording, with all layers or some of them. */
export function fileOf(
  chain: NirChain,
  { given, spikes, potentials }: Recorded,
  what: readonly string[] = ['spikes'],
  places = chain.layers.map((_, k) => k),
): Uint8Array {
  const name = (k: number): string => chain.layers[k]!.node.name;
  return writeNpz([
    rows('input', given),
    ...places.flatMap((k) => [
      ...(what.includes('spikes') ? [rows(`${name(k)}.spikes`, spikes[k]!)] : []),
      ...(what.includes('potentials') ? [rows(`${name(k)}.potentials`, potentials[k]!)] : []),
    ]),
  ]);
}

export function check(chain: NirChain, file: Uint8Array, convention: NirConvention, dt: number): NirReport {
  const again = (exchange?: Exchange) => readTraces(file, chain, 't', undefined, exchange);
  return checkTraces(chain, again(), { convention, dt }, 't', { read: again });
}

export const idsOf = ({ differs }: NirReport): string[] => differs?.explains.map(({ id }) => id) ?? [];

const halves = [0.5, 0.25, 0.5, 0.75, -0.5, 0.5, 0.25, 0.5, 0.5, 1, 0.5, -0.25];
export const ifGraph = chainFile({ fc: linear(4, 3, halves), a: ifNode }, [3], 4);

/** @param share factor of the recurrent weights; if neurons send counts, large weights let these grow without limit */
export const recurrentGraph = (share = 1) =>
  graphFile(
    {
      input: input(3),
      fc: affine(3, 3, [0.25, -0.125, 0.5], [1, 0.5, 2, 0.75, -0.5, 1.5, 0.25, 2, 1]),
      a: { ...cubaNode, v_threshold: 0.5 },
      back: affine(
        3,
        3,
        [0.125, -0.25, 0.5].map((bias) => share * bias),
        [0.5, -1, 2, 0.25, 1, -0.5, 1, 0.75, -2].map((weight) => share * weight),
      ),
      output: output(3),
    },
    'input→fc fc→a a→back back→a a→output',
  );

export const convolutionGraph = chainFile(
  {
    conv: {
      type: 'Conv2d',
      weight: { shape: [2, 2, 3, 3], data: Array.from({ length: 36 }, (_, k) => ((k * 7) % 11) / 8 - 0.5) },
      stride: 1,
      padding: 0,
      dilation: 1,
      groups: 1,
      bias: [0.125, -0.25],
    },
    a: ifNode,
    flat: { type: 'Flatten', start_dim: 0, end_dim: -1 },
    fc: affine(
      4,
      18,
      [0.25, 0, -0.25, 0.5],
      Array.from({ length: 72 }, (_, k) => ((k * 5) % 13) / 8 - 0.5),
    ),
    b: { ...lifNode, r: 1 },
  },
  [2, 5, 5],
  4,
);

export const leakyGraph = chainFile(
  {
    fc: linear(3, 3, [8, 4, 8, 12, -8, 8, 4, 8, 8]),
    a: { ...lifNode, tau: [0.01, 0.01, 0.01], v_leak: [0.25, 0.25, 0.25], v_reset: [-0.5, -0.5, -0.5] },
  },
  [3],
  3,
);

const whole = [3, -1, 2, 1, 2, -1, -2, 4, 1, 5, 1, 3];
export const cubaGraph = chainFile({ fc: linear(4, 3, whole), a: cubaNode }, [3], 4);
