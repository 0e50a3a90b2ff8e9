/** Tests of windows in fixed point. Without rounding they equal those in binary32, and mistakes in them are named. */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { real } from '../../spec/arithmetic.ts';
import { buildNetwork } from '../../spec/dictionary.ts';
import { authors, paper, type Variant } from '../../spec/variant.ts';
import { explainFixed, type FixedVector } from '../../src/oracle/asf/fixed.ts';
import { expectedFixed, formatOf, nameOfFormat, unitsOf } from '../../src/oracle/files/fixedCase.ts';
import { slotsOf } from '../../src/oracle/keys.ts';
import { tensorOf } from '../../src/oracle/options.ts';
import { expected } from '../../src/oracle/oracle.ts';
import { refusalOf } from '../fuzz/refusal.ts';
import { law } from '../spec/support.ts';
import { fixedSet } from '../vectors/generator/cases.ts';
import { windowOf } from '../vectors/generator/fixed.ts';
import { stacks, worldOf } from '../vectors/generator/worlds.ts';

/** A network and its input arrays. */
function optionsOf(stack: string, seed: number, variant: Variant) {
  const { description, B, inputs: given } = worldOf(stack, seed, true, variant);
  const places = slotsOf(buildNetwork(description, variant, real), B);
  const arrays = new Map([...given].map(([key, values]) => [key, tensorOf(values, places.get(key)!.shape)]));
  return { network: { ...description, variant }, arrays };
}

/** The vector of a network, as in its file. */
function vectorOf(options: ReturnType<typeof optionsOf>, name: string): FixedVector {
  const { fixedCase: window, inputs: given, expected: made } = expectedFixed(options, formatOf(name)!);
  const arrays = new Map([...given, ...[...made].map(([key, units]) => [`expected.${key}`, units] as const)]);
  return { ...window, arrays };
}

type Supplied = Map<string, number[]>;

/** All arrays that a vector expects. */
function right({ arrays }: FixedVector): Supplied {
  const all = [...arrays].filter(([key]) => key.startsWith('expected.'));
  return new Map(all.map(([key, values]) => [key.slice(9), Array.from(values)]));
}

const idsOf = (vector: FixedVector, supplied: Supplied): string[] | undefined =>
  explainFixed(vector, supplied)?.explains.map(({ id }) => id);

const wide = formatOf('fixed-26-14-truncate-saturate')!;

const seeds = fc.integer({ min: 1, max: 2 ** 30 });

const worlds = fc.tuple(fc.constantFrom(...Object.keys(stacks)), seeds, fc.constantFrom(paper, authors));
law(
  'a window that neither rounds nor overflows is that of binary32',
  worlds,
  60,
  ([stack, seed, variant]) => {
    const options = optionsOf(stack, seed, variant);
    const plain = expected(options);
    const { expected: made, inputs: given } = expectedFixed(options, wide);
    for (const [key, units] of [...given, ...made]) {
      const numbers = Array.from(units, (value) => value / (/(spikes|FO)$/.test(key) ? 1 : 2 ** 14));
      expect(numbers, key).toEqual(Array.from(plain.get(key)!.data as Float32Array, (u) => u + 0));
    }
    for (const what of ['current', 'compared', 'spikes', 'FI', 'FO'])
      expect(made.has(`layer1.${what}`)).toBe(true);
  },
);

it('a window needs weights, and spikes or what they are made of', () => {
  const { network, arrays } = optionsOf('pools', 5, paper);
  const without = (key: string) => new Map([...arrays].filter(([name]) => name !== key));
  const said = (key: string) => refusalOf(() => expectedFixed({ network, arrays: without(key) }, wide));
  expect(said('layer1.weight')).toMatch(/"layer1.weight" expected an array, got nothing/);
  expect(said('input.spikes')).toMatch(/"input.spikes" expected an array, or image with .*, got nothing/);
});

it('formats have names, and no others are formats', () => {
  const names = ['8-4-truncate-saturate', '26-26-nearest-wrap', '2-0-nearest-saturate'];
  for (const name of names) expect(nameOfFormat(formatOf(`fixed-${name}`)!)).toBe(`fixed-${name}`);
  const others = ['27-4-truncate-saturate', '1-0-nearest-wrap', '8-9-nearest-wrap', '8-4'];
  for (const name of others) expect(formatOf(`fixed-${name}`)).toBeUndefined();
});

