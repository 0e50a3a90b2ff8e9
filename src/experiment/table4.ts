/**
 * Table 4: S of one IF neuron whose pixels are drawn from U(a,b); T = 100, threshold 1, constant weights.
 *
 * The paper states neither the encoding of the pixels nor the number of synapses nor their weights. A *reading* is a choice of all three. S
 * is Eq. (12) over many draws of the pixels. All rows use the same random numbers, so they differ only in intensity, as in the paper's
 * "adjusting the intensity of the pixels".
 */
import { real } from '../../spec/arithmetic.ts';
import { applyPoisson } from '../../spec/encode.ts';
import { initialWeights, inputWord, shuffled } from '../../spec/random.ts';
import { computeBatchSums, computeScale, initialScale, type FlowSums } from '../../spec/scale.ts';
import { paper } from '../../spec/variant.ts';
import {
  partName,
  type Experiment,
  type Figure,
  type ExperimentSummary,
  type ExperimentSettings,
} from './experiment.ts';
import { colourOf, dots, layerOf, nameMark, namesOf, numbers, span } from './figures.ts';
import { oneNeuron, present, threshold } from './oneNeuron.ts';
import { signed } from '../printable.ts';

const T = 100;

/** How often the pixels are drawn for each row of the table. Some readings also draw the weights each time. */
const draws = { small: 200, paper: 2000 };

/** The rows of Table 4. For each row, all pixels are drawn from U(low, low + ½). */
const table = [
  { distribution: 'U(0,0.5)', low: 0, S: 0.641 },
  { distribution: 'U(0.1,0.6)', low: 0.1, S: 0.478 },
  { distribution: 'U(0.2,0.7)', low: 0.2, S: 0.385 },
  { distribution: 'U(0.3,0.8)', low: 0.3, S: 0.335 },
  { distribution: 'U(0.4,0.9)', low: 0.4, S: 0.286 },
  { distribution: 'U(0.5,1)', low: 0.5, S: 0.249 },
];
const breadth = 0.5;

/**
 * If a neuron fires at every step, S is 1 / mean input. In the last row, whose mean pixel is ¾, the neuron fires at every step.
 * The paper's S of this row thus gives the sum of the weights, 5.35.
 */
const total = 1 / (0.249 * 0.75);

/** An interpretation of Table 4: the encoding of pixels, the number of synapses, and their weights. */
interface Reading {
  readonly name: string;
  /** The input at each step. `poisson`: a spike with the pixel as probability. `constant`: the pixel. `redrawn`: a newly drawn pixel. */
  readonly coding: 'poisson' | 'constant' | 'redrawn';
  readonly synapses: number;
  /** The weights of a draw. Default: equal weights with the sum {@link total}. */
  readonly weights?: (seed: number, draw: number) => Float64Array;
}

/**
 * The first is our reading: the paper uses Poisson inputs elsewhere, and its LeNet has 5 × 5 kernels. The sum of the equal weights is fitted
 * to the last row of the table; the other five rows then follow.
 */
const readings: readonly Reading[] = [
  { name: '25 equal Poisson synapses', coding: 'poisson', synapses: 25 },
  { name: '16 equal Poisson synapses', coding: 'poisson', synapses: 16 },
  { name: '9 equal Poisson synapses', coding: 'poisson', synapses: 9 },
  {
    name: '25 Poisson synapses, |N(0, 2/25)|',
    coding: 'poisson',
    synapses: 25,
    weights: (seed, draw) => initialWeights(25, 25, seed, draw + 1).map(Math.abs),
  },
  { name: '1 Poisson synapse', coding: 'poisson', synapses: 1 },
  { name: '25 equal constant inputs', coding: 'constant', synapses: 25 },
  { name: '1 constant input', coding: 'constant', synapses: 1 },
  { name: '1 input, redrawn each step', coding: 'redrawn', synapses: 1 },
];
export const [chosen] = readings;

/**
 * Random numbers from 0 to 1, one per draw and pixel k (Latin hypercube sampling). Over `n` draws, each pixel falls once into each of n
 * equal parts of 0 … 1, so its mean and spread are nearly those of the distribution.
 */
function randomPixels(n: number, seed: number): (draw: number, k: number) => number {
  const orders: Uint32Array[] = [];
  return (draw, k) => {
    orders[k] ??= shuffled(n, seed, k);
    const word = inputWord({ seed, stream: 'test', epoch: 0, sample: draw }, 0, k);
    return (orders[k][draw] + word / 2 ** 32) / n;
  };
}

/** The flow in and the flow out of a neuron for one draw. `pixels(t)` returns the pixels at step t. */
function computeFlows(
  { coding, synapses, weights }: Reading,
  pixels: (t: number) => Float64Array,
  seed: number,
  draw: number,
): FlowSums {
  const layer = oneNeuron(synapses);
  const w = weights?.(seed, draw) ?? new Float64Array(synapses).fill(total / synapses);
  const still = pixels(0);
  const spikes = { seed, stream: 'train', epoch: 0, sample: draw } as const;
  const steps = present(layer, w, T, (o, t) => {
    if (coding === 'poisson') applyPoisson(o, still, layer.input, t, 1, spikes);
    else o.set(coding === 'constant' ? still : pixels(t));
  });
  let flows: FlowSums = { FI: 0, FO: 0 };
  for (const { state } of steps) flows = { FI: state.FI[0], FO: state.FO[0] };
  return flows;
}

export interface DistributionRow {
  readonly distribution: string;
  readonly paper: number;
  readonly ours: number;
}

