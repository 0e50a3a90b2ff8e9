/**
 * Switches one named choice of the variant at a time, and the threshold, to find which of the questions that the paper leaves open change
 * the accuracy. The paper has no such table.
 */
import { variants as presets } from '../../spec/variant.ts';
import { NotFiniteError } from '../errors.ts';
import { signed, spelled } from '../printable.ts';
import { defaults } from '../train/settings.ts';
import {
  partsOf,
  type Experiment,
  type ExperimentSummary,
  type ExperimentSettings,
  type Figure,
  type Part,
  type Table,
  type Trained,
} from './experiment.ts';
import { colourOf, dots } from './figures.ts';
import { meanOf, type Spread } from './spread.ts';
import {
  armsOf,
  comparable,
  judge,
  leftOut,
  sizes,
  type ArmVerdict,
  type Judged,
  type Outcome,
} from './switches.ts';

/** The name of an arm for readers. */
const labelOf = ({ name, switched }: Judged['arm']): string => (switched ? spelled(name) : name);

/** A difference in percentage points. */
const points = (share: number): string => signed(100 * share, 2);

/** Below this a network has learnt almost nothing: a tenth is right by chance. */
const chance = 0.15;

const isAtChance = ({ accuracy = 1 }: Judged): boolean => accuracy < chance;

const layers = ['conv', 'pool', 'conv', 'pool', 'linear'];

/** A mean over the seeds as text; a dash if there are no values. */
function cell(values: readonly (number | undefined)[], digits: number): string {
  const numbers = values.filter((value) => value !== undefined);
  return numbers.length === 0 ? '–' : meanOf(numbers).toFixed(digits);
}

/** The words for a verdict in a table and in the figure. */
const verdicts: Readonly<Record<ArmVerdict, readonly [cell: string, kind: string]>> = {
  base: ['', 'a seed of a base'],
  inside: ['inside', 'inside the band'],
  outside: ['outside', 'outside the band'],
  same: ['same bits', 'the bits of the base'],
  failed: ['failed', 'outside the band'],
  open: ['–', 'inside the band'],
};

function accuracyTable(judged: readonly Judged[], seeds: number): Table {
  return {
    title:
      'Test accuracy in % after the last epoch; its difference from the mean of the base, and whether that is inside the band; its difference ' +
      'from the base with the same seed; spikes of all neurons per sample (for a base, with the seeds of the switches):',
    columns: ['', 'test', '− base', 'band', '− same', 'spikes'],
    rows: judged.map((one) => {
      const { arm, accuracy, difference, paired, verdict } = one;
      const spikes = comparable(one, seeds).map(({ spikesPerSample }) => spikesPerSample);
      return [
        labelOf(arm) + (arm.switched ? '' : ' (base)'),
        cell([accuracy && 100 * accuracy], 2),
        difference === undefined ? '' : points(difference),
        verdicts[verdict][0],
        paired === undefined ? '' : points(paired),
        cell(spikes, 0),
      ];
    }),
  };
}

function scaleTable(judged: readonly Judged[], seeds: number): Table {
  return {
    title:
      'S of the layers after the last epoch (a dash if a layer has no single S), and images per second, which depend on the machine and its ' +
      'other load:',
    columns: ['', ...layers, 'images/s'],
    rows: judged.map((one) => {
      const runs = comparable(one, seeds);
      const scales = layers.map((_, index) =>
        runs.map(({ S = {} }) => Object.entries(S).find(([key]) => key.startsWith(`${index + 1} `))?.[1]),
      );
      const speeds = runs.map(({ imagesPerSecond }) => imagesPerSecond);
      return [labelOf(one.arm), ...scales.map((values) => cell(values, 2)), cell(speeds, 0)];
    }),
  };
}

/** `input: intensity (+0.80), …`. */
function listOf(judged: readonly Judged[]): string {
  return judged
    .map((one) => {
      const { arm, difference } = one;
      if (difference === undefined) return labelOf(arm);
      const lost = isAtChance(one) ? ', which is chance' : '';
      return `${labelOf(arm)} (${points(difference)}${lost})`;
    })
    .join(', ');
}

