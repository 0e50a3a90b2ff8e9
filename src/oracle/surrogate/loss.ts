/** The stages of the loss: what is read of the last layer, and how it is compared with the labels. */
import type { Floats } from '../../../spec/arithmetic.ts';
import { computeFirst, scaleOf, shareOf } from '../../../spec/surrogateLoss.ts';
import { total, ε } from '../../engine/rounding.ts';
import type { Stage } from '../../engine/stage.ts';
import { inexact, keyOf, range, type SurrogateModel } from './model.ts';

export function lossStages(model: SurrogateModel): Stage[] {
  const { layers, T, B, loss } = model;
  if (!loss) return [];
  const last = layers[layers.length - 1];
  const n = layers.length;
  const { form, on, targets, factor, hasZero, smoothing = 0, isSoftened = false } = loss;
  const z = on === 'spikes' ? keyOf(n, 'spikes') : keyOf(n, 'mem');
  const dz = on === 'spikes' ? keyOf(n, 'dspikes') : keyOf(n, 'dmem');
  const C = last.layer.size;
  const scale = factor * scaleOf(form, T, B, C);
  const share = shareOf(form, T);
  const head = { stage: 'loss', n } as const;
  const key = (what: string): string => `loss.${what}`;
  const rows = form.readout === 'each' ? T * B : B;
  const map = B * C;
  const isMax = form.readout === 'max';
  const labelOf = (label: Floats, row: number): number => label[row % B];
  /** Which step is read of each number: 1 there. */
  const chosen = (args: readonly Floats[]): Float64Array => {
    const out = new Float64Array(T * map);
    for (let i = 0; i < map; i++) {
      if (form.readout === 'last') out[(T - 1) * map + i] = 1;
      else if (form.readout === 'first') out[-computeFirst(args[0], T)[i] * map + i] = 1;
      else
        for (let t = 0; t < T; t++) {
          const own = 3 * args[0][t * map + i] - 2 * args[1][t * map + i];
          const isMost = range(T).every((k) =>
            k < t ? args[1][k * map + i] < own : k === t || args[1][k * map + i] <= own,
          );
          if (isMost && (!hasZero || own > 0)) out[t * map + i] = 1;
        }
    }
    return out;
  };
  const isChosen = isMax || form.readout === 'last' || form.readout === 'first';
  const read: Stage[] = [
    ...(isChosen
      ? [
          {
            ...head,
            id: key('chosen'),
            kind: 'point',
            reads: isMax ? [z, z] : [z],
            writes: [key('chosen')],
            wide: [0, 0],
            f: (args) => [chosen(args)],
          } satisfies Stage,
        ]
      : []),
    isMax
      ? {
          ...head,
          id: key('read'),
          kind: 'point',
          reads: [z],
          writes: [key('read')],
          wide: [0],
          f: ([own]) => {
            const most = new Float64Array(map).fill(hasZero ? 0 : -Infinity);
            for (let i = 0; i < own.length; i++) most[i % map] = Math.max(most[i % map], own[i]);
            return [most];
          },
        }
      : {
          ...head,
          id: key('read'),
          kind: 'sum',
          reads: [z, ...(form.readout === 'last' ? [key('chosen')] : [])],
          writes: [key('read')],
          roundings: T + 2,
          grid: form.readout === 'mean' ? inexact : ([o]) => o,
          f([own, which]) {
            if (form.readout === 'first') return computeFirst(own, T);
            const out = new Float64Array(rows * C);
            for (let i = 0; i < own.length; i++)
              out[form.readout === 'each' ? i : i % map] += own[i] * (which ? which[i] : share);
            return out;
          },
        },
  ];
  const spread = (D: Floats, which: Floats | undefined): Float64Array => {
    const out = new Float64Array(T * map);
    const sign = form.readout === 'first' ? 1 : share;
    for (let i = 0; i < out.length; i++)
      out[i] = sign * D[form.readout === 'each' ? i : i % map] * (which ? which[i] : 1);
    return out;
  };
  const back: Stage = {
    ...head,
    id: `gradient.${n}`,
    kind: 'sum',
    reads: [key('difference'), ...(isChosen ? [key('chosen')] : [])],
    writes: [dz],
    roundings: 6,
    grid: inexact,
    f: ([D, which]) => spread(D, which).map((each) => each * scale),
  };
  const all: Stage = {
    ...head,
    id: 'loss.0',
    kind: 'sum',
    reads: [key('rows')],
    writes: ['loss'],
    roundings: rows * C + 8,
    grid: inexact,
    f: ([each]) => Float64Array.of(scale * total(each, (one) => one)),
  };
  if (form.compares === 'squares')
    return [
      ...read,
      {
        ...head,
        id: key('difference'),
        kind: 'point',
        reads: [key('read'), 'label'],
        writes: [key('difference')],
        wide: [2, 0],
        least: [4 * ε * Math.max(...targets.map(Math.abs))],
        f: ([own, label]) => [
          Float64Array.from(
            own,
            (value, i) => 2 * (value - targets[i % C === labelOf(label, Math.floor(i / C)) ? 0 : 1]),
          ),
        ],
      },
      back,
      {
        ...head,
        id: key('rows'),
        kind: 'point',
        reads: [key('difference')],
        writes: [key('rows')],
        wide: [4],
        f: ([D]) => [Float64Array.from(D, (d) => (d / 2) ** 2)],
      },
      all,
    ];
  return [...read, ...softmaxStages(head, rows, C, { smoothing, isSoftened, labelOf }), back, all];
}

