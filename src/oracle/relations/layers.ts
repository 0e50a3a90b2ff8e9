/** Describes a number that each layer has, such as S, as one array over the layers, because a mistake rarely affects one layer alone. */
import { range, total } from '../../engine/rounding.ts';
import { entriesOf } from '../../keysOf.ts';
import type { Slot } from '../judge.ts';
import { only } from './remakes.ts';
import type { Unexplained } from './search.ts';

const mean = (all: readonly number[]): number => total(all, (each) => each) / all.length;

function deviation(all: readonly number[], count: number): number {
  const middle = mean(all);
  return Math.sqrt(total(all, (each) => (each - middle) ** 2) / count);
}

export const statistics: Readonly<Record<string, (all: readonly number[]) => number>> = {
  'the sum of': (all) => total(all, (each) => each),
  'the mean of': mean,
  'the standard deviation of': (all) => deviation(all, all.length),
  'the standard deviation (n − 1) of': (all) => deviation(all, all.length - 1),
  'the largest of': (all) => all.reduce((a, b) => Math.max(a, b), -Infinity),
  'the smallest of': (all) => all.reduce((a, b) => Math.min(a, b), Infinity),
  'the mean of the squares of': (all) => total(all, (each) => each * each) / all.length,
  'the norm of': (all) => Math.sqrt(total(all, (each) => each * each)),
  'the mean of the magnitudes of': (all) => total(all, Math.abs) / all.length,
};

/** Other numbers of a layer: arrays of one number, statistics of larger arrays, and statistics of products and quotients. */
function numbersOf(subject: Unexplained): Map<string, number> {
  const {
    inputs,
    slot: { n },
  } = subject;
  const arrays = inputs.flatMap(({ slot, v }) => (slot.n === n ? [[nameIn(slot.key), [...v]] as const] : []));
  const pairs = arrays.flatMap(([a, v]) =>
    arrays.flatMap(([b, w]) =>
      a === b || v.length === 1 || v.length !== w.length
        ? []
        : [
            [`${a} × ${b}`, v.map((each, i) => each * w[i])] as const,
            [`${a} ÷ ${b}`, v.flatMap((each, i) => (w[i] === 0 ? [] : [each / w[i]]))] as const,
          ],
    ),
  );
  return new Map([
    ...[...arrays, ...pairs].flatMap(([what, v]) =>
      v.length === 1
        ? [[what, v[0]] as const]
        : entriesOf(statistics).map(([says, of]) => [`${says} ${what}`, of(v)] as const),
    ),
    ...ofSamples(subject),
  ]);
}

/** The numbers that each sample alone would give, and the first or last samples, as of one worker. */
function ofSamples({ inputs, make }: Unexplained): (readonly [string, number])[] {
  const B = Math.max(0, ...inputs.map(({ slot: { axes, shape } }) => shape[axes.indexOf('sample')] ?? 0));
  const sets = range(B > mostSamples ? 0 : B).flatMap((b) => [
    [b, b],
    [0, b],
    [b, B - 1],
  ]);
  return sets.flatMap(([from, to]) => {
    const made = make?.(inputs.map((input) => only(input, 'sample', (b) => b >= from && b <= to)));
    const says = from === to ? `sample ${from} alone makes` : `samples ${from} to ${to} alone make`;
    return made && to - from < B - 1 ? [[`what ${says}`, made[0]] as const] : [];
  });
}

const mostSamples = 64;

const nameIn = (key: string): string => key.slice(key.indexOf('.') + 1);

/** Makes one array of single numbers, one per layer. Arrays of other numbers of the layers may describe this array. */
export function together(subjects: readonly Unexplained[]): Unexplained {
  const [{ slot: first, constants }] = subjects;
  const [layers, shape] = [subjects.map(numbersOf), [subjects.length]];
  const slot = (key: string): Slot => ({ ...first, key, n: 0, shape, axes: ['layer'] });
  const ofLayers = (of: (subject: Unexplained) => number): Float64Array => Float64Array.from(subjects, of);
  const names = [...layers[0].keys()].filter((what) => layers.every((each) => each.has(what)));
  return {
    slot: slot(nameIn(first.key)),
    expected: {
      v: ofLayers(({ expected }) => expected.v[0]),
      r: ofLayers(({ expected }) => expected.r?.[0] ?? 0),
    },
    got: ofLayers(({ got }) => got[0]),
    inputs: [],
    others: names.map((what) => ({
      slot: slot(what),
      v: Float64Array.from(layers, (each) => each.get(what)!),
    })), // each layer has all `names`
    constants,
  };
}
