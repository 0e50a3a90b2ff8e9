/** Edits: changes that a program may make to an array, number by number or along its axes. */
import type { Floats } from '../../../spec/arithmetic.ts';
import { shapeOf, type Slot } from '../judge.ts';
import { range } from '../../engine/rounding.ts';

/** An axis of an array; `stride` is the distance between neighbouring numbers along it. */
export interface Axis {
  readonly name: string;
  readonly size: number;
  readonly stride: number;
}

export const sliceOf = (i: number, { size, stride }: Axis): number => Math.floor(i / stride) % size;

/**
 * The name of each axis, and a function from the index of a number to its slice along the axis. The last entry, `neuron`, takes
 * all axes of a map together.
 */
export function slicesOf(axes: readonly Axis[]): (readonly [name: string, of: (i: number) => number])[] {
  const map = axes.filter(({ name }) => name !== 'step' && name !== 'sample');
  return [
    ...axes.map((axis) => [axis.name, (i: number) => sliceOf(i, axis)] as const),
    ['neuron', (i) => map.reduce((at, axis) => at * axis.size + sliceOf(i, axis), 0)],
  ];
}

export function axesOf(slot: Slot, length: number): Axis[] {
  const shape = shapeOf(slot, length);
  const strideOf = (d: number): number => shape.slice(d + 1).reduce((a, b) => a * b, 1);
  return shape.map((size, d) => ({ name: slot.axes[d], size, stride: strideOf(d) }));
}

/** An edit: its text, with _ for the array, and a function for number i of the result. `most` is the array's largest magnitude. */
type Edit = readonly [
  says: string,
  of: (x: Floats, i: number, axes: readonly Axis[], most: number) => number,
];

/** The distance between neighbouring numbers with `bits` significant bits, near a value. */
export const unitOf = (value: number, bits: number): number =>
  2 ** (Math.floor(Math.log2(Math.max(2 ** -126, Math.abs(value)))) - bits + 1);
export const cut = (v: number, unit: number): number => Math.round(v / unit) * unit;

const ofNumbers: readonly (readonly [says: string, of: (v: number, most: number) => number])[] = [
  ['1 ÷ _', (v) => 1 / v],
  ['1 − _', (v) => 1 - v],
  ['the magnitude of _', Math.abs],
  ['the positive part of _', (v) => Math.max(0, v)],
  ['the negative part of _', (v) => Math.min(0, v)],
  ['the sign of _', Math.sign],
  ['(_ > 0)', (v) => Number(v > 0)],
  ['the square of _', (v) => v * v],
  ['the root of _', Math.sqrt],
  ['the sigmoid of _', (v) => 1 / (1 + Math.exp(-v))],
  ['the hyperbolic tangent of _', Math.tanh],
  ['_ rounded to whole numbers', Math.round],
  ['_ rounded down to whole numbers', (v, most) => (most < 1 ? NaN : Math.floor(v))],
  ['_ rounded to 2 decimals', (v) => cut(v, 0.01)],
  ['_ rounded to bfloat16', (v) => cut(v, unitOf(v, 8))],
  ['_ rounded to the 11 bits of binary16 or TF32', (v) => cut(v, unitOf(v, 11))],
  ['_ rounded to 255 levels (8 bits)', (v, most) => cut(v, most / 127)],
];

/** For each slice along an axis, the index of the slice that replaces it. If this index is outside the axis, the slice is 0. */
const ofSlices: readonly (readonly [says: string, from: (slice: number, size: number) => number])[] = [
  ['_ of # 0 in every #', () => 0],
  ['_ flipped by #', (slice, size) => size - 1 - slice],
  ['_ of the first # alone', (slice) => (slice === 0 ? slice : -1)],
  ['_ of the last # alone', (slice, size) => (slice === size - 1 ? slice : -1)],
  ...[1, -1, 2, -2, 3, -3].flatMap((by) => {
    const says = `_ moved by ${Math.abs(by)} #${Math.abs(by) > 1 ? 's' : ''} ${by > 0 ? 'on' : 'back'}`;
    const rolled = (slice: number, size: number): number => (slice - by + size) % size;
    return [
      [`${says}, with 0 in the gap`, (slice: number) => slice - by] as const,
      [`${says}, rolled`, rolled] as const,
    ];
  }),
];

/** The same for the rows and columns of a map together. Single missing slices are found by `weighed`. */
const ofEdges: typeof ofSlices = [
  ['_ without the first #', (slice) => (slice === 0 ? -1 : slice)],
  ['_ without the last #', (slice, size) => (slice === size - 1 ? -1 : slice)],
];

