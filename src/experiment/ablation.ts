/**
 * Ablations: a base, and trainings that differ from it in one change. The spread of trainings that differ only in their seeds shows which
 * differences seeds can explain. The paper has no such tables.
 */
import type { NetworkFile } from '../network/models.ts';
import type { NetworkOptions } from '../network/network.ts';
import { NotFiniteError } from '../errors.ts';
import { signed } from '../printable.ts';
import type { TrainSettings } from '../train/settings.ts';
import type { Experiment, ExperimentSettings, Figure, SampleCounts, Size, Trained } from './experiment.ts';
import { bandOf, meanOf, spreadOf, type Spread } from './compared.ts';
import { colourOf, dots, layerOf, numbers } from './figures.ts';
import { trainingFor } from './protocol.ts';
import { settingsTable, trainingExperiment, trainingsOf, type Arm, type Measured } from './trainings.ts';

/** The values in which trainings differ from the protocol. */
export interface Switch {
  readonly name: string;
  /** The name in tables and figures. Default: `name`. */
  readonly label?: string;
  /** Fields that describe the change in its JSON row. */
  readonly facts?: object;
  readonly options?: NetworkOptions;
  readonly settings?: TrainSettings;
}

/** A base and its changes. */
interface Comparison {
  readonly model: NetworkFile;
  /** Number of trainings of the base. Each change has at most as many trainings. */
  readonly seeds: number;
  /** Options of all trainings. A switch may replace some of them. */
  readonly options: NetworkOptions;
  /** The base is the first. */
  readonly switches: readonly Switch[];
}

export interface Ablation {
  readonly help: string;
  readonly title: string;
  readonly note: string;
  /** `seeds`: number of trainings of a change. */
  readonly sizes: Readonly<
    Record<Size, { timeWindow: number; samples: SampleCounts; settings: TrainSettings; seeds: number }>
  >;
  readonly comparisons: (settings: ExperimentSettings) => readonly Comparison[];
}

interface AblationArm extends Arm {
  readonly label: string;
  readonly facts: object;
  /** Name of this arm's base. A base is its own base. */
  readonly base: string;
  readonly seeds: number;
}

const isBase = ({ name, base }: AblationArm): boolean => name === base;

/** Each base, then its changes. */
export function armsOf({ sizes, comparisons }: Ablation, settings: ExperimentSettings): AblationArm[] {
  const { seeds, samples, timeWindow, settings: ofSize } = sizes[settings.size];
  return comparisons(settings).flatMap(({ model, seeds: most, options: common, switches }) =>
    switches.map(({ name, label = name, facts = {}, options, settings: own }, index) => {
      const changes = { model, samples, settings: { ...ofSize, ...own }, timeWindow, ...common, ...options };
      const training = trainingFor('mnist', settings, changes);
      return { name, label, facts, base: switches[0].name, seeds: index > 0 ? seeds : most, training };
    }),
  );
}

/** The result of a training, or the error message if numbers did not stay finite. */
type Outcome = Trained | { readonly failed: string; readonly digest?: undefined };

const lastOf = ({ epochs }: Trained): Trained['epochs'][number] => epochs[epochs.length - 1];

/** The verdicts on an arm, each with its words in a table and in the figure. */
const verdicts = {
  base: ['', 'a seed of a base'],
  /** The difference from the base is inside the band of seeds. */
  inside: ['inside', 'inside the band'],
  outside: ['outside', 'outside the band'],
  /** The weights equal those of the base in every bit. */
  same: ['same bits', 'the bits of the base'],
  /** A training did not complete. */
  failed: ['failed', 'outside the band'],
  /** No training of the base completed, or there is no spread. */
  open: ['–', 'inside the band'],
} as const;

interface Judged extends Measured<AblationArm, Outcome> {
  /** Accuracies after the last epoch of the completed trainings. */
  readonly accuracies: readonly number[];
  /** Mean of these accuracies; absent if no training completed. */
  readonly accuracy?: number;
  /** Difference from the mean accuracy of the base; 0 if the bits are the same. */
  readonly difference?: number;
  /** Half the width of the band. Differences within the band may come from the seeds alone. */
  readonly band?: number;
  readonly verdict: keyof typeof verdicts;
}