interface Softmax {
  readonly smoothing: number;
  readonly isSoftened: boolean;
  readonly labelOf: (label: Floats, row: number) => number;
}

/** Softmax cross entropy of each row, and its derivative by what is read. */
function softmaxStages(
  head: { readonly stage: string; readonly n: number },
  rows: number,
  C: number,
  { smoothing, isSoftened, labelOf }: Softmax,
): Stage[] {
  const key = (what: string): string => `loss.${what}`;
  const eachRow = (of: (from: number, row: number) => void): void =>
    range(rows).forEach((row) => of(row * C, row));
  const softmaxOf = (z: Floats): Float64Array => {
    const q = new Float64Array(z.length);
    eachRow((from) => {
      const most = Math.max(...z.subarray(from, from + C));
      let sum = 0;
      for (let i = from; i < from + C; i++) sum += q[i] = Math.exp(z[i] - most);
      for (let i = from; i < from + C; i++) q[i] /= sum;
    });
    return q;
  };
  const target = (i: number, label: Floats): number =>
    (i % C === labelOf(label, Math.floor(i / C)) ? 1 - smoothing : 0) + smoothing / C;
  const z = key(isSoftened ? 'softened' : 'read');
  const D = key(isSoftened ? 'dsoftened' : 'difference');
  const soften: Stage[] = [
    {
      ...head,
      id: z,
      kind: 'point',
      reads: [key('read')],
      writes: [z],
      wide: [8],
      f: ([own]) => [softmaxOf(own)],
    },
  ];
  const back: Stage[] = [
    {
      ...head,
      id: key('difference'),
      kind: 'point',
      reads: [z, D],
      writes: [key('difference')],
      wide: [8, 8],
      f: ([q, d]) => {
        const out = new Float64Array(q.length);
        eachRow((from) => {
          let mean = 0;
          for (let i = from; i < from + C; i++) mean += q[i] * d[i];
          for (let i = from; i < from + C; i++) out[i] = q[i] * (d[i] - mean);
        });
        return [out];
      },
    },
  ];
  return [
    ...(isSoftened ? soften : []),
    {
      ...head,
      id: key('greatest'),
      kind: 'exact',
      reads: [z],
      writes: [key('greatest')],
      f: ([own]) => {
        const most = new Float64Array(rows);
        eachRow((from, row) => (most[row] = Math.max(...own.subarray(from, from + C))));
        return [most];
      },
    },
    {
      ...head,
      id: key('powers'),
      kind: 'point',
      reads: [z, key('greatest')],
      writes: [key('powers')],
      wide: [4, 0],
      f: ([own, most]) => [Float64Array.from(own, (value, i) => Math.exp(value - most[Math.floor(i / C)]))],
    },
    {
      ...head,
      id: key('others'),
      kind: 'sum',
      reads: [key('powers')],
      writes: [key('others')],
      roundings: C + 8,
      f: ([e]) => {
        const sums = new Float64Array(e.length);
        eachRow((from) => {
          for (let i = from; i < from + C; i++)
            for (let k = from; k < from + C; k++) if (k !== i) sums[i] += e[k];
        });
        return sums;
      },
    },
    {
      ...head,
      id: D,
      kind: 'point',
      reads: [key('powers'), key('others'), 'label'],
      writes: [D],
      wide: [4, 4, 0],
      least: [8 * ε],
      // 1 − e/(e + S) is S/(e + S), which cancels nothing.
      f: ([e, S, label]) => [
        Float64Array.from(e, (each, i) => {
          const share = target(i, label);
          return share > 0.5 ? 1 - share - S[i] / (each + S[i]) : each / (each + S[i]) - share;
        }),
      ],
    },
    {
      ...head,
      id: key('rows'),
      kind: 'point',
      reads: [z, key('greatest'), key('powers'), key('others'), 'label'],
      writes: [key('rows')],
      wide: [4, 0, 4, 4, 0],
      least: [8 * ε],
      f: ([own, most, e, S, label]) => {
        const losses = new Float64Array(rows);
        eachRow((from, row) => {
          for (let i = from; i < from + C; i++)
            losses[row] += target(i, label) * (most[row] - own[i] + Math.log(e[i] + S[i]));
        });
        return [losses];
      },
    },
    ...(isSoftened ? back : []),
  ];
}
