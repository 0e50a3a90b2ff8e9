/** The text of `variants`: its tables, and which questions matter. */
import { defaults } from '../train/settings.ts';
import type { ExperimentReport, ExperimentSettings, Table } from './experiment.ts';
import { meanOf, type Spread } from './spread.ts';
import { labelOf, leftOut, sizes } from './switches.ts';
import { signed, spelled } from './text.ts';
import { comparable, type Judged, type ArmVerdict } from './verdicts.ts';

/** In points. */
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

const verdictCells: Readonly<Record<ArmVerdict, string>> = {
  base: '',
  same: 'same bits',
  inside: 'inside',
  outside: 'outside',
  failed: 'failed',
  open: '–',
};

function accuracyTable(judged: readonly Judged[], seeds: number): Table {
  const rows = judged.map((one) => {
    const { arm, accuracy, difference, paired, verdict } = one;
    return [
      arm.switched ? labelOf(arm) : `${labelOf(arm)} (base)`,
      cell([accuracy && 100 * accuracy], 2),
      difference === undefined ? '' : points(difference),
      verdictCells[verdict],
      paired === undefined ? '' : points(paired),
      cell(
        comparable(one, seeds).map(({ spikesPerSample }) => spikesPerSample),
        0,
      ),
    ];
  });
  return {
    title:
      'Test accuracy in % after the last epoch, its difference from the mean of the base and whether that is in the band, its difference ' +
      'from the base with the same seed, spikes of all neurons for a sample (of a base, with the seeds of the switches):',
    columns: ['', 'test', '− base', 'band', '− same', 'spikes'],
    rows,
  };
}

function scaleTable(judged: readonly Judged[], seeds: number): Table {
  const rows = judged.map((one) => {
    const runs = comparable(one, seeds);
    return [
      labelOf(one.arm),
      ...layers.map((_, place) =>
        cell(
          runs.map(({ S = {} }) => Object.entries(S).find(([key]) => key.startsWith(`${place + 1} `))?.[1]),
          2,
        ),
      ),
      cell(
        runs.map(({ imagesPerSecond }) => imagesPerSecond),
        0,
      ),
    ];
  });
  return {
    title:
      'S of the layers after the last epoch, a dash where a layer, or with S per neuron a whole layer, has none; and images a second, of ' +
      'the machine that it ran on with whatever else that did:',
    columns: ['', ...layers, 'images/s'],
    rows,
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
    `Seeds: trainings of a base that differ in the seed alone have a standard deviation of ${(100 * deviation).toFixed(2)} points ` +
    `(${freedom} degrees of freedom, the bases together). Seeds alone leave a switch within ±${bands.join(' or ±')} points of its ` +
    `base in 95 % of cases, if they spread its results as those of the bases: that is the band. Of ${compared.length} switches without any ` +
    `effect about ${(0.05 * compared.length).toFixed(0)} would be outside all the same. Differences from the base with the same seed ` +
    'may be steadier, since a small change can leave some of what a seed does; no band is computed for them.'
  );
}

function verdictWords(judged: readonly Judged[], spread: Spread | undefined): string[] {
  const of = (verdict: ArmVerdict): Judged[] => judged.filter((one) => one.verdict === verdict);
  const failures = judged.flatMap(({ arm, runs }) =>
    runs.flatMap((run) => ('failed' in run ? [`${labelOf(arm)}, seed ${run.seed}: ${run.failed}`] : [])),
  );
  const outside = of('outside').sort(
    ({ difference: a = 0 }, { difference: b = 0 }) => Math.abs(b) - Math.abs(a),
  );
  const lists = [
    [`Outside the band, so likely to matter at this size: `, listOf(outside)],
    [`Inside, so this size cannot tell whether they matter: `, listOf(of('inside'))],
    [
      `The weights of the base to the last bit, so these do not matter here: `,
      of('same')
        .map(({ arm }) => labelOf(arm))
        .join(', '),
    ],
    [
      `Not compared, since their base, or no base twice, came to its end: `,
      of('open')
        .map(({ arm }) => labelOf(arm))
        .join(', '),
    ],
    [
      `Bases at chance, so nothing can be said of their switches: `,
      of('base')
        .filter(isAtChance)
        .map(({ arm }) => labelOf(arm))
        .join(', '),
    ],
  ];
  return [
    ...(spread ? [bandWords(judged, spread)] : []),
    ...lists.filter(([, list]) => list !== '').map(([head, list]) => `${head}${list}.`),
    ...(failures.length > 0 ? ['Failed, since numbers did not stay finite:', ...failures] : []),
  ];
}

function introduction({ size, variant }: ExperimentSettings): string {
  const { timeWindow: T, samples, settings, seeds } = sizes[size];
  const each = seeds.switch === 1 ? 'one seed' : `${seeds.switch} seeds`;
  const { scaleEvery } = defaults;
  const S =
    settings.epochs <= scaleEvery
      ? `S is updated in every ${scaleEvery}th epoch from the first on, here in that one alone.`
      : `S is updated in every ${scaleEvery}th epoch from the first on.`;
  return (
    `LeNet on MNIST, variant ${variant}, T = ${T}; ${samples.train} training samples, of which ${samples.validation} are set aside for ` +
    `validation, ${samples.test} test samples, ${settings.epochs} epochs; each switch with ${each}, the bases with ` +
    `${Object.entries(seeds)
      .filter(([name]) => name !== 'switch')
      .map(([name, n]) => `${n} (${name})`)
      .join(', ')}. The sizes are our own ` +
    `choice: the paper has no such table. ${S} A switch alone says nothing of two together. What each means, and where ` +
    'it comes from, is in spec/README.md.'
  );
}

export function contentOf(
  settings: ExperimentSettings,
  judged: readonly Judged[],
  spread: Spread | undefined,
): ExperimentReport['content'] {
  const { switch: seeds } = sizes[settings.size].seeds;
  const without = Object.entries(leftOut).map(([name, reason]) => `${spelled(name)}, ${reason}`);
  return [
    'Each choice switched alone',
    introduction(settings),
    accuracyTable(judged, seeds),
    ...verdictWords(judged, spread),
    scaleTable(judged, seeds),
    `Left out, since ASF-BP refuses them: ${without.join('; ')}.`,
  ];
}