function bandWords(judged: readonly Judged[], { deviation, freedom }: Spread): string {
  const compared = judged.filter(({ verdict }) => verdict === 'inside' || verdict === 'outside');
  const bands = [...new Set(compared.map(({ band = 0 }) => (100 * band).toFixed(2)))];
  return (
    `Seeds: trainings of a base that differ only in the seed have a standard deviation of ${(100 * deviation).toFixed(2)} points ` +
    `(${freedom} degrees of freedom, over all bases). The band is ±${bands.join(' or ±')} points: a switch without effect lies within ` +
    'it in 95 % of cases, if seeds spread its results as they spread those of the bases. About ' +
    `${(0.05 * compared.length).toFixed(0)} of ${compared.length} switches without effect would still be outside. Differences from the base ` +
    'with the same seed may vary less, since a small change can leave part of the effect of the seed; no band is computed for them.'
  );
}

function verdictWords(judged: readonly Judged[], spread: Spread | undefined): string[] {
  const of = (verdict: ArmVerdict): Judged[] => judged.filter((one) => one.verdict === verdict);
  const labels = (some: readonly Judged[]): string => some.map(({ arm }) => labelOf(arm)).join(', ');
  const failures = judged.flatMap(({ arm, runs }) =>
    runs.flatMap((run) => ('failed' in run ? [`${labelOf(arm)}, seed ${run.seed}: ${run.failed}`] : [])),
  );
  const outside = of('outside').sort(
    ({ difference: a = 0 }, { difference: b = 0 }) => Math.abs(b) - Math.abs(a),
  );
  const lists = {
    'Outside the band, so likely to matter at this size': listOf(outside),
    'Inside, so this size cannot tell whether they matter': listOf(of('inside')),
    'The weights of the base to the last bit, so these do not matter here': labels(of('same')),
    'Not compared, since their base did not complete, or no base completed twice': labels(of('open')),
    'Bases at chance, so their switches show nothing': labels(of('base').filter(isAtChance)),
  };
  return [
    ...(spread ? [bandWords(judged, spread)] : []),
    ...Object.entries(lists).flatMap(([head, list]) => (list === '' ? [] : [`${head}: ${list}.`])),
    ...(failures.length > 0 ? ['Failed, since numbers did not stay finite:', ...failures] : []),
  ];
}

function contentOf(
  { size, variant }: ExperimentSettings,
  judged: readonly Judged[],
  spread: Spread | undefined,
): ExperimentSummary['content'] {
  const { timeWindow: T, samples, settings, seeds } = sizes[size];
  const { switch: ofSwitch, ...ofBases } = seeds;
  const { scaleEvery } = defaults;
  const inFirst = settings.epochs <= scaleEvery ? ', here only in the first' : '';
  const without = Object.entries(leftOut).map(([name, reason]) => `${spelled(name)}, ${reason}`);
  return [
    'Each choice switched alone',
    `LeNet on MNIST, variant ${variant}, T = ${T}; ${samples.train} training samples, of which ${samples.validation} are set aside for ` +
      `validation, ${samples.test} test samples, ${settings.epochs} epochs; each switch with ${ofSwitch === 1 ? 'one seed' : `${ofSwitch} seeds`}, the bases with ` +
      `${Object.entries(ofBases)
        .map(([name, n]) => `${n} (${name})`)
        .join(', ')}. The sizes are our own ` +
      `choice: the paper has no such table. S is updated in every ${scaleEvery}th epoch from the first on${inFirst}. ` +
      'Single switches say nothing about two together. spec/README.md explains each choice and its source.',
    accuracyTable(judged, ofSwitch),
    ...verdictWords(judged, spread),
    scaleTable(judged, ofSwitch),
    `Left out, since ASF-BP refuses them: ${without.join('; ')}.`,
  ];
}

const colours = {
  'a seed of a base': '#555',
  'inside the band': '#0b5cad',
  'outside the band': '#d55e00',
  'the bits of the base': '#009e73',
};

/** The scale spreads small differences and compresses large ones: it is linear up to about this many points. */
const linear = 0.5;
const ticks = [0.5, 1, 2, 5, 10, 20, 50];

const rowOf = (arm: Judged['arm']): string => labelOf(arm) + (arm.switched ? '' : ': seeds');

/** One dot per training, in points of accuracy from its base. */
function dotsOf({ arm, measured, accuracy, difference, verdict }: Judged): { difference: number }[] {
  if (accuracy === undefined || (arm.switched && difference === undefined)) return [];
  const base = accuracy - (difference ?? 0);
  const [, kind] = verdicts[arm.switched ? verdict : 'base'];
  return measured.map(({ last }) => ({ row: rowOf(arm), kind, difference: 100 * (last - base) }));
}