const whole = {
  λ: 13,
  Vth: 11,
  fit: (n: number) => Math.max(-128, Math.min(127, n)),
  shift: (n: number) => n >> 4,
  fires: (u: number, Vth: number) => u >= Vth,
  kept: (u: number, o: number) => (o ? 0 : u),
  late: 0,
};

/** `compared` and `spikes` of integer neurons with the currents x. */
function run(x: number[], size: number, change: Partial<typeof whole> = {}): Supplied {
  const { λ, Vth, fit, shift, fires, kept, late } = { ...whole, ...change };
  const [compared, spikes] = [x.slice(), x.slice()];
  for (let i = 0; i < size; i++) {
    let [u, o] = [0, 0];
    for (let at = i; at < x.length; at += size) {
      u = fit(fit(shift(λ * kept(u, o))) + fit(x[at - late * size] ?? 0));
      o = fires(u, Vth) ? 1 : 0;
      [compared[at], spikes[at]] = [u, o];
    }
  }
  return new Map(Object.entries({ 'layer1.compared': compared, 'layer1.spikes': spikes }));
}

const neurons = fixedSet().filter(({ stage, variant }) => stage === 'neuron' && variant === paper);

it.each(neurons)('layer 1 of $name is an integer neuron, and exceeds both ends of its format', (draft) => {
  const { format, description } = draft;
  const { width, fraction, rounding, overflow } = format;
  const window = windowOf(draft);
  const of = (what: string): number[] =>
    Array.from(unitsOf(`layer1.${what}`, window.get(`layer1.${what}`)!, format));
  const half = rounding === 'nearest' ? 1 << (fraction - 1) : 0;
  const constant = (value: number): number => Math.floor(value * 2 ** fraction + (half ? 0.5 : 0));
  const [most, ends] = [2 ** (width - 1), new Set<number>()];
  const fit = (n: number): number => {
    if (n < -most || n >= most) ends.add(Math.sign(n));
    return overflow === 'wrap' ? (n << (32 - width)) >> (32 - width) : Math.max(-most, Math.min(most - 1, n));
  };
  const [Vth, λ] = [constant(description.threshold), constant(description.leak!)];
  const x = of('current');
  const shift = (n: number): number => (n + half) >> fraction;
  const made = run(x, x.length / description.timeWindow, { λ, Vth, fit, shift });
  expect([...made.values()]).toEqual([of('potential'), of('spikes')]);
  expect([...ends].sort()).toEqual([-1, 1]);
});

const draft = neurons[0];
const tracks = new Map(
  [...windowOf(draft!)].flatMap(([key, values]) => {
    if (!/^layer\d+\.(current|compared|potential|spikes)$/.test(key)) return [];
    const name = key.endsWith('current') ? key : `expected.${key}`;
    return [[name, unitsOf(key, values, draft!.format)] as const];
  }),
);
const x = Array.from(tracks.get('layer1.current')!);
const size = x.length / draft!.description.timeWindow;
const wrap = (n: number): number => (n << 24) >> 24;

it.each<[string, Partial<typeof whole>]>([
  ['rounding=nearest', { shift: (n) => (n + 8) >> 4 }],
  ['rounding=towardsZero', { shift: (n) => Math.trunc(n / 16) }],
  ['overflow=wrap', { fit: wrap }],
  ['overflow=none', { fit: (n) => n }],
  ['width=7', { fit: (n) => Math.max(-64, Math.min(63, n)) }],
  ['fires=aboveThreshold', { fires: (u) => u > 11 }],
  ['reset-by-subtraction', { kept: (u, o) => u - 11 * o }],
  ['reset-missing', { kept: (u) => u }],
  ['negative-potential-forgotten', { kept: (u, o) => (o ? 0 : Math.max(0, u)) }],
  ['neuron-one-step-late', { late: 1 }],
  ['overflow=wrap + reset-by-subtraction', { fit: wrap, kept: (u, o) => u - 11 * o }],
  ['rounding=nearest + fires=aboveThreshold', { shift: (n) => (n + 8) >> 4, fires: (u) => u > 11 }],
  ['overflow=wrap + neuron-one-step-late', { fit: wrap, late: 1 }],
])('an integer neuron that makes the mistake %s has it named', (id, mistake) => {
  const vector: FixedVector = { ...draft!, arrays: tracks };
  expect(explainFixed(vector, run(x, size))).toBeUndefined();
  expect(idsOf(vector, run(x, size, mistake))).toContain(id);
});

