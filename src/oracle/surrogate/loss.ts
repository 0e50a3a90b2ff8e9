/** The stages of the loss: the readout of the last layer, and its comparison with the labels. */
import type { Floats } from '../../../spec/arithmetic.ts';
import { computeFirst, scaleOf, shareOf } from '../../../spec/surrogateLoss.ts';
import { range, total, ε } from '../../engine/rounding.ts';
import type { Stage } from '../../engine/stage.ts';
import { stagesAt } from '../stages.ts';
import {
  keyOf,
  loose,
  type Comparison,
  type Readout,
  type SurrogateLoss,
  type SurrogateModel,
} from './model.ts';

const key = (what: string): string => `loss.${what}`;

/** An array of numbers, computed by index. */
const fill = (length: number, of: (i: number) => number): Float64Array => {
  const out = new Float64Array(length);
  for (let i = 0; i < length; i++) out[i] = of(i);
  return out;
};

/** Rows of C numbers, each with the label of its sample. */
interface Rows {
  readonly count: number;
  readonly C: number;
  readonly B: number;
  readonly isLabel: (i: number, label: Floats) => boolean;
}

export function lossStages(model: SurrogateModel): Stage[] {
  const { layers, T, B, loss } = model;
  if (!loss) return [];
  const n = layers.length;
  const { form, on, targets, factor } = loss;
  const C = layers[n - 1].layer.size;
  const [map, share, scale] = [B * C, shareOf(form, T), factor * scaleOf(form, T, B, C)];
  const isEach = form.readout === 'each';
  const rows: Rows = {
    count: isEach ? T * B : B,
    C,
    B,
    isLabel: (i, label) => i % C === label[Math.floor(i / C) % B],
  };
  const { sum, point } = stagesAt('loss', n);
  const [difference, each] = [key('difference'), key('rows')];
  const isChosen = ['max', 'last', 'first'].includes(form.readout);
  const sign = form.readout === 'first' ? 1 : share;
  const back = sum(
    `gradient.${n}`,
    [difference, ...(isChosen ? [key('chosen')] : [])],
    keyOf(n, on === 'spikes' ? 'dspikes' : 'dmem'),
    loose(6),
    ([D, which]) => fill(T * map, (i) => sign * D[isEach ? i : i % map] * (which ? which[i] : 1) * scale),
  );
  const ofSquares = (): Stage[] => [
    point(
      difference,
      [key('read'), 'label'],
      difference,
      { wide: [2, 0], least: [4 * ε * Math.max(...targets.map(Math.abs))] },
      ([values, label]) =>
        fill(values.length, (i) => 2 * (values[i] - targets[rows.isLabel(i, label) ? 0 : 1])),
    ),
    back,
    point(each, [difference], each, [4], ([D]) => fill(D.length, (i) => (D[i] / 2) ** 2)),
  ];
  const ofComparison = (compares: Comparison): Stage[] => {
    const compared = (z: Floats, label: Floats): ReturnType<Comparison>[] =>
      range(rows.count).map((row) => {
        const its = range(C).map((c) => row * C + c);
        return compares(
          its.map((i) => z[i]),
          its.map((i) => targets[rows.isLabel(i, label) ? 0 : 1]),
          label[row % B],
        );
      });
    const manner = { wide: [4, 0], least: [8 * ε] };
    return [
      point(difference, [key('read'), 'label'], difference, manner, ([z, label]) =>
        Float64Array.from(compared(z, label).flatMap(({ slopes }) => slopes)),
      ),
      back,
      point(each, [key('read'), 'label'], each, manner, ([z, label]) =>
        Float64Array.from(compared(z, label), ({ value }) => value),
      ),
    ];
  };
  return [
    ...readStages(model, loss, map),
    ...(loss.compares
      ? ofComparison(loss.compares)
      : { squares: ofSquares, crossEntropy: () => [...softmaxStages(n, rows, loss), back] }[form.compares]()),
    sum('loss.0', [each], 'loss', loose(rows.count * C + 8), ([all]) =>
      fill(1, () => scale * total(all, (one) => one)),
    ),
  ];
}

