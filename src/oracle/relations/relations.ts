/**
 * Finds one relation by which the numbers of a differing array follow from the expected ones. Most mistakes are not in the
 * catalogue; a relation describes them well enough to act on.
 */
import { range, roundTo, total } from '../../engine/rounding.ts';
import { sliceOf, type Axis } from './edits.ts';
import { propertyOf } from './properties.ts';
import { regionsOf } from './regions.ts';
import { fewWrong, remade, remakesOf, reweighed, weighed } from './remakes.ts';
import { joint, plain, special } from './rows.ts';
import { solved } from './solved.ts';
import { type Region, Search, type Unexplained, firstFit, middle, short } from './search.ts';

/** The relation of an array's numbers to the expected ones, if there is one. */
export function relationOf(subject: Unexplained): string | undefined {
  const search = new Search(subject);
  return related(search, regionsOf(search));
}

/** The relation of an array's numbers to the expected ones. If there is none, a property of the array, or where it is wrong. */
export function describeArray(subject: Unexplained): string {
  const { got, base, slot, follows, views = [['', subject]] } = subject;
  if (follows !== undefined) return `it is what it should be for ${follows}`;
  const bad = got.findIndex((v: number) => !Number.isFinite(v));
  const isAll = bad >= 0 && got.every((v) => Object.is(v, got[bad]));
  if (bad >= 0) return `${isAll ? 'every number' : `number ${bad}`} is ${got[bad]}`;
  const odd = oddSpikes(subject);
  const seen = views.flatMap(([says, its]) => {
    const search = new Search(its);
    return search.wrong.length > 0 ? [{ says, search, regions: regionsOf(search) }] : [];
  });
  const first = (found: (search: Search, regions: readonly Region[]) => string | undefined) => {
    for (const { says, search, regions } of seen) {
      const text = found(search, regions);
      if (text !== undefined) return says + text;
    }
    return undefined;
  };
  const itself = new Search(subject);
  const begins = itself.axes.slice(0, slot.axes[0] === 'step' ? 1 : 0).map((axis): Region => {
    const begin = itself.wrong.reduce((least, i) => Math.min(least, sliceOf(i, axis)), Infinity);
    return itself.region(`at step ${begin}, where it first differs`, (i) => sliceOf(i, axis) === begin);
  });
  const rows = slot.isSpikes ? [] : special;
  // Without a relation, a view is only a supposition, unless it has clearly fewer wrong numbers than the array itself.
  const least = seen.reduce(
    (one, other) => (other.search.wrong.length < 0.8 * one.search.wrong.length ? other : one),
    { says: '', search: itself, regions: regionsOf(itself) },
  );
  const found =
    (base && related(new Search(subject, base), regionsOf(itself))) ??
    first(related) ??
    first((search, regions) => solved(search, regions, describeArray)) ??
    first((search, regions) => firstFit(search, rows, [...regions].reverse())) ??
    (slot.isSpikes
      ? undefined
      : firstFit(itself, plain.slice(1), [itself.region('where it differs', itself.isWrong)])) ??
    // Only a state carries a mistake on. The steps of a sum are independent, so what one of them shows may be chance.
    firstFit(itself, [...(subject.isSum ? [] : plain.slice(1)), ...rows], begins) ??
    first(propertyOf) ??
    least.says + whereOf(least.search, least.regions);
  return odd + found;
}

/** The values of spikes that are neither 0 nor 1, and that no expected spike has; '' if there are none. */
function oddSpikes({ got, slot, expected }: Unexplained): string {
  if (!slot.isSpikes) return '';
  const right = new Set([0, 1, ...expected.v]);
  const counts = new Map<number, number>();
  for (const v of got) if (!right.has(v)) counts.set(v, (counts.get(v) ?? 0) + 1);
  if (counts.size === 0) return '';
  const [first, ...more] = [...counts].sort(([a], [b]) => a - b).slice(0, 4);
  const says = [
    `${short(first[0])} in ${first[1]} places`,
    ...more.map(([v, count]) => `${short(v)} in ${count}`),
  ];
  return `it has values other than ${[...right].map(short).join(' and ')}: ${says.join(', ')}${counts.size > 4 ? ', …' : ''}; `;
}

const hasException = (says: string): boolean => says.startsWith('in all but ');

/** The first relation that fits and does not need many constants. */
function related(search: Search, regions: readonly Region[]): string | undefined {
  const found = firstFit(search, search.base ? [...plain, ...special.slice(0, 1)] : plain, regions);
  const { sample, make } = search.of;
  // If a constant of the equation is ½, 1 − x may be what another mistake makes.
  const isVague = make !== undefined && found?.includes('1 − the expected');
  if (found !== undefined && !isVague && !hasException(found)) return found;
  const small = sample && new Search(sample, search.base && sample.base);
  const its = small && small.wrong.length > 0 ? regionsOf(small) : [];
  // One sample suffices to reject a remake, but not to confirm it.
  const trial = small && new Search(small.of, small.base, true);
  let partly = isVague ? undefined : found;
  const fitting = small && small.wrong.length >= fewWrong ? small : search;
  for (const remake of make ? remakesOf(search.of, fitting) : []) {
    if (trial && remade(trial, its, remake) === undefined) continue;
    // A relation with an exception is kept, and only one without any replaces it.
    const says = remade(search, partly === undefined ? regions : regions.slice(0, 1), remake);
    if (says && !hasException(says)) return says;
    partly ??= says || undefined;
  }
  if (partly !== undefined) return partly;
  const joined = found ?? firstFit(search, joint, regions.slice(0, 2)) ?? weighed(search, regions);
  if (joined !== undefined) return joined;
  for (const region of regions.slice(0, 2)) {
    const says = reweighed(search, region, describeArray);
    if (says !== undefined) return says;
  }
  const alone = small && its.length > 0 ? weighed(small, its) : undefined;
  // Factors of the slices of all samples are better evidence than what one sample is made of.
  return (
    alone &&
    (firstFit(search, special.slice(-1), regions.slice(0, 1)) ?? `in the first sample that differs, ${alone}`)
  );
}

