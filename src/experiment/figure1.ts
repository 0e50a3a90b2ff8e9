/**
 * Figure 1(a): the potential, the input spikes and the output spikes of a neuron over time. An IF neuron, without leak, and a LIF neuron,
 * with the paper's leak, have the same input.
 *
 * Weights are multiples of ¼, so that the potential of the IF neuron can equal the threshold, at which it fires by Eq. (2).
 */
import type { Floats } from '../../spec/arithmetic.ts';
import { applyPoisson } from '../../spec/encode.ts';
import type { Draw } from '../../spec/random.ts';
import type { Experiment, Figure, ExperimentSummary, ExperimentSettings } from './experiment.ts';
import { colours, dashed, dots, numbers, span, titleOf } from './figures.ts';
import { oneNeuron, present, threshold } from './oneNeuron.ts';
import { leaks } from './protocol.ts';

/** Steps. The paper gives no number for this figure; 100 is the shortest window in the paper. */
const T = { small: 60, paper: 100 };
const weights = [0.5, 0.25, -0.25];
/** Probability of an input spike per step. */
const rate = 0.2;

/** A neuron at one step. `potential` is the value before the reset. */
export interface NeuronRow {
  readonly neuron: string;
  /** 1 … T. */
  readonly step: number;
  readonly inputs: readonly number[];
  readonly current: number;
  readonly potential: number;
  readonly fires: number;
}

/** All steps of the IF neuron, then all of the LIF neuron. */
export function computeRows({ size, seed }: Pick<ExperimentSettings, 'size' | 'seed'>): NeuronRow[] {
  const draw: Draw = { seed, stream: 'test', epoch: 0, sample: 0 };
  const intensities = weights.map(() => rate);
  return Object.entries(leaks).flatMap(([name, leak]) => {
    const layer = oneNeuron(weights.length, leak);
    const applyInput = (o: Floats, t: number): void => applyPoisson(o, intensities, layer.input, t, 1, draw);
    const steps = present(layer, Float64Array.from(weights), T[size], applyInput);
    return Array.from(steps, ({ t, input, state: { x, u, o } }) => ({
      neuron: name,
      step: t + 1,
      inputs: [...input],
      current: x[0],
      potential: u[0],
      fires: o[0],
    }));
  });
}

/** The first seven characters are for potentials from 0 to below the threshold, the eighth for the threshold or more. */
const heights = '▁▂▃▄▅▆▇█';
const heightOf = ({ potential }: NeuronRow): string =>
  potential < 0 ? '_' : heights[potential >= threshold ? 7 : Math.floor((7 * potential) / threshold)];
/** Steps that fit on a line of a terminal. */
const shown = 43;

const nameOf = (input: number): string => `w = ${String(weights[input]).replace('-', '−')}`;

/** The figure as text, with one column per step. */
function contentOf(rows: readonly NeuronRow[]): ExperimentSummary['content'] {
  const [IF, LIF] = Object.keys(leaks).map((name) => rows.filter(({ neuron }) => neuron === name));
  const line = (title: string, of: readonly NeuronRow[], cell: (row: NeuronRow) => string): string =>
    `${title.padEnd(16)} ${of.slice(0, shown).map(cell).join('')}`;
  const mark = (spike: number): string => (spike ? '|' : '·');
  const firings = (of: readonly NeuronRow[]): number => of.filter(({ fires }) => fires).length;
  return [
    `Figure 1: potential of one IF and one LIF neuron, threshold ${threshold}, the first ${shown} steps`,
    {
      block: [
        ...weights.map((_, k) => line(`input, ${nameOf(k)}`, IF, ({ inputs }) => mark(inputs[k]))),
        ...[IF, LIF].flatMap((of) => [
          '',
          line(`${of[0].neuron} potential`, of, heightOf),
          line(`${of[0].neuron} fires`, of, ({ fires }) => mark(fires)),
        ]),
      ],
    },
    `In ${IF.length} steps the IF neuron fires ${firings(IF)} times and the LIF neuron ${firings(LIF)} times. The LIF neuron loses 1 % ` +
      'of its potential per step, so the same input usually brings it to the threshold later. The paper’s figure has no ' +
      'numbers: these are ours.',
  ];
}

const shades: Readonly<Record<string, string>> = { IF: colours[0], LIF: colours[1] };

/** Draws the input spikes, and below them one panel per neuron with its potential, the threshold, and a mark where it fires. */
function figureOf(rows: readonly NeuronRow[]): Figure {
  const [low, high] = [Math.min, Math.max].map((most) => most(...rows.map(({ potential }) => potential)));
  const xOf = (title: string | null): object =>
    numbers('step', title, span(0, rows.length / 2 + 1), { grid: false });
  const panel = (title: string, height: number, values: readonly object[], rest: object): object => ({
    title: { ...titleOf(title), offset: 4 },
    width: 620,
    height,
    data: { values },
    ...rest,
  });
  const spikes = rows.flatMap(({ neuron, step, inputs }) =>
    inputs.flatMap((spike, k) => (neuron === 'IF' && spike ? [{ step, input: nameOf(k) }] : [])),
  );
  const domain = weights.map((_, k) => nameOf(k));
  const inputs = panel('input spikes', 66, spikes, {
    mark: { type: 'tick', orient: 'vertical', thickness: 2, color: '#555', height: 14 },
    encoding: { x: xOf(null), y: { field: 'input', type: 'nominal', title: null, scale: { domain } } },
  });
  const y = numbers('potential', null, span(Math.min(low, 0) - 0.1, high + 0.35), { tickCount: 4 });
  const neurons = Object.entries(leaks).map(([name, leak], index) => {
    const values = rows.filter(({ neuron }) => neuron === name);
    const color = shades[name];
    const firing = { ...dots(70), shape: 'triangle-down', yOffset: -9, color };
    return panel(`potential of the ${name} neuron, leak ${leak}`, 140, values, {
      encoding: { x: xOf(index === 1 ? 'step' : null), y },
      layer: [
        { mark: dashed('#888'), encoding: { x: null, y: { datum: threshold } } },
        { mark: { type: 'line', interpolate: 'step', color, strokeWidth: 1.8 } },
        { transform: [{ filter: 'datum.fires' }], mark: { type: 'point', ...firing } },
      ],
    });
  });
  return { spacing: 14, vconcat: [inputs, ...neurons], resolve: { scale: { x: 'shared' } } };
}

export const figure1: Experiment<NeuronRow[]> = {
  help: 'the potential of one IF and one LIF neuron over time, with input spikes and firings',
  parts: (settings) => [{ name: 'rows', of: {}, estimate: () => 0, run: () => computeRows(settings) }],
  summarise: ({ experiment, size, seed }, [rows]) => {
    const head = { experiment, size, seed, timeWindow: T[size], threshold, weights, rate, leaks };
    return { lines: [head, ...rows], content: contentOf(rows), figure: figureOf(rows) };
  },
};