export function computeRows(
  reading: Reading,
  { size, seed }: Pick<ExperimentSettings, 'size' | 'seed'>,
): DistributionRow[] {
  const layer = oneNeuron(1);
  const { synapses } = reading;
  const r = randomPixels(draws[size], seed);
  return table.map(({ distribution, low, S }) => {
    const samples = Array.from({ length: draws[size] }, (_, draw) => {
      const pixels = (t: number): Float64Array =>
        Float64Array.from({ length: synapses }, (__, k) => low + breadth * r(draw, t * synapses + k));
      return computeFlows(reading, pixels, seed, draw);
    });
    const sums = computeBatchSums(samples, real);
    const ours = computeScale(sums, initialScale(layer, paper, real), layer, paper, real).S;
    return { distribution, paper: S, ours };
  });
}

interface Found {
  readonly reading: string;
  readonly rows: readonly DistributionRow[];
}

const worstOf = (rows: readonly DistributionRow[]): number =>
  Math.max(...rows.map((row) => Math.abs(row.ours - row.paper)));

function contentOf({ rows }: Found, rest: readonly Found[]): ExperimentSummary['content'] {
  const paired = rows.map((row) => [
    row.distribution,
    row.paper.toFixed(3),
    row.ours.toFixed(3),
    signed(row.ours - row.paper),
  ]);
  // Without the word "synapses", the table fits a terminal.
  const compared = rest.map((found) => [
    found.reading.replace(/ synapses?/, ''),
    ...found.rows.map(({ ours }) => ours.toFixed(3)),
    worstOf(found.rows).toFixed(3),
  ]);
  return [
    `Table 4: S of one IF neuron, T = ${T}, threshold ${threshold}`,
    { columns: ['pixels', 'paper', 'ours', 'difference'], rows: paired },
    `Our reading: ${chosen.name}, whose weights sum to ${total.toFixed(2)}. The paper names neither coding nor weights. ` +
      'It uses Poisson sampling elsewhere, and the kernel of LeNet is 5 × 5. In the last row the neuron fires at every ' +
      'step, so S is 1 over the mean input. We take the sum of the weights from that row; only the other five rows are ' +
      'therefore evidence. They follow the paper, but not always to the second decimal: the largest difference is ' +
      `${worstOf(rows).toFixed(3)}.`,
    {
      title: 'Other readings of the synapses, by the a of U(a, a + 0.5), with their largest difference:',
      columns: ['', ...table.map(({ low }) => String(low)), 'largest'],
      rows: [['the paper', ...rows.map((row) => row.paper.toFixed(3)), ''], ...compared],
    },
    '|N(0, 2/25)| is the absolute value of the initialisation of the paper’s networks; it uses no number of the table.',
  ];
}

/** The paper is black, and our reading blue. Similar readings have similar colours. */
const colours = [
  'black',
  '#0b5cad',
  '#2f77c0',
  '#5a93cc',
  '#d55e00',
  '#4d4d4d',
  '#00805d',
  '#2fa283',
  '#8f6a00',
];

/** Draws S against the mean pixel. A name is left of its curve. The paper and our reading are drawn last, above the others. */
function figureOf(mine: Found, rest: readonly Found[]): Figure {
  const paperSays = { reading: 'the paper', rows: mine.rows.map((row) => ({ ...row, ours: row.paper })) };
  const drawn = [...rest, mine, paperSays];
  const means = table.map(({ low }) => low + breadth / 2);
  const values = drawn.flatMap(({ reading, rows }) =>
    rows.map(({ ours }, index) => ({
      reading,
      S: ours,
      mean: means[index],
      width: reading === paperSays.reading || reading === mine.reading ? 3 : 1.2,
    })),
  );
  const [height, highest, letters] = [320, 0.8, 14];
  const ends = drawn.map(({ reading, rows }) => ({ series: reading, y: rows[0].ours }));
  const names = namesOf(ends, (letters * highest) / height, [0, highest]).map(({ series, y }) => ({
    reading: series,
    S: y,
    mean: means[0],
  }));
  const x = numbers('mean', 'mean pixel of U(a, a + 0.5)', span(-0.12, 0.78), {
    values: means,
    format: '.2f',
  });
  const y = numbers('S', 'S', { domain: [0, highest] });
  const ordered = [paperSays, mine, ...rest].map(({ reading }, index) => [reading, colours[index]] as const);
  const color = colourOf('reading', Object.fromEntries(ordered));
  const width = numbers('width', undefined, null);
  const text = { field: 'reading', type: 'nominal' };
  return {
    width: 620,
    height,
    layer: [
      layerOf(
        values,
        { type: 'line', point: dots(40) },
        { x, y, color, detail: { field: 'reading' }, strokeWidth: width },
      ),
      layerOf(names, nameMark('right', -8), { x, y, color, text }),
    ],
  };
}

export const table4: Experiment<Found> = {
  help: 'S of one IF neuron for six distributions of its pixels',
  parts: (settings) =>
    readings.map((reading) => ({
      name: partName(reading.name),
      of: reading,
      // One draw takes about half a millisecond.
      estimate: () => 0.0005 * draws[settings.size],
      run: () => ({ reading: reading.name, rows: computeRows(reading, settings) }),
    })),
  summarise: ({ experiment, size, seed }, [mine, ...rest]) => {
    const head = {
      experiment,
      size,
      seed,
      timeWindow: T,
      threshold,
      draws: draws[size],
      reading: mine.reading,
      weightSum: total,
      others: rest,
    };
    return { lines: [head, ...mine.rows], content: contentOf(mine, rest), figure: figureOf(mine, rest) };
  },
};
