/**
 * Figure 3: seconds per epoch and memory of ASF-BP and of the rule of Lee et al. 2020, and the ratio of the seconds.
 *
 * The first of the paper's four panels is MNIST, the others are CIFAR-10. Both rules had "the same time window, batch size, neuron model
 * and the network architecture". All else is our interpretation, as the report says.
 */
import { defaults } from '../train/settings.ts';
import type {
  Experiment,
  ExperimentSummary,
  ExperimentSettings,
  Part,
  Size,
  Timed,
  Training,
} from './experiment.ts';
import { colourOf, dots, layerOf, numbers, titleOf } from './figures.ts';
import { leaks, protocols, trainingFor } from './protocol.ts';

/** Number of batches to time, after one warm-up batch. */
const timedBatches = { small: 3, paper: 20 };

/** The windows; 200 and 300 are in the paper's text. */
export const windows = [50, 100, 200, 300];

const data = 'cifar10';

/**
 * The panels. 60 is the paper's batch for MNIST. For VGG7 the paper names 50, for which Lee's rule with windows of 200 and
 * 300 needed four graphics cards. Therefore, at size `paper`, only the last panel of VGG7 has batch 50; the other two have
 * smaller batches. The names of parts begin with `name`.
 */
export const panels = [
  { name: 'mnist', dataset: 'mnist', title: 'MNIST, LeNet', batch: { small: 60, paper: 60 } },
  { name: 'cifar10-1', dataset: data, title: 'CIFAR-10, VGG7', batch: { small: 4, paper: 10 } },
  { name: 'cifar10-2', dataset: data, title: 'CIFAR-10, VGG7', batch: { small: 8, paper: 25 } },
  { name: 'cifar10-3', dataset: data, title: 'CIFAR-10, VGG7', batch: { small: 16, paper: 50 } },
] as const;

const rules = ['asf', 'lee'] as const;
type TimedRule = (typeof rules)[number];
const names: Readonly<Record<TimedRule, string>> = { asf: 'ASF-BP', lee: 'Lee et al.' };

/** The measurements of both rules for a panel and a window. The two rules are timed in succession. */
export type Pair = Readonly<Record<TimedRule, Timed>>;

type Panel = (typeof panels)[number];

/** The part for a panel and a window. Its neurons leak, as Lee's rule requires. */
function partOf(
  { name, dataset, ...panel }: Panel,
  timeWindow: number,
  settings: ExperimentSettings,
): Part<Pair> {
  const batches = timedBatches[settings.size];
  const batch = panel.batch[settings.size];
  const changes = { samples: { validation: 0 }, settings: { batch }, timeWindow, leak: leaks.LIF };
  const [asf, lee] = rules.map((rule) => trainingFor(dataset, settings, { ...changes, rule }));
  return {
    name: `${name}-T${timeWindow}`,
    of: { asf, lee, batches },
    dataset,
    async estimate(laboratory) {
      const some = (training: Training): Training => ({
        ...training,
        settings: { ...training.settings, epochs: 1 },
        samples: { train: (batches + 1) * batch, validation: 0, test: 0 },
      });
      return (await laboratory.estimate(some(asf))) + (await laboratory.estimate(some(lee)));
    },
    run: async (laboratory) => ({
      asf: await laboratory.time(asf, batches),
      lee: await laboratory.time(lee, batches),
    }),
  };
}

/**
 * The JSON row of a measurement: the seconds per epoch, the memory of the passes with all threads of the measurement, and their
 * memory with one thread.
 */
function rowOf(panel: Panel, timeWindow: number, { asf, lee }: Pair, size: Size) {
  const both = (of: (timed: Timed) => number): Readonly<Record<TimedRule, number>> => ({
    asf: of(asf),
    lee: of(lee),
  });
  const secondsEpoch = both(({ seconds, batches }) => seconds * batches);
  return {
    panel: panels.indexOf(panel) + 1,
    dataset: panel.dataset,
    model: protocols[panel.dataset].model.name!, // bundled networks have a name
    batch: panel.batch[size],
    timeWindow,
    threads: asf.threads,
    secondsEpoch,
    ratio: secondsEpoch.lee / secondsEpoch.asf,
    bytes: both(({ bytes }) => bytes),
    bytesOneThread: both(({ bytesOneThread }) => bytesOneThread),
  };
}
type TimingRow = ReturnType<typeof rowOf>;

