/** Figure 3: seconds per epoch and memory of ASF-BP and of the rule of Lee et al. 2020, and the ratio of the seconds. */
import { defaults } from '../train/settings.ts';
import type {
  Experiment,
  Part,
  ExperimentReport,
  ExperimentSettings,
  Size,
  Table,
  Training,
} from './experiment.ts';
import { figureOf } from './figure3Figure.ts';
import {
  computeRows,
  nameOf,
  names,
  panels,
  places,
  rules,
  windows,
  type Pair,
  type PanelWindow,
  type TimingRow,
  type TimedRule,
} from './figure3Panels.ts';
import { leaks, protocols, settingsFor } from './protocol.ts';

/** Batches timed after one warm-up batch. */
const timedBatches = { small: 3, paper: 20 };

/** Neurons leak, as Lee's rule requires. */
function trainingOf(
  { panel, timeWindow }: PanelWindow,
  rule: TimedRule,
  settings: ExperimentSettings,
): Training {
  const { dataset, batch } = panel;
  return {
    dataset,
    model: protocols[dataset].model,
    options: { variant: settings.variant, timeWindow, leak: leaks.LIF, rule },
    settings: { ...settingsFor(dataset, settings), batch: batch[settings.size] },
    samples: { validation: 0 },
  };
}

const data = 'cifar10';