/** All edits of arrays with these axes. */
export const editsOf = (axes: readonly Axis[]): Edit[] => [
  ...ofNumbers.map(([says, of]): Edit => [says, (x, i, _, most) => of(x[i], most)]),
  ...movesOf(axes),
];

/** Edits along axes: numbers taken from other places, and sums, means, maxima or softmax over an axis. */
export function movesOf(axes: readonly Axis[]): Edit[] {
  // The axis `part` separates potentials from spikes, which change alike.
  const all = range(axes.length).filter((d) => axes[d].size > 1 && axes[d].name !== 'part');
  const map = all.filter((d) => axes[d].name === 'row' || axes[d].name === 'column');
  const named = (says: string, set: readonly number[]): string =>
    says.replaceAll('#', set.map((d) => axes[d].name).join(' and '));
  const moved = ([says, from]: (typeof ofSlices)[number], set: readonly number[]): Edit => [
    named(says, set),
    (x, i, dims) => {
      let at = i;
      for (const d of set) {
        const slice = sliceOf(i, dims[d]);
        const other = from(slice, dims[d].size);
        if (other < 0 || other >= dims[d].size) return 0;
        at += (other - slice) * dims[d].stride;
      }
      return x[at];
    },
  ];
  const folded = (d: number, isAll: boolean, says: string, of: (a: number, b: number) => number): Edit => [
    named(`${says} over ${isAll ? 'all #s' : 'the #s so far'}`, [d]),
    (x, i, dims) => {
      const { size, stride } = dims[d];
      const slice = sliceOf(i, dims[d]);
      let sum = x[i - slice * stride];
      for (let k = 1; k <= (isAll ? size - 1 : slice); k++) sum = of(sum, x[i + (k - slice) * stride]);
      return sum;
    },
  ];
  const summed = (d: number, isAll: boolean): Edit => folded(d, isAll, '_ summed', (a, b) => a + b);
  const averaged = (d: number): Edit => {
    const [, sum] = summed(d, true);
    const says = named('_ averaged over all #s', [d]);
    return [says, (x, i, dims, most) => sum(x, i, dims, most) / dims[d].size];
  };
  const centred = (d: number): Edit => {
    const [, mean] = averaged(d);
    const says = named('_ less its mean over all #s', [d]);
    return [says, (x, i, dims, most) => x[i] - mean(x, i, dims, most)];
  };
  const softmax = (d: number): Edit => [
    named('the softmax of _ over all #s', [d]),
    (x, i, dims) => {
      const { size, stride } = dims[d];
      const from = i - sliceOf(i, dims[d]) * stride;
      let sum = 0;
      for (let k = 0; k < size; k++) sum += Math.exp(x[from + k * stride] - x[i]);
      return 1 / sum;
    },
  ];
  return [
    ...ordersOf(axes, all),
    ...ofSlices.flatMap((each) =>
      [...all.map((d) => [d]), ...(map.length > 1 ? [map] : [])].map((set) => moved(each, set)),
    ),
    ...(map.length > 1 ? ofEdges.map((each) => moved(each, map)) : []),
    ...all.flatMap((d) => [
      summed(d, false),
      summed(d, true),
      averaged(d),
      centred(d),
      softmax(d),
      folded(d, axes[d].name !== 'step', 'the largest of _', Math.max),
    ]),
  ];
}

/** Edits that reorder the axes (two exchanged, or channels last or first), or read numbers as if they had such an order. */
function ordersOf(axes: readonly Axis[], all: readonly number[]): Edit[] {
  const plain = range(axes.length);
  const pairs = all.flatMap((d) =>
    all.filter((e) => e > d).map((e) => plain.map((k) => (k === d ? e : k === e ? d : k))),
  );
  const [before, [c, h, w]] = [plain.slice(0, -3), plain.slice(-3)];
  return [
    ...pairs,
    ...(axes.length < 3
      ? []
      : [
          [...before, h, w, c],
          [...before, w, c, h],
        ]),
  ].flatMap((order): Edit[] => {
    const names = order
      .filter((k, at) => k !== at)
      .map((k) => axes[k].name)
      .join(', ');
    const indexIn = (i: number, dims: readonly Axis[]): number => {
      let [rest, at] = [i, 0];
      for (let k = order.length - 1; k >= 0; k--) {
        const { size, stride } = dims[order[k]];
        at += (rest % size) * stride;
        rest = Math.floor(rest / size);
      }
      return at;
    };
    const read = (i: number, dims: readonly Axis[]): number =>
      order.reduce((at, k) => at * dims[k].size + sliceOf(i, dims[k]), 0);
    return [
      [`_ in the order ${names}`, (x, i, dims) => x[indexIn(i, dims)]],
      [`_ read as if it were in the order ${names}`, (x, i, dims) => x[read(i, dims)]],
    ];
  });
}