/** The difference between each switch and its base, over the band of differences that seeds explain. */
function figureOf(judged: readonly Judged[]): Figure {
  const values = judged.flatMap(dotsOf);
  const bands = judged.flatMap(({ arm, band }) =>
    band === undefined ? [] : [{ row: rowOf(arm), low: -100 * band, high: 100 * band }],
  );
  const failed = judged
    .filter(({ verdict, difference }) => verdict === 'failed' && difference === undefined)
    .map(({ arm }) => ({ row: rowOf(arm), difference: 0 }));
  const reach = [
    ...values.map(({ difference }) => difference),
    ...bands.flatMap(({ low, high }) => [low, high]),
  ];
  const domain = [Math.min(-1, ...reach), Math.max(1, ...reach)].map((end) => 1.1 * end);
  const marked = [...ticks.map((tick) => -tick).reverse(), 0, ...ticks];
  const x = (field: string): object => ({
    field,
    type: 'quantitative',
    title: 'test accuracy − that of the base, points (not a linear scale)',
    scale: { type: 'symlog', constant: linear, domain, nice: false },
    axis: {
      values: marked.filter((tick) => tick >= domain[0] && tick <= domain[1]),
      labelExpr: "datum.value === 0 ? '0' : (datum.value > 0 ? '+' : '−') + abs(datum.value)",
      labelOverlap: false,
    },
  });
  const y = { field: 'row', type: 'nominal', scale: { domain: judged.map(({ arm }) => rowOf(arm)) } };
  const legend = { title: null, labelLimit: 0, orient: 'bottom', symbolSize: 50 };
  const word = { type: 'text', text: 'failed', align: 'left', dx: 6, color: colours['outside the band'] };
  return {
    width: 500,
    height: { step: 20 },
    encoding: { y: { ...y, title: null, axis: { labelLimit: 0, grid: true } } },
    layer: [
      {
        data: { values: bands },
        mark: { type: 'bar', color: '#ccc', height: { band: 0.9 } },
        encoding: { x: x('low'), x2: { field: 'high' } },
      },
      {
        data: { values: [{ difference: 0 }] },
        mark: { type: 'rule', color: '#555' },
        encoding: { x: x('difference'), y: null },
      },
      {
        data: { values },
        mark: { ...dots(50), type: 'point' },
        encoding: { x: x('difference'), color: colourOf('kind', colours, legend) },
      },
      { data: { values: failed }, mark: word, encoding: { x: x('difference') } },
    ],
  };
}

/** A part whose result may be the message that numbers did not stay finite. */
const partOf = ({ run, ...part }: Part<Trained>): Part<Outcome> => ({
  ...part,
  async run(laboratory) {
    try {
      return await run(laboratory);
    } catch (cause) {
      if (!(cause instanceof NotFiniteError)) throw cause;
      return { failed: cause.message };
    }
  },
});

function lineOf(one: Judged, preset: Readonly<Record<string, string>>, seeds: number): object {
  const { arm, runs, measured: _, ...rest } = one;
  const { name, base, switched } = arm;
  const alike = comparable(one, seeds);
  return {
    row: name,
    base,
    ...(switched && { ...switched, ofBase: preset[switched.question] ?? 1 }),
    ...rest,
    ...(alike.length > 0 && {
      spikesPerSample: meanOf(alike.map(({ spikesPerSample }) => spikesPerSample)),
      imagesPerSecond: meanOf(alike.map(({ imagesPerSecond }) => imagesPerSecond)),
    }),
    runs,
  };
}

export const variants: Experiment<Outcome> = {
  help: 'Each choice that the paper leaves open, switched alone: LeNet on MNIST',
  data: 'mnist',
  parts: (settings) => partsOf(armsOf(settings)).map(partOf),
  summarise: (settings, outcomes) => {
    const { seeds, ...size } = sizes[settings.size];
    const { judged, spread } = judge(armsOf(settings), outcomes);
    const preset = presets[settings.variant];
    return {
      lines: [
        { experiment: 'variants', ...settings, ...size, seeds, ...spread, leftOut },
        ...judged.map((one) => lineOf(one, preset, seeds.switch)),
      ],
      content: contentOf(settings, judged, spread),
      figure: figureOf(judged),
    };
  },
};
