/** Mistakes in fixed point are named: those of an integer neuron that is written here, and those of the catalogue. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { authors, paper, type Variant } from '../../spec/variant.ts';
import { explainFixed, type FixedVector } from '../../src/oracle/asf/fixed.ts';
import { expectedFixed, formatOf, unitsOf } from '../../src/oracle/files/fixedCase.ts';
import { drawing } from '../support.ts';
import { fixedSet } from '../vectors/generator/cases.ts';
import { windowOf } from '../vectors/generator/fixedCases.ts';
import { optionsOf } from './fixedWorlds.ts';

/** The vector of a network, as its file has it. */
function vectorOf(options: ReturnType<typeof optionsOf>, name: string): FixedVector {
  const format = formatOf(name)!;
  const { window, given, made } = expectedFixed(options, format);
  const { description, variant, B } = window;
  const arrays = new Map([...given, ...[...made].map(([key, units]) => [`expected.${key}`, units] as const)]);
  return { description, variant, B, format, arrays };
}

type Supplied = Map<string, number[]>;

/** What an implementation hands in: everything that is expected. */
const right = ({ arrays }: FixedVector): Supplied =>
  new Map(
    [...arrays].flatMap(([key, values]) =>
      key.startsWith('expected.') ? [[key.slice(9), Array.from(values)] as const] : [],
    ),
  );

const idsOf = (vector: FixedVector, supplied: Supplied): string[] | undefined =>
  explainFixed(vector, supplied)?.explains.map(({ id }) => id);

describe('an integer neuron', () => {
  const [draft] = fixedSet().filter(
    ({ stage, variant, name }) =>
      stage === 'neuron' && variant === paper && name === 'fixed-8-4-truncate-saturate',
  );
  const { format, description, variant, B } = draft!;
  const window = windowOf(draft!);
  const arrays = new Map(
    [...window].flatMap(([key, values]) => {
      const units = unitsOf(key === 'encoded.spikes' ? 'input.spikes' : key, values, format);
      if (/^layer\d+\.current$/.test(key)) return [[key, units] as const];
      return /^layer\d+\.(compared|potential|spikes)$/.test(key) ? [[`expected.${key}`, units] as const] : [];
    }),
  );
  const vector: FixedVector = { description, variant, B, format, arrays };

  /** Vth is 11 and λ 13 sixteenths. */
  function run({
    fit = (n: number) => Math.max(-128, Math.min(127, n)),
    shift = (n: number) => n >> 4,
    fires = (u: number) => u >= 11,
    kept = (u: number, o: number) => (o ? 0 : u),
    late = 0,
  } = {}): Supplied {
    const x = Array.from(arrays.get('layer1.current')!);
    const [compared, spikes] = [x.slice(), x.slice()];
    const size = x.length / description.timeWindow;
    for (let i = 0; i < size; i++) {
      let [u, o] = [0, 0];
      for (let at = i; at < x.length; at += size) {
        u = fit(fit(shift(13 * kept(u, o))) + (x[at - late * size] ?? 0));
        o = fires(u) ? 1 : 0;
        [compared[at], spikes[at]] = [u, o];
      }
    }
    return new Map([
      ['layer1.compared', compared],
      ['layer1.spikes', spikes],
    ]);
  }

  it('that is right differs nowhere', () => {
    expect(explainFixed(vector, run())).toBeUndefined();
  });

  it.each<[string, Parameters<typeof run>[0]]>([
    ['rounding=nearest', { shift: (n) => (n + 8) >> 4 }],
    ['rounding=towardsZero', { shift: (n) => Math.trunc(n / 16) }],
    ['overflow=wrap', { fit: (n) => (n << 24) >> 24 }],
    ['overflow=none', { fit: (n) => n }],
    ['fires=aboveThreshold', { fires: (u) => u > 11 }],
    ['reset-by-subtraction', { kept: (u, o) => u - 11 * o }],
    ['reset-missing', { kept: (u) => u }],
    ['negative-potential-forgotten', { kept: (u, o) => (o ? 0 : Math.max(0, u)) }],
    ['neuron-one-step-late', { late: 1 }],
    ['overflow=wrap + reset-by-subtraction', { fit: (n) => (n << 24) >> 24, kept: (u, o) => u - 11 * o }],
    ['rounding=nearest + fires=aboveThreshold', { shift: (n) => (n + 8) >> 4, fires: (u) => u > 11 }],
  ])('that makes the mistake %s has it named', (id, mistake) => {
    expect(idsOf(vector, run(mistake))).toContain(id);
  });
});

it.each<[string, Variant, Variant, string]>([
  ['fires=aboveThreshold', paper, { ...paper, fires: 'aboveThreshold' }, 'dense'],
  ['averagePool=ownThreshold', authors, { ...authors, averagePool: 'ownThreshold' }, 'pools'],
])('another answer is named, %s', (id, variant, other, stack) => {
  const name = 'fixed-12-6-nearest-saturate';
  const vector = vectorOf(optionsOf(stack, 7, variant), name);
  const supplied = right(vectorOf(optionsOf(stack, 7, other), name));
  expect(idsOf(vector, supplied)).toContain(id);
});