/** Whether the numbers along an axis are the expected ones in another order: their sums and sums of squares are the same. */
function isReordered({ x, y }: Search, { size, stride }: Axis): boolean {
  const isSame = (from: number, power: number): boolean => {
    const changes = range(size).map((k) => y[from + k * stride] ** power - x[from + k * stride] ** power);
    return Math.abs(total(changes, (each) => each)) <= 1e-4 * total(changes, Math.abs);
  };
  for (let i = 0; i < x.length; i++)
    if (Math.floor(i / stride) % size === 0 && !(isSame(i, 1) && isSame(i, 2))) return false;
  return true;
}

/**
 * Says how many of the wrong numbers other than 0 are expected elsewhere in the same slice of an axis. '' if fewer than half of
 * them are, if few of them are different numbers, or if the array is large.
 */
function movedText({ x, y, axes, wrong }: Search): string {
  if (x.length > 2 ** 18) return '';
  const isFar = (i: number): boolean => Math.abs(y[i] - x[i]) > 2 ** -18 * Math.abs(y[i]);
  const some = wrong.filter((i) => y[i] !== 0);
  for (const { name, stride } of axes.filter((axis) => axis.stride > 1).reverse()) {
    const all = new Set(Array.from(x, (v, i) => `${Math.floor(i / stride)} ${roundTo(v, 21)}`));
    const has = (i: number, v: number): boolean => all.has(`${Math.floor(i / stride)} ${roundTo(v, 21)}`);
    const isThere = (i: number): boolean => [-1, 1].some((side) => has(i, y[i] * (1 + side * 2 ** -23)));
    const found = Array.from(
      some.filter((i) => isFar(i) && isThere(i)),
      (i) => y[i],
    );
    if (found.length >= 16 && 2 * found.length > some.length && 2 * new Set(found).size > found.length)
      return `${found.length} of the ${some.length} wrong numbers other than 0 are expected at other places of the same ${name}; `;
  }
  return '';
}

/** Describes where the wrong numbers are. */
function whereOf(search: Search, regions: readonly Region[]): string {
  const { wrong, x, y, axes } = search;
  const share = (k: number, text = short): string =>
    short(k) === '1' ? `(1 ${k < 1 ? '−' : '+'} ${short(Math.abs(k - 1))})` : text(k);
  const ratio = x[0] === 0 ? '' : `, ${share(y[0] / x[0], search.text)} × the expected`;
  if (x.length === 1) return `it is ${short(y[0])} in place of ${short(x[0])}${ratio}`;
  const more = wrong.filter((i) => y[i] > x[i]).length;
  const less = wrong.length - more;
  const [missing, added] = search.of.slot.isSpikes ? ['missing', 'added'] : ['too small', 'too large'];
  const way =
    more === 0 ? `all ${missing}` : less === 0 ? `all ${added}` : `${less} ${missing} and ${more} ${added}`;
  const [where] = [...regions].sort(([, a], [, b]) => a.length - b.length).map(([says]) => says);
  const begin = wrong.reduce((a, b) => Math.min(a, b));
  const at = axes.filter(({ size }) => size > 1).map((axis) => `${axis.name} ${sliceOf(begin, axis)}`);
  const cosine = total(x, (v, i) => v * y[i]) / Math.sqrt(total(x, (v) => v * v) * total(y, (v) => v * v));
  const isFew = [x, y].some((all) => all.filter((v: number) => v !== 0).length < 32);
  const [some, all] = [wrong.length, x.length].map((count) => count.toLocaleString('en-US'));
  const moved = axes.filter((axis) => axis.size > 1 && isReordered(search, axis)).map(({ name }) => name);
  const order =
    moved.length > 0
      ? `along each ${moved[0]} axis the expected numbers are in another order; `
      : movedText(search);
  const isUnrelated = !isFew && order === '' && Math.abs(cosine) < 4 / Math.sqrt(x.length);
  const apart = short(middle(wrong, (i) => Math.abs(y[i] - x[i])));
  const factor = (of: (...factors: number[]) => number): number =>
    of(...Array.from(wrong.subarray(0, 2 ** 15), (i) => y[i] / x[i]));
  const [from, to] = [factor(Math.min), factor(Math.max)];
  const least = share(from) === share(to) ? share(to, search.text) : `${share(from)} … ${share(to)}`;
  const factors = from > 0 && to < 4 * from ? `, ${least} times the expected` : '';
  const alike = `${isUnrelated ? 'they are not correlated with the expected ones, ' : ''}${Number.isNaN(cosine) ? 'all recorded or all expected ones are 0' : `cosine ${cosine.toFixed(3)}`}`;
  return `${some} of ${all} numbers differ, ${way}${factors}${where === '' ? '' : `, ${where.startsWith('in all but') ? '' : 'only '}${where}`}; the first is at ${at.join(', ')}; ${search.of.slot.isSpikes ? '' : `half of them by more than ${apart}; `}${order}${alike}`;
}