/** Compares the trainings of each arm with those of its base. */
function judge(measured: readonly Measured<AblationArm, Outcome>[]): {
  judged: Judged[];
  spread: Spread | undefined;
} {
  const all = measured.map(({ arm, runs }) => {
    const accuracies = runs.flatMap((run) => (run.digest === undefined ? [] : [lastOf(run).accuracy]));
    return { arm, runs, accuracies };
  });
  const spread = spreadOf(all.map(({ accuracies }) => accuracies));
  const judged = all.map((one): Judged => {
    const { arm, runs, accuracies } = one;
    const base = all.find((each) => each.arm.name === arm.base)!; // each base is an arm
    const accuracy = meanOf(accuracies);
    const known = { ...one, ...(accuracies.length > 0 && { accuracy }) };
    if (accuracies.length < runs.length) return { ...known, verdict: 'failed' };
    if (isBase(arm)) return { ...known, verdict: 'base' };
    if (base.accuracies.length === 0 || !spread) return { ...known, verdict: 'open' };
    const band = bandOf(spread, accuracies.length, base.accuracies.length);
    if (runs.every(({ digest }, k) => digest === base.runs[k].digest))
      return { ...known, difference: 0, band, verdict: 'same' };
    const difference = accuracy - meanOf(base.accuracies);
    return { ...known, difference, band, verdict: Math.abs(difference) > band ? 'outside' : 'inside' };
  });
  return { judged, spread };
}

const percent = (share: number): string => (100 * share).toFixed(2);
/** A difference in percentage points. */
const points = (share: number): string => signed(100 * share, 2);

function rowOf({ arm, accuracies, accuracy, difference, verdict }: Judged): string[] {
  const [least, most] = [Math.min, Math.max].map((end) => percent(end(...accuracies)));
  return [
    arm.label + (isBase(arm) ? ' (base)' : ''),
    accuracy === undefined ? '–' : percent(accuracy),
    accuracies.length > 1 ? `${least} to ${most}` : '',
    difference === undefined ? '' : points(difference),
    verdicts[verdict][0],
  ];
}

function bandWords(judged: readonly Judged[], spread: Spread | undefined): string[] {
  const bands = [...new Set(judged.flatMap(({ band }) => (band === undefined ? [] : [percent(band)])))];
  if (!spread || bands.length === 0) return [];
  const { deviation, freedom } = spread;
  return [
    `Trainings that differ only in the seed have a standard deviation of ${percent(deviation)} points (${freedom} degrees of freedom). The ` +
      `band is ±${bands.join(' or ±')} points: a change without effect lies within it in 95 % of cases, if seeds spread all results equally. ` +
      'A change outside it is likely to matter at this size; this size cannot tell whether one inside it matters. A change with the same ' +
      'bits as the base does not matter here.',
  ];
}

function failuresOf({ arm, runs }: Judged): string[] {
  return trainingsOf(arm).flatMap(({ settings: { seed = 1 } }, k) => {
    const run = runs[k];
    return run.digest !== undefined ? [] : [`Failed: ${arm.label}, seed ${seed}: ${run.failed}`];
  });
}

const colours = {
  'a seed of a base': '#555',
  'inside the band': '#0b5cad',
  'outside the band': '#d55e00',
  'the bits of the base': '#009e73',
};

/** The axis is linear for differences up to about this many percentage points. It compresses larger differences. */
const linear = 0.5;
const ticks = [0.5, 1, 2, 5, 10, 20, 50];

const markOf = (arm: AblationArm): string => arm.label + (isBase(arm) ? ': seeds' : '');

/** One dot per training: its accuracy minus the mean of the base, in percentage points. */
function dotsOf({ arm, accuracies, accuracy, difference, verdict }: Judged): { difference: number }[] {
  if (accuracy === undefined || (!isBase(arm) && difference === undefined)) return [];
  const base = accuracy - (difference ?? 0);
  const [, kind] = verdicts[isBase(arm) ? 'base' : verdict];
  return accuracies.map((each) => ({ row: markOf(arm), kind, difference: 100 * (each - base) }));
}