function partOf(place: PanelWindow, settings: ExperimentSettings): Part<Pair> {
  const batches = timedBatches[settings.size];
  const batch = place.panel.batch[settings.size];
  const [asf, lee] = rules.map((rule) => trainingOf(place, rule, settings));
  return {
    name: `${place.panel.name}-T${place.timeWindow}`,
    of: { asf, lee, batches },
    needsData: place.panel.dataset === data,
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

/** `0.14`, `13.1`, `1310`. */
const secondsText = (seconds: number): string =>
  seconds.toFixed(Math.max(0, 2 - Math.floor(Math.log10(seconds))));
const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(0);

/** `2.9 to 4.2`. */
function span(values: readonly number[]): string {
  const [low, high] = [Math.min(...values), Math.max(...values)].map((value) => value.toFixed(1));
  return low === high ? low : `${low} to ${high}`;
}

/** Only the first row of a panel shows its name. */
const firstCell = (row: TimingRow): string => (row.timeWindow === windows[0] ? nameOf(row) : '');

function timeTable(rows: readonly TimingRow[]): Table {
  return {
    title: 'Seconds of an epoch of all training samples, and their ratio:',
    columns: ['', 'T', names.asf, names.lee, 'ratio'],
    rows: rows.map((row) => [
      firstCell(row),
      String(row.timeWindow),
      ...rules.map((rule) => secondsText(row.secondsEpoch[rule])),
      row.ratio.toFixed(2),
    ]),
  };
}

function memoryTable(rows: readonly TimingRow[]): Table {
  const { threads } = rows[0];
  return {
    title: `Memory of the passes over a batch in MB, by their buffers, on one thread${threads > 1 ? ` and on the ${threads} that were timed` : ''}:`,
    columns: [
      '',
      'T',
      names.asf,
      names.lee,
      'ratio',
      ...(threads > 1 ? rules.map((rule) => names[rule]) : []),
    ],
    rows: rows.map((row) => [
      firstCell(row),
      String(row.timeWindow),
      ...rules.map((rule) => megabytes(row.bytesOneThread[rule])),
      (row.bytesOneThread.lee / row.bytesOneThread.asf).toFixed(2),
      ...(threads > 1 ? rules.map((rule) => megabytes(row.bytes[rule])) : []),
    ]),
  };
}

const paperSays = '3.0 “when time window is not very large”, “up to 6” as it “goes larger”';

const absentWords =
  'The panels of CIFAR-10 are not all measured: the same command with `--data DIR`, the folder of CIFAR-10, measures them too.';

/** The number of panels in words. */
const counted = (count: number, of: number): string =>
  count === of ? 'all panels' : count === 0 ? 'no panel' : `${count} of ${of} panels`;

function ratioWords(rows: readonly TimingRow[]): string {
  const at = (timeWindow: number): number[] =>
    rows.filter((row) => row.timeWindow === timeWindow).map(({ ratio }) => ratio);
  const [short, long] = [windows[0], windows[windows.length - 1]];
  const grows = at(long).filter((ratio, panel) => ratio > at(short)[panel]).length;
  return (
    `An epoch with Lee’s rule takes ${span(at(short))} times as long as with ASF-BP at T = ${short}, and ${span(at(long))} times at ` +
    `T = ${long}; the ratio grows from the first to the last in ${counted(grows, at(long).length)}. The paper: ${paperSays}, on graphics cards; its ` +
    'text has no other numbers of the figure.'
  );
}

function readingWords({ size }: ExperimentSettings): string {
  const [mnist, ...cifar] = panels.map(({ batch }) => batch);
  const listed = (which: Size): string => cifar.map((batch) => batch[which]).join(', ');
  const smaller = ` (at this size ${listed('small')} stand for them; \`--size paper\` takes them)`;
  return (
    'Our reading: the paper’s text gives neither networks nor batches of the panels, but for a batch of 50 with VGG7 and windows of 200 ' +
    'and 300, which with Lee’s rule took four graphics cards. So the panels of CIFAR-10 are batches of ' +
    `${listed('paper')}${size === 'small' ? smaller : ''}, and MNIST has one of ${mnist[size]}, as in the paper’s protocol. ` +
    `The neurons are LIF with λ = ${leaks.LIF} for both, since Lee’s rule is of neurons that leak; both have the same optimiser.`
  );
}

function methodWords({ size }: ExperimentSettings, { threads }: TimingRow): string {
  return (
    `No epoch was run to its end: its seconds are the median of ${timedBatches[size]} batches, after one that is not counted, times ` +
    `its batches, from the weights as drawn, with ${threads} ${threads === 1 ? 'thread' : 'threads'}. The two rules were timed one ` +
    'right after the other; whatever else the machine did is in the numbers.'
  );
}

function memoryWords(rows: readonly TimingRow[]): string {
  const most = Math.max(...rows.map(({ bytes }) => bytes.lee));
  return (
    'The memory is a sum of sizes, not measured: all that is made for the passes, weights and moments of the optimiser included; ' +
    `the program itself is not in it. Lee’s rule keeps the spikes of up to ${defaults.shard} samples for the whole window, as bits, and passes over ` +
    'them step by step. ASF-BP keeps sums over the window for the batch, and spikes only of the samples in work: one with one ' +
    `thread, up to 32 a thread with more. The most that Lee’s rule takes here is ${megabytes(most)} MB.`
  );
}

function report(settings: ExperimentSettings, results: readonly (Pair | undefined)[]): ExperimentReport {
  const rows = computeRows(settings, results);
  const absent = results.includes(undefined) ? [absentWords] : [];
  return {
    lines: [
      {
        experiment: 'figure3',
        ...settings,
        batches: timedBatches[settings.size],
        leak: leaks.LIF,
        paper: `ratio ${paperSays}`,
      },
      ...rows,
    ],
    content: [
      'Figure 3: training time of ASF-BP and of the rule of Lee et al. 2020',
      ...absent,
      timeTable(rows),
      ratioWords(rows),
      memoryTable(rows),
      memoryWords(rows),
      readingWords(settings),
      methodWords(settings, rows[0]),
    ],
    figure: figureOf(rows),
  };
}

export const figure3: Experiment<Pair | undefined> = {
  help: 'seconds of an epoch with ASF-BP and with the rule of Lee et al. 2020, and their memory',
  data,
  parts: (settings) => places.map((place) => partOf(place, settings)),
  report,
};
