/** The rows of Tables 1 to 3 of the paper, which reports show beside our numbers. Table 4 is in `table4.ts`. */
import { entriesOf } from '../keysOf.ts';
import { protocols, type DatasetName, type NeuronModel } from './protocol.ts';

export interface PaperRow {
  /** The name in the table. “This work” is replaced by `The paper’s ASF-BP`. */
  readonly model: string;
  /** Table 3 only. */
  readonly method?: string;
  /** Share of the test samples, 0 … 1. */
  readonly accuracy: number;
  /** Steps of the window, if the paper states them. */
  readonly timeWindow?: number;
  /** The neuron, in rows with the paper's own results. */
  readonly thisWork?: NeuronModel;
}

/** The name of a row in JSON and in tables: the network, and its method if the table has this column. */
export const rowName = ({ model, method }: PaperRow): string =>
  method === undefined ? model : `${model}, ${method}`;

interface PaperTable {
  readonly title: string;
  readonly dataset: DatasetName;
  readonly rows: readonly PaperRow[];
}

export const asfbp = (neuron: NeuronModel): string => `The paper’s ASF-BP (${neuron})`;
const method = 'Spiking CNN (ASF-BP)';

export const paperTables: Readonly<Record<'table1' | 'table2' | 'table3', PaperTable>> = {
  table1: {
    title: 'Comparison of different models on MNIST',
    dataset: 'mnist',
    rows: [
      { model: 'Lee et al. 2016', accuracy: 0.9931 },
      { model: 'Wu et al. 2018', accuracy: 0.9942 },
      { model: 'Jin, Zhang, and Li 2018', accuracy: 0.9949, timeWindow: 400 },
      { model: 'Zhang and Li 2019', accuracy: 0.9962, timeWindow: 400 },
      { model: 'Lee et al. 2020', accuracy: 0.9959 },
      { model: asfbp('IF'), accuracy: 0.9965, thisWork: 'IF' },
      { model: asfbp('LIF'), accuracy: 0.996, thisWork: 'LIF' },
    ],
  },
  table2: {
    title: 'Comparison of different models on CIFAR10',
    dataset: 'cifar10',
    rows: [
      { model: 'Panda and Roy 2016', accuracy: 0.7016, timeWindow: 250 },
      { model: 'Wu et al. 2019', accuracy: 0.9053 },
      { model: 'Rueckauer et al. 2017', accuracy: 0.908 },
      { model: 'Lee et al. 2020', accuracy: 0.9095, timeWindow: 100 },
      { model: 'Wu et al. 2020', accuracy: 0.9098 },
      { model: asfbp('IF'), accuracy: 0.9135, timeWindow: 400, thisWork: 'IF' },
      { model: asfbp('LIF'), accuracy: 0.9011, thisWork: 'LIF' },
      { model: `${asfbp('IF')}, in its text`, accuracy: 0.8983, timeWindow: 100, thisWork: 'IF' },
    ],
  },
  table3: {
    title: 'Comparison of different models on CIFAR10-DVS',
    dataset: 'cifar10-dvs',
    rows: [
      { model: 'Orchard et al. 2015', method: 'Random Forest', accuracy: 0.31 },
      { model: 'Lagorce et al. 2017', method: 'HOTS', accuracy: 0.271 },
      { model: 'Sironi et al. 2018', method: 'HAT', accuracy: 0.524 },
      { model: 'Sironi et al. 2018', method: 'Gabor-SNN', accuracy: 0.245 },
      { model: 'Wu et al. 2019', method: 'Spiking CNN (STBP)', accuracy: 0.605 },
      { model: 'Wu et al. 2020', method: 'Tandem Learning', accuracy: 0.5865 },
      { model: asfbp('IF'), method, accuracy: 0.625, thisWork: 'IF' },
      { model: asfbp('LIF'), method, accuracy: 0.582, thisWork: 'LIF' },
    ],
  },
};

/** A training, with the fields that identify a row of the paper. */
export interface TrainedAs {
  readonly dataset: string | undefined;
  readonly network: string | undefined;
  readonly neuron: NeuronModel;
  readonly timeWindow: number;
  /** Number of training samples, if not all are used. */
  readonly limit: number | undefined;
}

/** Finds the paper's row for a training with all samples, and the row's table. If several fit, the nearest window decides. */
export function paperRowFor(
  trained: TrainedAs,
): { readonly table: keyof typeof paperTables; readonly row: PaperRow } | undefined {
  const distance = ({ timeWindow = Infinity }: PaperRow): number => Math.abs(timeWindow - trained.timeWindow);
  for (const [table, { dataset, rows }] of entriesOf(paperTables)) {
    const { model, samples } = protocols[dataset];
    if (dataset !== trained.dataset || model.name !== trained.network) continue;
    if (trained.limit !== undefined && trained.limit < samples.train) continue;
    const ours = rows.filter(({ thisWork }) => thisWork === trained.neuron);
    const [row] = ours.sort((a, b) => distance(a) - distance(b));
    if (row) return { table, row };
  }
  return undefined;
}