/** The rows of each panel, without panels that lack a result. */
function rowsByPanel(size: Size, results: readonly (Pair | undefined)[]): TimingRow[][] {
  const left = [...results];
  return panels
    .map((panel) =>
      left
        .splice(0, windows.length)
        .flatMap((pair, k) => (pair ? [rowOf(panel, windows[k], pair, size)] : [])),
    )
    .filter(({ length }) => length === windows.length);
}

const nameOf = ({ panel, batch }: TimingRow): string => `${panels[panel - 1].title}, batch ${batch}`;

/** `0.140`, `13.1`, `1310`. */
const secondsText = (seconds: number): string =>
  seconds.toFixed(Math.max(0, 2 - Math.floor(Math.log10(seconds))));
const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(0);

/** `2.9 to 4.2`. */
function span(values: readonly number[]): string {
  const [low, high] = [Math.min(...values), Math.max(...values)].map((value) => value.toFixed(1));
  return low === high ? low : `${low} to ${high}`;
}

/** The name of the panel, in the panel's first row only. */
const firstCell = (row: TimingRow): string => (row.timeWindow === windows[0] ? nameOf(row) : '');

const paperSays = '3.0 “when time window is not very large”, “up to 6” as it “goes larger”';

function contentOf(size: Size, rows: readonly TimingRow[], isWhole: boolean): ExperimentSummary['content'] {
  const ofRules = (cell: (rule: TimedRule) => string): string[] => rules.map(cell);
  const ratiosAt = (timeWindow: number): number[] =>
    rows.filter((row) => row.timeWindow === timeWindow).map(({ ratio }) => ratio);
  const [first, last] = [windows[0], windows[windows.length - 1]];
  const [short, long] = [ratiosAt(first), ratiosAt(last)];
  const grown = long.filter((ratio, panel) => ratio > short[panel]).length;
  const [mnist, ...cifar] = panels.map(({ batch }) => batch);
  const batches = (which: Size): string => cifar.map((batch) => batch[which]).join(', ');
  const { threads } = rows[0];
  const most = Math.max(...rows.map(({ bytes }) => bytes.lee));
  return [
    'Figure 3: training time of ASF-BP and of the rule of Lee et al. 2020',
    ...(isWhole
      ? []
      : [
          'Not all panels of CIFAR-10 are measured. The same command with `--data DIR`, the folder of CIFAR-10, measures the rest.',
        ]),
    {
      title: 'Seconds per epoch over all training samples, and their ratio:',
      columns: ['', 'T', names.asf, names.lee, 'ratio'],
      rows: rows.map((row) => [
        firstCell(row),
        String(row.timeWindow),
        ...ofRules((rule) => secondsText(row.secondsEpoch[rule])),
        row.ratio.toFixed(2),
      ]),
    },
    `An epoch with Lee’s rule takes ${span(short)} times as long as with ASF-BP at T = ${first}, and ${span(long)} times at ` +
      `T = ${last}; the ratio grows from the first to the last window in ${grown} of ${long.length} panels. The paper: ${paperSays}, on graphics ` +
      'cards; its text gives no other numbers for the figure.',
    {
      title: `Memory of the passes over a batch in MB, the sum of their buffers: on one thread, and with the threads of the timing (${threads}):`,
      columns: ['', 'T', names.asf, names.lee, 'ratio', names.asf, names.lee],
      rows: rows.map((row) => [
        firstCell(row),
        String(row.timeWindow),
        ...ofRules((rule) => megabytes(row.bytesOneThread[rule])),
        (row.bytesOneThread.lee / row.bytesOneThread.asf).toFixed(2),
        ...ofRules((rule) => megabytes(row.bytes[rule])),
      ]),
    },
    'The memory is computed from sizes, not measured. It includes all buffers of the passes, the weights and the moments of the optimiser, ' +
      `but not the program itself. Lee’s rule stores the spikes of up to ${defaults.shard} samples for the whole window, as bits, and passes over ` +
      'them step by step. ASF-BP stores sums over the window for the batch, and spikes only of the samples in progress: one on one ' +
      `thread, up to 32 per thread on more. The largest memory with Lee’s rule here is ${megabytes(most)} MB.`,
    'Our reading: the paper’s text names neither the networks nor the batches of the panels, except a batch of 50 for VGG7 with windows ' +
      'of 200 and 300, which needed four graphics cards with Lee’s rule. We therefore use batches of ' +
      `${batches('paper')} for CIFAR-10 (${batches('small')} with \`--size small\`), and of ${mnist[size]} for MNIST, as in the paper’s protocol. ` +
      `Both rules have the same optimiser and LIF neurons with λ = ${leaks.LIF}, since Lee’s rule requires a leak.`,
    `No whole epoch was run: its seconds are the median of ${timedBatches[size]} batches, after one warm-up batch, times its number of ` +
      `batches. The timing begins at the initial weights. Number of threads: ${threads}. The two rules were ` +
      'timed in succession; other load on the machine affects the numbers.',
  ];
}