/** The readout of the last layer; if it takes each number from a single step, `chosen` is 1 at that step. */
function readStages(
  { layers, T }: SurrogateModel,
  { form, on, hasZero, reads }: SurrogateLoss,
  map: number,
): Stage[] {
  const { readout } = form;
  const n = layers.length;
  const z = keyOf(n, on === 'spikes' ? 'spikes' : 'mem');
  const { sum, point } = stagesAt('loss', n);
  const [read, chosen] = [key('read'), key('chosen')];
  /**
   * Whether number m is the greatest of its output over all steps; of equal ones, the first. The same array is passed as both
   * arguments. For the bounds, the engine changes one argument at a time. Each such change moves 3a − 2b relative to the
   * numbers b of other steps.
   */
  const isMost = ([a, b]: readonly Floats[], m: number): boolean => {
    const [t, i] = [Math.floor(m / map), m % map];
    const value = 3 * a[m] - 2 * b[m];
    return (
      range(T).every((k) => (k < t ? b[k * map + i] < value : k === t || b[k * map + i] <= value)) &&
      (!hasZero || value > 0)
    );
  };
  const choose = (args: readonly Floats[]): Float64Array => {
    const first = readout === 'first' ? computeFirst(args[0], T) : [];
    const isIt = (m: number): boolean =>
      readout === 'max'
        ? isMost(args, m)
        : Math.floor(m / map) === (readout === 'first' ? -first[m % map] : T - 1);
    return fill(T * map, (m) => Number(isIt(m)));
  };
  const most = ([values]: readonly Floats[]): Floats =>
    fill(map, (i) => range(T).reduce((so, t) => Math.max(so, values[t * map + i]), hasZero ? 0 : -Infinity));
  // Potentials that are equal as recorded may have differed in a wider format.
  const wide = on === 'potentials' ? 1 : 0;
  if (readout === 'max')
    return [point(chosen, [z, z], chosen, [wide, wide], choose), point(read, [z], read, [0], most)];
  if (reads) {
    const readOf = (values: Floats, i: number): ReturnType<Readout> =>
      reads(range(T).map((t) => values[t * map + i]));
    const slopes = ([values]: readonly Floats[]): Floats => {
      const all = range(map).map((i) => readOf(values, i).slopes);
      return fill(T * map, (m) => all[m % map][Math.floor(m / map)]);
    };
    return [
      point(chosen, [z], chosen, [wide], slopes),
      point(read, [z], read, [wide], ([values]) => fill(map, (i) => readOf(values, i).value)),
    ];
  }
  const share = shareOf(form, T);
  const isLast = readout === 'last';
  const f = ([values, which]: readonly Floats[]): Floats => {
    if (readout === 'first') return computeFirst(values, T);
    const out = new Float64Array(readout === 'each' ? values.length : map);
    for (let i = 0; i < values.length; i++) out[i % out.length] += values[i] * (which ? which[i] : share);
    return out;
  };
  return [
    ...(isLast || readout === 'first' ? [point(chosen, [z], chosen, [0, 0], choose)] : []),
    sum(
      read,
      [z, ...(isLast ? [chosen] : [])],
      read,
      readout === 'mean' ? loose(T + 2) : { roundings: T + 2, grid: ([o]) => o },
      f,
    ),
  ];
}

/** Softmax cross entropy of each row, and its derivative by the readout. */
function softmaxStages(
  n: number,
  { count, C, B, isLabel }: Rows,
  { smoothing = 0, isSoftened = false, isUnscaled = false, isOfSamples = false }: SurrogateLoss,
): Stage[] {
  const { exact, sum, point } = stagesAt('loss', n);
  const [greatest, powers, others, rows] = ['greatest', 'powers', 'others', 'rows'].map(key);
  const z = key(isSoftened ? 'softened' : 'read');
  const D = key(isSoftened ? 'dsoftened' : 'difference');
  const [size, stride] = isOfSamples ? [B, C] : [C, 1];
  /** The indices among whose numbers the softmax of number i is taken. */
  const rowOf = (i: number): number[] =>
    range(size).map((k) => i + (k - (Math.floor(i / stride) % size)) * stride);
  const ofRow = (i: number, of: (k: number) => number): number => total(rowOf(i), of);
  const mostOf = (values: Floats): Float64Array =>
    fill(values.length, (i) => Math.max(...rowOf(i).map((k) => values[k])));
  const softmaxOf = (values: Floats): Float64Array => {
    const most = mostOf(values);
    const e = fill(values.length, (i) => Math.exp(values[i] - most[i]));
    return fill(values.length, (i) => e[i] / ofRow(i, (k) => e[k]));
  };
  const target = (i: number, label: Floats): number =>
    (isLabel(i, label) ? 1 - smoothing : 0) + smoothing / C;
  return [
    ...(isSoftened ? [point(z, [key('read')], z, [8], ([values]) => softmaxOf(values))] : []),
    exact(greatest, [z], greatest, ([values]) => mostOf(values)),
    point(powers, [z, greatest], powers, [4, 0], ([values, of]) =>
      fill(values.length, (i) => Math.exp(values[i] - of[i])),
    ),
    sum(others, [powers], others, size + 8, ([e]) =>
      fill(e.length, (i) => ofRow(i, (k) => (k === i ? 0 : e[k]))),
    ),
    point(
      D,
      [powers, others, 'label'],
      D,
      { wide: [4, 4, 0], least: [8 * ε] },
      // 1 − e/(e + S) is S/(e + S), without cancellation.
      ([e, S, label]) =>
        fill(e.length, (i) => {
          const share = target(i, label);
          if (isUnscaled) return -share;
          // Each of a row's targets adds the softmax once. Over the classes, the targets sum to 1.
          if (isOfSamples) return (ofRow(i, (k) => target(k, label)) * e[i]) / (e[i] + S[i]) - share;
          return share > 0.5 ? 1 - share - S[i] / (e[i] + S[i]) : e[i] / (e[i] + S[i]) - share;
        }),
    ),
    point(
      rows,
      [z, greatest, powers, others, 'label'],
      rows,
      { wide: [4, 0, 4, 4, 0], least: [8 * ε] },
      ([values, of, e, S, label]) =>
        fill(count, (row) =>
          total(
            range(C).map((c) => row * C + c),
            (i) => target(i, label) * ((isUnscaled ? 0 : of[i] + Math.log(e[i] + S[i])) - values[i]),
          ),
        ),
    ),
    ...(isSoftened
      ? [
          point(key('difference'), [z, D], key('difference'), [8, 8], ([q, d]) =>
            fill(q.length, (i) => q[i] * (d[i] - ofRow(i, (k) => q[k] * d[k]))),
          ),
        ]
      : []),
  ];
}