const truncated = 'fixed-12-6-truncate-wrap';

it.each<[string, Variant, Variant, string]>([
  ['fires=aboveThreshold', paper, { ...paper, fires: 'aboveThreshold' }, 'dense'],
  ['averagePool=ownThreshold', authors, { ...authors, averagePool: 'ownThreshold' }, 'pools'],
])('another answer is named, %s', (id, variant, other, stack) => {
  const vector = vectorOf(optionsOf(stack, 7, variant), truncated);
  expect(idsOf(vector, right(vectorOf(optionsOf(stack, 7, other), truncated)))).toContain(id);
});

it.each([
  ['kernel-flipped', 'pools', 'layer1.weight', (i: number) => i + 8 - 2 * (i % 9)],
  ['weights-transposed', 'dense', 'layer2.weight', (i: number) => (i % 6) * 6 + Math.floor(i / 6)],
])('weights that are read in another order are named, %s', (id, stack, key, place) => {
  const options = optionsOf(stack, 7, paper);
  const weight = options.arrays.get(key)!;
  const data = Float32Array.from(weight.data as Float32Array, (_, i) => Number(weight.data[place(i)]));
  const arrays = new Map([...options.arrays, [key, tensorOf(data, weight.shape)]]);
  const supplied = right(vectorOf({ ...options, arrays }, truncated));
  expect(idsOf(vectorOf(options, truncated), supplied)).toContain(id);
});

const saturating = vectorOf(optionsOf('dense', 3, paper), 'fixed-6-3-truncate-saturate');

it('a wrap in the neuron alone is named, where the currents are right', () => {
  const current = right(saturating).get('layer1.current')!;
  const mine = run(current, 12, { λ: 4, Vth: 4, shift: (n) => n >> 3, fit: (n) => (n << 26) >> 26 });
  expect(idsOf(saturating, mine.set('layer1.current', current))).toContain('overflow=wrap');
});

it('a wide accumulator is named', () => {
  const [weights, spikes] = ['layer1.weight', 'input.spikes'].map((key) => saturating.arrays.get(key)!);
  const [units, inputs] = [6, 32];
  const sums = Array.from({ length: (spikes!.length / inputs) * units }, (_, k) => {
    const [map, unit] = [Math.floor(k / units) * inputs, (k % units) * inputs];
    let sum = 0;
    for (let i = 0; i < inputs; i++) sum += weights![unit + i]! * spikes![map + i]!;
    return Math.max(-32, Math.min(31, sum));
  });
  expect(sums).not.toEqual(Array.from(saturating.arrays.get('expected.layer1.current')!));
  expect(idsOf(saturating, new Map([['layer1.current', sums]]))).toContain('sums-saturate-once');
});

it('nothing is named where too little differs, or where what enters is not there', () => {
  const vector = vectorOf(optionsOf('pools', 7, authors), truncated);
  const other = right(vectorOf(optionsOf('pools', 7, { ...authors, maxPoolFlow: 'spikes' }), truncated));
  expect(explainFixed(vector, other)).toEqual({ n: 3, explains: [], limit: 'evidence' });
  const arrays = new Map([...vector.arrays].filter(([key]) => key !== 'layer1.weight'));
  const noise = right(vector);
  noise.get('layer1.current')![0]! += 1;
  expect(explainFixed({ ...vector, arrays }, noise)).toEqual({ n: 1, explains: [], limit: 'inputs' });
});

const places = fc.tuple(fc.constantFrom(...Object.keys(stacks)), seeds, fc.nat(2 ** 20));
law('noise has no name, and what is right no explanation', places, 20, ([name, seed, place]) => {
  const vector = vectorOf(optionsOf(name, seed, authors), truncated);
  const supplied = right(vector);
  expect(explainFixed(vector, supplied)).toBeUndefined();
  const wrong = supplied.get('layer1.compared')!;
  wrong[place % wrong.length]! += 1 + (place % 5);
  expect(idsOf(vector, supplied)).toEqual([]);
});