const bars = { [names.asf]: '#0b5cad', [names.lee]: '#e3a25f' };

/** The legend omits the ratio, because the axis of the ratio names it. */
const legend = {
  values: Object.keys(bars),
  title: null,
  orient: 'top',
  symbolType: 'square',
  symbolSize: 140,
  symbolStrokeWidth: 0,
};
const color = colourOf('what', { ...bars, ratio: '#222' }, legend);
const x = { field: 'T', type: 'ordinal', title: 'time window T', axis: { labelAngle: 0, grid: false } };

/** A y axis with free space at the top. Its labels take `pixels`, so that all panels are equally wide. */
function yOf<Field extends string>(
  field: Field,
  title: string,
  pixels: number,
  values: readonly Readonly<Record<Field, number>>[],
  axis: object,
): object {
  const scale = { domain: [0, 1.15 * Math.max(...values.map((value) => value[field]))], nice: false };
  return numbers(field, title, scale, { tickCount: 5, minExtent: pixels, maxExtent: pixels, ...axis });
}

/** Draws a panel as the paper does: a bar per rule and window, and a line for the ratio with its own axis. */
function panelOf(rows: readonly TimingRow[]): object {
  const values = rows.flatMap(({ timeWindow, secondsEpoch }) =>
    rules.map((rule) => ({ T: timeWindow, what: names[rule], seconds: secondsEpoch[rule] })),
  );
  const ratios = rows.map(({ timeWindow, ratio }) => ({ T: timeWindow, what: 'ratio', ratio }));
  const secondsAxis = { labelExpr: "datum.value === 0 ? '0' : format(datum.value, '~s')" };
  const xOffset = { field: 'what', scale: { domain: Object.keys(bars) } };
  const text = { ...numbers('ratio'), format: '.1f' };
  return {
    title: { ...titleOf(`${rows[0].panel}. ${nameOf(rows[0])}`, 12), dx: -44 },
    width: 160,
    height: 138,
    resolve: { scale: { y: 'independent' } },
    layer: [
      layerOf(
        values,
        { type: 'bar' },
        { x, xOffset, y: yOf('seconds', 'seconds an epoch', 32, values, secondsAxis), color },
      ),
      {
        data: { values: ratios },
        encoding: { x, y: yOf('ratio', 'ratio (line)', 22, ratios, { grid: false }), color },
        layer: [
          { mark: { type: 'line', strokeWidth: 2, point: dots(45) } },
          { mark: { type: 'text', dy: -11, fontSize: 12, fontWeight: 'bold' }, encoding: { text } },
        ],
      },
    ],
  };
}

export const figure3: Experiment<Pair | undefined> = {
  help: 'seconds per epoch and memory of ASF-BP and of the rule of Lee et al. 2020',
  data,
  parts: (settings) => panels.flatMap((panel) => windows.map((T) => partOf(panel, T, settings))),
  summarise: (settings, results) => {
    const byPanel = rowsByPanel(settings.size, results);
    const rows = byPanel.flat();
    const head = {
      ...settings,
      batches: timedBatches[settings.size],
      leak: leaks.LIF,
      paper: `ratio ${paperSays}`,
    };
    return {
      lines: [head, ...rows],
      content: contentOf(settings.size, rows, !results.includes(undefined)),
      figure: { padding: 4, columns: 2, spacing: 24, concat: byPanel.map(panelOf) },
    };
  },
};