it('nothing is named where too little differs, or where what enters is not there', () => {
  const name = 'fixed-12-6-nearest-saturate';
  const vector = vectorOf(optionsOf('pools', 7, authors), name);
  const other = right(vectorOf(optionsOf('pools', 7, { ...authors, maxPoolFlow: 'spikes' }), name));
  expect(explainFixed(vector, other)).toEqual({ n: 3, explains: [], limit: 'evidence' });
  const arrays = new Map([...vector.arrays].filter(([key]) => key !== 'layer1.weight'));
  const noise: Supplied = new Map([
    [
      'layer1.current',
      right(vector)
        .get('layer1.current')!
        .map((x) => x + 1),
    ],
  ]);
  expect(explainFixed({ ...vector, arrays }, noise)).toEqual({ n: 1, explains: [], limit: 'inputs' });
});

it('a wrap in the neuron alone is named, where the currents are right', () => {
  const name = 'fixed-6-3-truncate-saturate';
  const vector = vectorOf(optionsOf('dense', 3, paper), name);
  const supplied = right(vector);
  const [size, λ, Vth] = [12, 4, 4];
  const x = supplied.get('layer1.current')!;
  const fit = (n: number) => (n << 26) >> 26;
  const [compared, spikes] = [x.slice(), x.slice()];
  for (let i = 0; i < size; i++) {
    let [u, o] = [0, 0];
    for (let at = i; at < x.length; at += size) {
      u = fit(fit((λ * (o ? 0 : u)) >> 3) + x[at]!);
      o = u >= Vth ? 1 : 0;
      [compared[at], spikes[at]] = [u, o];
    }
  }
  const mine: Supplied = new Map([
    ['layer1.current', x],
    ['layer1.compared', compared],
    ['layer1.spikes', spikes],
  ]);
  expect(compared).not.toEqual(supplied.get('layer1.compared'));
  expect(idsOf(vector, mine)).toContain('overflow=wrap');
});

it.each([
  ['kernel-flipped', 'pools', (w: readonly number[]) => w.map((_, i) => w[i + 8 - 2 * (i % 9)]!)],
  [
    'weights-transposed',
    'dense',
    (w: readonly number[]) => w.map((_, i) => w[(i % 6) * 6 + Math.floor(i / 6)]!),
  ],
])('weights that are read in another order are named, %s', (id, stack, change) => {
  const name = 'fixed-12-6-truncate-wrap';
  const options = optionsOf(stack, 7, paper);
  const key = id === 'kernel-flipped' ? 'layer1.weight' : 'layer2.weight';
  const weight = options.arrays.get(key)!;
  const data = Float32Array.from(change(Array.from(weight.data as Float32Array)));
  const changed = new Map([...options.arrays, [key, { ...weight, data } as typeof weight]]);
  const vector = vectorOf(options, name);
  const supplied = right(vectorOf({ ...options, arrays: changed }, name));
  expect(idsOf(vector, supplied)).toContain(id);
});

it('a wide accumulator is named', () => {
  const options = optionsOf('dense', 3, paper);
  const vector = vectorOf(options, 'fixed-6-3-truncate-saturate');
  const weights = Array.from(vector.arrays.get('layer1.weight')!);
  const spikes = Array.from(vector.arrays.get('input.spikes')!);
  const [units, inputs] = [6, 32];
  const sums = Array.from({ length: (spikes.length / inputs) * units }, (_, k) => {
    const [map, unit] = [Math.floor(k / units), k % units];
    let sum = 0;
    for (let i = 0; i < inputs; i++) sum += weights[unit * inputs + i]! * spikes[map * inputs + i]!;
    return Math.max(-32, Math.min(31, sum));
  });
  const supplied: Supplied = new Map([['layer1.current', sums]]);
  expect(sums).not.toEqual(Array.from(vector.arrays.get('expected.layer1.current')!));
  expect(idsOf(vector, supplied)).toContain('sums-saturate-once');
});

it('noise has no name, and what is right no explanation', () => {
  const property = fc.property(
    fc.integer({ min: 1, max: 2 ** 30 }),
    fc.constantFrom('dense', 'pools', 'biased', 'strided'),
    fc.nat(2 ** 20),
    (seed, stack, place) => {
      const vector = vectorOf(optionsOf(stack, seed, authors), 'fixed-12-6-truncate-wrap');
      const supplied = right(vector);
      expect(explainFixed(vector, supplied)).toBeUndefined();
      const wrong = supplied.get('layer1.compared')!;
      wrong[place % wrong.length]! += 1 + (place % 5);
      expect(idsOf(vector, supplied)).toEqual([]);
    },
  );
  fc.assert(property, drawing(20));
});
