/** The figure of `variants`: the difference between each switch and its base, over the band of differences that seeds explain. */
import type { Figure } from './experiment.ts';
import { labelOf } from './switches.ts';
import type { Judged, ArmVerdict } from './verdicts.ts';

const colours = {
  'a seed of a base': '#555',
  'inside the band': '#0b5cad',
  'outside the band': '#d55e00',
  'the bits of the base': '#009e73',
};
type Kind = keyof typeof colours;

const kinds: Readonly<Record<ArmVerdict, Kind>> = {
  base: 'a seed of a base',
  same: 'the bits of the base',
  inside: 'inside the band',
  outside: 'outside the band',
  failed: 'outside the band',
  open: 'inside the band',
};

/** The scale spreads small differences and compresses large ones: it is linear up to about this many points. */
const linear = 0.5;
const ticks = [0.5, 1, 2, 5, 10, 20, 50];

/** One dot per training, in points of accuracy. */
function dotsOf(judged: readonly Judged[]): { row: string; kind: Kind; difference: number }[] {
  return judged.flatMap(({ arm, measured, accuracy, difference, verdict }) => {
    if (accuracy === undefined || (arm.switched && difference === undefined)) return [];
    const base = accuracy - (difference ?? 0);
    return measured.map(({ last }) => ({
      row: rowOf(arm),
      kind: kinds[arm.switched ? verdict : 'base'],
      difference: 100 * (last - base),
    }));
  });
}

const rowOf = (arm: Judged['arm']): string => (arm.switched ? labelOf(arm) : `${labelOf(arm)}: seeds`);

export function figureOf(judged: readonly Judged[]): Figure {
  const rows = judged.map(({ arm }) => rowOf(arm));
  const dots = dotsOf(judged);
  const bands = judged.flatMap(({ arm, band }) =>
    band === undefined ? [] : [{ row: rowOf(arm), low: -100 * band, high: 100 * band }],
  );
  const failed = judged
    .filter(({ verdict, difference }) => verdict === 'failed' && difference === undefined)
    .map(({ arm }) => ({ row: rowOf(arm), difference: 0 }));
  const reach = [
    ...dots.map(({ difference }) => difference),
    ...bands.flatMap(({ low, high }) => [low, high]),
  ];
  const domain = [Math.min(-1, ...reach), Math.max(1, ...reach)].map((end) => 1.1 * end);
  const values = [...ticks.map((tick) => -tick).reverse(), 0, ...ticks];
  const y = { field: 'row', type: 'nominal', scale: { domain: rows }, title: null };
  const x = {
    type: 'quantitative',
    title: 'test accuracy − that of the base, points (not a linear scale)',
    scale: { type: 'symlog', constant: linear, domain, nice: false },
    axis: {
      values: values.filter((tick) => tick >= domain[0] && tick <= domain[1]),
      labelExpr: "datum.value === 0 ? '0' : (datum.value > 0 ? '+' : '−') + abs(datum.value)",
      labelOverlap: false,
    },
  };
  return {
    width: 500,
    height: { step: 20 },
    encoding: { y: { ...y, axis: { labelLimit: 0, grid: true } } },
    layer: [
      {
        data: { values: bands },
        mark: { type: 'bar', color: '#ccc', height: { band: 0.9 } },
        encoding: { x: { ...x, field: 'low' }, x2: { field: 'high' } },
      },
      {
        data: { values: [{ difference: 0 }] },
        mark: { type: 'rule', color: '#555' },
        encoding: { x: { ...x, field: 'difference' }, y: null },
      },
      {
        data: { values: dots },
        mark: { type: 'point', filled: true, size: 50, opacity: 1 },
        encoding: {
          x: { ...x, field: 'difference' },
          color: {
            field: 'kind',
            type: 'nominal',
            scale: { domain: Object.keys(colours), range: Object.values(colours) },
            legend: { title: null, labelLimit: 0, orient: 'bottom', symbolSize: 50 },
          },
        },
      },
      {
        data: { values: failed },
        mark: { type: 'text', text: 'failed', align: 'left', dx: 6, color: colours['outside the band'] },
        encoding: { x: { ...x, field: 'difference' } },
      },
    ],
  };
}