/** Draws the difference of each change from its base, and the band of differences that may come from the seeds alone. */
function figureOf(judged: readonly Judged[]): Figure {
  const values = judged.flatMap(dotsOf);
  const bands = judged.flatMap(({ arm, band }) =>
    band === undefined ? [] : [{ row: markOf(arm), low: -100 * band, high: 100 * band }],
  );
  const failed = judged
    .filter(({ verdict }) => verdict === 'failed')
    .map(({ arm }) => ({ row: markOf(arm), difference: 0 }));
  const reach = [
    ...values.map(({ difference }) => difference),
    ...bands.flatMap(({ low, high }) => [low, high]),
  ];
  const domain = [Math.min(-1, ...reach), Math.max(1, ...reach)].map((end) => 1.1 * end);
  const marked = [...ticks.map((tick) => -tick).reverse(), 0, ...ticks];
  const scale = { type: 'symlog', constant: linear, domain, nice: false };
  const axis = {
    values: marked.filter((tick) => tick >= domain[0] && tick <= domain[1]),
    labelExpr: "datum.value === 0 ? '0' : (datum.value > 0 ? '+' : '−') + abs(datum.value)",
    labelOverlap: false,
  };
  const title = 'test accuracy − that of the base, points (not a linear scale)';
  const x = numbers('difference', title, scale, axis);
  const rows = { domain: judged.map(({ arm }) => markOf(arm)) };
  const y = { field: 'row', type: 'nominal', scale: rows, title: null, axis: { labelLimit: 0, grid: true } };
  const legend = { title: null, labelLimit: 0, orient: 'bottom', symbolSize: 50 };
  const bar = { type: 'bar', color: '#ccc', height: { band: 0.9 } };
  const word = { type: 'text', text: 'failed', align: 'left', dx: 6, color: colours['outside the band'] };
  return {
    width: 500,
    height: { step: 20 },
    encoding: { y },
    layer: [
      layerOf(bands, bar, { x: numbers('low', title, scale, axis), x2: { field: 'high' } }),
      layerOf([{ difference: 0 }], { type: 'rule', color: '#555' }, { x, y: null }),
      layerOf(values, { ...dots(50), type: 'point' }, { x, color: colourOf('kind', colours, legend) }),
      layerOf(failed, word, { x }),
    ],
  };
}

/** The JSON row of an arm: its verdict, and the last epoch of each training. */
function lineOf({ arm, runs, ...rest }: Judged): object {
  const seeded = trainingsOf(arm).map(({ settings: { seed } }, k) => {
    const run = runs[k];
    return { seed, ...(run.digest === undefined ? run : { ...lastOf(run), digest: run.digest }) };
  });
  return { row: arm.name, base: arm.base, ...arm.facts, ...rest, runs: seeded };
}

export const ablation = (of: Ablation): Experiment<Outcome | undefined> =>
  trainingExperiment({
    help: of.help,
    data: 'mnist',
    arms: (settings) => armsOf(of, settings),
    resultOf: (training): Promise<Outcome> =>
      training.catch((cause: unknown) => {
        if (!(cause instanceof NotFiniteError)) throw cause;
        return { failed: cause.message };
      }),
    report(settings, measured) {
      const { judged, spread } = judge(measured);
      const size = of.sizes[settings.size];
      const { seeds, samples } = size;
      const bases = judged.flatMap(({ arm }) => (isBase(arm) ? [`${arm.seeds} of ${arm.name}`] : []));
      return {
        lines: [{ ...settings, ...size, ...spread }, ...judged.map(lineOf)],
        content: [
          of.title,
          {
            title:
              'Test accuracy in % after the last epoch: mean, range over the seeds, difference from the mean of the base, and whether it is inside the band:',
            columns: ['', 'test', 'seeds', '− base', 'band'],
            rows: judged.map(rowOf),
          },
          ...bandWords(judged, spread),
          ...judged.flatMap(failuresOf),
          settingsTable(settings, judged, { ...samples, train: samples.train - samples.validation }),
          `Seeds: ${seeds} of each change, ${bases.join(', ')}. The paper has no such table. ${of.note}`,
        ],
        figure: figureOf(judged),
      };
    },
  });
