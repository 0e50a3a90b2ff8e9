/** What the oracle says of drawn recordings, right and wrong, in full: its answers, and the bounds that they rest on. */
import { createHash } from 'node:crypto';
import { binary32 } from '../../spec/arithmetic.ts';
import { buildNetwork } from '../../spec/dictionary.ts';
import { exactly, runParts } from '../../src/oracle/chain.ts';
import { placesOf } from '../../src/oracle/keys.ts';
import { buildParts } from '../../src/oracle/parts/parts.ts';
import { isUnknown, total, type Interval } from '../../src/oracle/interval.ts';
import { settingOf, situationOf } from '../../src/oracle/stagePart.ts';
import { withDefaults } from '../../src/oracle/stepInputs.ts';
import { drawRecording } from './acquittals.ts';
import { judge } from './planted.ts';
import { made, type World } from './worlds.ts';

/**
 * Seeds of recordings; each gives a wrong one, and every other one the same with the right array. Of the first 600 these are the quickest
 * that together meet every place of the oracle that any of them meets, most of them often.
 */
export const seeds = [
  8, 32, 46, 48, 56, 62, 95, 102, 111, 123, 127, 131, 161, 165, 175, 177, 185, 199, 202, 207, 218, 222, 225,
  226, 228, 250, 254, 256, 264, 268, 278, 281, 285, 295, 305, 326, 342, 345, 352, 354, 358, 365, 396, 398,
  400, 410, 419, 422, 425, 426, 430, 431, 435, 447, 463, 470, 471, 472, 475, 478, 482, 485, 486, 489, 490,
  493, 498, 499, 505, 511, 529, 534, 537, 538, 543, 545, 547, 548, 553, 566, 567, 571, 574, 575, 583, 587,
  590, 594, 595, 596, 598, 599,
  // Some numbers of a layer were once made of some of its spikes, where all count.
  301_315,
  // Arrays are undecided that the one which is wrong is not made of.
  100_034,
].map((k) => 9_000_000 + k);

/** The few of them that together meet every place of the oracle that they all meet. */
export const fewSeeds = [
  8, 48, 56, 95, 165, 202, 218, 256, 264, 342, 345, 398, 426, 471, 475, 478, 493, 547, 553, 571, 595, 598,
  301_315, 100_034,
].map((k) => 9_000_000 + k);

type Arrays = ReadonlyMap<string, ArrayLike<number>>;

export interface Answer {
  readonly verdict: string;
  readonly explanations: readonly string[];
  readonly description?: string | undefined;
  /** Of all that a report says, and of the bounds of every array of the step. */
  readonly digest: string;
}

/** The answers to a seed: of what is wrong, and of what is right; none where what was drawn changes nothing. */
export function answersTo(seed: number): Answer[] {
  const recording = drawRecording(seed);
  if (!recording) return [];
  const { world, arrays, right, target } = recording;
  const mended = new Map(arrays).set(target, right.get(target)!);
  return [arrays, ...(seed % 2 === 0 ? [mended] : [])].map((each) => {
    const { variant: _, steps, ...report } = judge(world, each);
    return {
      verdict: report.verdict,
      explanations: report.explanations,
      description: report.description,
      digest: digestOf([
        report,
        steps,
        ...scales.map((scale) => boundsOf(world, scaled(world, each, scale))),
        ...radii.map((radius) => partsOf(world, radius)),
      ]),
    };
  });
}

/** Five digits of each number: what a change of the order of sums leaves alone. Bounds have nine, which are text already. */
function digestOf(told: unknown): string {
  const rounded = (_: string, value: unknown): unknown =>
    typeof value === 'number' && Number.isFinite(value) ? value.toPrecision(5) : value;
  return createHash('sha256').update(JSON.stringify(told, rounded)).digest('hex').slice(0, 16);
}

type Scale = (value: number) => number;

/** As recorded; so small that numbers may be flushed to zero; and so round that most sums are exact. */
const scales: readonly Scale[] = [
  (value) => value,
  (value) => Math.fround(value * 2 ** -130),
  (value) => Math.round(value * 8) / 8,
];

/** The same arrays with other numbers, but for those that are whole. */
function scaled({ description, variant, B }: World, arrays: Arrays, scale: Scale): Arrays {
  const places = placesOf(buildNetwork(description, variant, binary32), B);
  return new Map(
    [...arrays].map(([key, values]) => {
      const { row, shape } = places.get(key)!;
      const isNumber = row.type === 'number' && shape.length > 0;
      return [key, isNumber ? Float64Array.from(values, scale) : values];
    }),
  );
}

/** What every part makes of what was recorded, and how far it may be off, in sums. */
function boundsOf(world: World, arrays: Arrays): unknown {
  const { description, variant, B, optimiser } = world;
  const setting = settingOf(situationOf(description, variant, binary32, B, optimiser));
  const there = withDefaults(exactly(arrays as Parameters<typeof exactly>[0]), setting);
  const manner = { bounds: true, follow: arrays, branch: 'all' } as Parameters<typeof runParts>[2];
  return [...runParts(buildParts(setting), there, manner, () => true)].map(summary);
}

type Radius = (value: number, i: number, isCount: boolean) => number;

/** How far inputs may be off: every one by some of it, or one in three by more than all of it. */
const radii: readonly Radius[] = [
  (value, i, isCount) => (isCount ? i % 2 : Math.abs(value) * 2 ** -9 + (i % 4) * 2 ** -14),
  (value, i, isCount) => (i % 3 > 0 ? 0 : isCount ? 1 + (i % 2) : Math.abs(value) * 1.25 + 2 ** -6),
];

/** What each part makes of right inputs that are known within radii, each by itself. */
function partsOf(world: World, radius: Radius): unknown {
  const { description, variant, B, optimiser } = world;
  const setting = settingOf(situationOf(description, variant, binary32, B, optimiser));
  const right = withDefaults(exactly(made(world)), setting);
  const places = placesOf(setting.network, B);
  const within = new Map(
    [...right].map(([key, { value }]): [string, Interval] => {
      const place = places.get(key);
      const isCount = /\.(FO|spikes)$/.test(key);
      const isKnown = place?.row.type !== 'number' && !isCount;
      return [
        key,
        isKnown ? { value } : { value, radius: Float64Array.from(value, (v, i) => radius(v, i, isCount)) },
      ];
    }),
  );
  return buildParts(setting)
    .filter(({ inputs }) => inputs.every((key) => within.has(key)))
    .flatMap((part) =>
      [...part.run(within, { bounds: true, follow: new Map(), branch: 'open' })].map(summary),
    );
}

/** Of an array and its bounds: sums to which every place adds differently. */
function summary([key, { value, radius, open, mayBeNaN, mayBeInfinite }]: [string, Interval]): unknown {
  const sum = (values: ArrayLike<number>): number => total(values, (v, i) => Math.abs(v) * (1 + (i % 7) / 8));
  const known = radius?.map((r) => (isUnknown(r) ? 0 : r));
  return [
    key,
    sum(value),
    known && sum(known).toPrecision(9),
    radius?.filter(isUnknown).length,
    open && sum(open),
    mayBeNaN,
    mayBeInfinite,
  ];
}
