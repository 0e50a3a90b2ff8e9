/** Arrays that differ in a way that can be said: each plain change of a right array has its words, and no other has them. */
import { describe as group, expect, it } from 'vitest';
import { real } from '../../spec/arithmetic.ts';
import { paper } from '../../spec/variant.ts';
import { describe } from '../../src/oracle/describe.ts';
import type { Interval, Values } from '../../src/oracle/interval.ts';
import { keys, sizeOf, type Place } from '../../src/oracle/keys.ts';
import { settingOf, situationOf } from '../../src/oracle/stagePart.ts';
import { drawWorld, judge } from './planted.ts';
import { made, worldOf } from './worlds.ts';

/** A step of B samples; T = 5, Vth = 0.75, 3 classes. */
const stepOf = (B: number) =>
  settingOf(
    situationOf(
      {
        input: { channels: 1, height: 1, width: 4 },
        timeWindow: 5,
        threshold: 0.75,
        layers: [
          { kind: 'linear', units: 4 },
          { kind: 'linear', units: 3 },
        ],
      },
      paper,
      real,
      B,
    ),
  );

/** An array of a row of the table of keys, with sizes of its own. */
function placeOf(name: string, shape: readonly number[]): Place {
  const row = keys.find((key) => key.name === name)!;
  return { key: name.replace('{n}', '1'), row, n: name.startsWith('layer') ? 1 : 0, shape };
}

/** Numbers of which no two are near each other, nor multiples. */
const numbers = (count: number): number[] =>
  Array.from({ length: count }, (_, i) => (1.5 + ((i * 37) % 101) + i / 128) * (i % 3 === 0 ? -1 : 1));

interface Told {
  readonly place?: Place;
  readonly radius?: readonly number[];
  readonly others?: Readonly<Record<string, Interval>>;
  readonly B?: number;
}

const inRow = (count: number): Place => placeOf('layer{n}.db', [count]);

function said(value: readonly number[], got: readonly number[], told: Told = {}): string | undefined {
  const { place = inRow(value.length), radius, others = {}, B = 4 } = told;
  const interval = { value: Float64Array.from(value), radius: radius && Float64Array.from(radius) };
  return describe(place, interval, Float64Array.from(got), new Map(Object.entries(others)), stepOf(B));
}

group('a change of every number', () => {
  const x = numbers(12);
  it.each([
    [-1, '−1'],
    [2, '2'],
    [-0.5, '−1/2'],
    [4, 'B (= 4)'],
    [0.25, '1/B (= 0.25)'],
    [-5, '−T (= 5)'],
    [0.2, '1/T (= 0.2)'],
    [0.75, 'Vth (= 0.75)'],
    [4 / 3, '1/Vth (= 1.3333)'],
    [3.75, 'T·Vth (= 3.75)'],
    [1 / 3.75, '1/(T·Vth) (= 0.26667)'],
    [1 / 3, '1/classes (= 0.33333)'],
    [1.7, '1.7'],
    [2 * (1 + 2 ** -13), '2'],
    [2 * (1 + 2 ** -11), '2.001'],
    [2 * (1 + 2 ** -12), '2.0005'],
    [1 + 2 ** -11, '1.0005'],
    [-0.8, '−(T − 1)/T (= 0.8)'],
    [5 / 4, 'T/(T − 1) (= 1.25)'],
    [1 + 2 ** -12, '1.0002'],
  ])('a factor of %s', (factor, words) => {
    const got = x.map((v) => factor * v);
    expect(said(x, got)).toBe(`every number is ${words} × the expected`);
    expect(said(x, [...got.slice(0, -1), 1000])).toBeUndefined();
  });
  it.each([
    [1.2, 'B/(B − 1) (= 1.2)'],
    [5 / 6, '(B − 1)/B (= 0.83333)'],
  ])('a factor of %s, of a batch of 6', (factor, words) => {
    const got = x.map((v) => factor * v);
    expect(said(x, got, { B: 6 })).toBe(`every number is ${words} × the expected`);
  });

  it('a factor that is several of these names all, and of a batch of one the batch is none', () => {
    const half = x.map((v) => v / 2);
    expect(said(x, half, { B: 2 })).toBe('every number is 1/2 (= 1/B) × the expected');
    expect(said(x, half, { B: 4 })).toBe('every number is 1/2 × the expected');
    const negated = x.map((v) => -v);
    expect(said(x, negated, { B: 1 })).toBe('every number is −1 × the expected');
  });

  it('a factor is the median of the quotients of numbers that are not small', () => {
    const [value, radius] = [[0.001, 0.001, 0.001, 10, 20, 30], Array<number>(6).fill(0.2)];
    const doubled = value.map((v) => (v < 1 ? 0.3 : 2 * v));
    expect(said(value, doubled, { radius })).toBe('every number is 2 × the expected');
    // All are of one size; and of these one in the middle, and one at the end, is off within its bounds.
    const loose = [0, 0, 1, 0, 0.5];
    expect(said([2, -2, 2, -2, 2], [4, -4, 5.5, -4, 3.5], { radius: loose })).toBe(
      'every number is 2 × the expected',
    );
  });

  it('a factor that is 1 but for rounding, and one of 0 for most numbers, are none', () => {
    expect(
      said(
        x,
        x.map((v) => v * (1 + 2 ** -13)),
      ),
    ).toBeUndefined();
    expect(said([1, 1, 1, 1, 1], [0, 0, 0, 0, 5e-7])).toBe('every number is off by −1');
  });

  it('its inverse, of one number too', () => {
    expect(
      said(
        x,
        x.map((v) => 1 / v),
      ),
    ).toBe('it is 1 ÷ the expected');
    expect(said([0.5424], [1 / 0.5424])).toBe('it is 1 ÷ the expected');
    // What a small number may be off its inverse is off more.
    const radius = [2 ** -10, 2 ** -10];
    expect(said([0.125, 0.25], [8.12, 4], { radius })).toBe('it is 1 ÷ the expected');
    expect(said([0.125, 0.25], [8.13, 4], { radius })).toBeUndefined();
    expect(said([0, 2], [0, 0.5])).not.toBe('it is 1 ÷ the expected');
  });

  it('a constant, unless there is only one number', () => {
    expect(
      said(
        x,
        x.map((v) => v + 0.25),
      ),
    ).toBe('every number is off by 0.25');
    expect(
      said(
        x,
        x.map((v, i) => v - (i === 3 ? 0.26 : 0.25)),
      ),
    ).toBeUndefined();
    expect(said([4], [4.0005])).toBeUndefined();
  });

  it('zeros, and numbers that are none', () => {
    expect(
      said(
        x,
        x.map(() => 0),
      ),
    ).toBe('every number is 0');
    expect(
      said(
        x,
        x.map(() => NaN),
      ),
    ).toBe('every number is NaN');
    expect(said(x, [NaN, ...x.slice(1)])).toBe('number 0 is NaN');
    expect(
      said(
        x,
        x.map((v, i) => (i > 1 ? Infinity : v)),
      ),
    ).toBe('number 2 is Infinity');
  });

  it('nothing is said where only zeros are expected, nor of what is as it should be', () => {
    expect(said([0, 0], [0, 0])).toBeUndefined();
    expect(said([0, 0], [1, 1])).toBeUndefined();
    expect(said([1, 2, 2, 1], [1, 2, 2, 1])).toBeUndefined();
    expect(said([1, 2, 2, 1], [1.01, 2, 2, 1], { radius: [0.006, 0.006, 0.006, 0.006] })).toBeUndefined();
  });

  it('each number may be off by twice its bound and 2⁻²⁰ of a typical one, and that by the factor where this is large', () => {
    const isDoubledBut = (factor: number, off: number, radius: number): boolean =>
      said(
        x,
        x.map((v, i) => factor * v + (i === 5 ? off : 0)),
        { radius: x.map(() => radius) },
      )?.startsWith('every number is') === true;
    expect(isDoubledBut(-4, 0.079, 0.01)).toBe(true);
    expect(isDoubledBut(-4, 0.081, 0.01)).toBe(false);
    expect(isDoubledBut(0.25, 0.0199, 0.01)).toBe(true);
    expect(isDoubledBut(0.25, 0.0203, 0.01)).toBe(false);
    expect(said([1, 1, 1, 1], [-1, -1, -1 - 2 ** -20, -1])).toBe('every number is −1 × the expected');
    expect(said([1, 1, 1, 1], [-1, -1, -1 - 2 ** -19, -1])).toBeUndefined();
    const typical = x.map(Math.abs).sort((a, b) => a - b)[6];
    expect(isDoubledBut(-1, 0.9 * 2 ** -20 * typical, 0)).toBe(true);
    expect(isDoubledBut(-1, 1.1 * 2 ** -20 * typical, 0)).toBe(false);
  });
});

group('a change of places', () => {
  const places: readonly (readonly [Place, readonly string[]])[] = [
    [placeOf('layer{n}.current', [5, 3, 4, 7, 6]), ['step', 'sample', 'channel', 'row', 'column']],
    [placeOf('layer{n}.FI', [3, 4, 7, 6]), ['sample', 'channel', 'row', 'column']],
    [placeOf('layer{n}.FO', [4, 5]), ['sample', 'channel']],
    [placeOf('layer{n}.dw', [4, 3, 6, 5]), ['output', 'input', 'row', 'column']],
    [placeOf('layer{n}.dw', [4, 1, 6, 5]), ['output', 'input', 'row', 'column']],
    [placeOf('layer{n}.dw', [4, 7]), ['output', 'input']],
    [placeOf('layer{n}.db', [6]), ['output']],
    [placeOf('loss.sample', [6]), ['sample']],
  ];
  const cases = places.flatMap(([place, names]) =>
    names.flatMap((name, d) => (place.shape[d] > 1 ? [[place, name, d] as const] : [])),
  );

  /** What a change of the indices of one dimension makes; 0 where it leads outside. */
  function changed(place: Place, d: number, from: (index: number, size: number) => number) {
    const x = numbers(sizeOf(place.shape));
    const [size, step] = [place.shape[d], sizeOf(place.shape.slice(d + 1))];
    const got = x.map((_, i) => {
      const index = Math.floor(i / step) % size;
      const other = from(index, size);
      return other < 0 || other >= size ? 0 : x[i + (other - index) * step];
    });
    return said(x, got, { place });
  }

  it.each(cases)('$key by $1', (place, name, d) => {
    expect(changed(place, d, (i, size) => size - 1 - i)).toBe(`it is the expected array flipped by ${name}`);
    expect(changed(place, d, (i) => i - 1)).toBe(`it is the expected array one ${name} later, then 0`);
    expect(changed(place, d, (i) => i + 1)).toBe(`it is the expected array one ${name} earlier, then 0`);
    for (const by of [1, -1])
      expect(changed(place, d, (i, size) => (i + by + size) % size)).toBe(
        `it is the expected array rolled by one ${name}`,
      );
    const order = (i: number, size: number): number => (i < 3 ? [1, 0, 2][i] : size + 2 - i);
    const permuted = Array.from({ length: place.shape[d] }, (_, i) => order(i, place.shape[d])).join(' ');
    expect(changed(place, d, order)).toBe(`it is the expected array permuted by ${name}: ${permuted}`);
  });

  it('two dimensions of one size exchanged, and a matrix read as its transpose', () => {
    const kernels = placeOf('layer{n}.dw', [2, 3, 4, 4]);
    const x = numbers(96);
    const at = (i: number): number => i - (i % 16) + (i % 4) * 4 + (Math.floor(i / 4) % 4);
    expect(
      said(
        x,
        x.map((_, i) => x[at(i)]),
        { place: kernels },
      ),
    ).toBe('it is the expected array transposed, row and column');
    const square = placeOf('layer{n}.dw', [3, 3, 2]);
    const swap = (i: number): number => (Math.floor(i / 2) % 3) * 6 + Math.floor(i / 6) * 2 + (i % 2);
    const y = numbers(18);
    expect(
      said(
        y,
        y.map((_, i) => y[swap(i)]),
        { place: square },
      ),
    ).toBe('it is the expected array transposed, output and input');
    const z = numbers(15);
    for (const shape of [
      [3, 5],
      [3, 1, 5],
    ]) {
      const words = shape.length === 2 ? 'output and input' : 'output and row';
      const got = z.map((_, i) => z[(i % 3) * 5 + Math.floor(i / 3)]);
      expect(said(z, got, { place: placeOf('layer{n}.dw', shape) })).toBe(
        `it is the expected array transposed, ${words}`,
      );
    }
    const cube = placeOf('layer{n}.dw', [3, 5, 2]);
    const w = numbers(30);
    expect(
      said(
        w,
        w.map((_, i) => w[(i % 3) * 5 + Math.floor(i / 3)]),
        { place: cube },
      ),
    ).toBeUndefined();
  });

  it('of an order the first twelve places are named, and of more than 512 none is looked for', () => {
    const permuted = (count: number): string | undefined => {
      const x = Array.from({ length: count }, (_, i) => (i + 1) ** 2 + 0.5);
      return said(x, [x[1], x[0], ...x.slice(2)]);
    };
    const twelve = '1 0 2 3 4 5 6 7 8 9 10 11';
    expect(permuted(12)).toBe(`it is the expected array permuted by output: ${twelve}`);
    expect(permuted(13)).toBe(`it is the expected array permuted by output: ${twelve} …`);
    expect(permuted(512)).toContain('permuted');
    expect(permuted(513)).toBeUndefined();
  });

  it('an order is one of all: nothing is said where one of them is something else', () => {
    const x = numbers(6);
    expect(said(x, [x[1], x[0], x[2], x[3], x[4], 1000])).toBeUndefined();
    // Of two that are alike each is in its place.
    expect(said([7, 7, 9, 2], [7, 7, 2, 9])).toBe('it is the expected array permuted by output: 0 1 3 2');
  });

  it('each number may be off by its own bounds', () => {
    const [x, radius] = [
      [1, 5, 2, 8],
      [0, 0.1, 0, 0],
    ];
    expect(said(x, [5.19, 1, 2, 8], { radius })).toContain('permuted');
    expect(said(x, [5.21, 1, 2, 8], { radius })).toBeUndefined();
    expect(said(x, [5, 1.19, 2, 8], { radius })).toBeUndefined();
  });
});

group('another layer', () => {
  const place = placeOf('layer{n}.FI', [2, 3]);
  const [x, y] = [numbers(6), [9, 2, 7, -4, 11, 3]];
  const of = (key: string, value: number[], radius?: number[], got = y) =>
    said(x, got, {
      place,
      others: { [key]: { value: Float64Array.from(value), radius: radius && Float64Array.from(radius) } },
    });

  it('whose array of the same kind and size these numbers are', () => {
    expect(of('layer2.FI', y)).toBe('it is what is expected of layer2.FI');
    expect(of('layer12.FI', y)).toBe('it is what is expected of layer12.FI');
    for (const key of ['layer2.FO', 'layer1.FI', 'FI', 'input.FI']) expect(of(key, y)).toBeUndefined();
    expect(of('layer2.FI', [...y, 5])).toBeUndefined();
    expect(of('layer2.FI', [...y.slice(0, 5), 5])).toBeUndefined();
    expect(
      of(
        'layer2.FI',
        y,
        y.map(() => 0.1),
        y.map((v) => v + 0.19),
      ),
    ).toContain('layer2.FI');
    expect(
      of(
        'layer2.FI',
        y,
        y.map(() => 0.1),
        y.map((v) => v + 0.21),
      ),
    ).toBeUndefined();
    const none = y.map(() => 0);
    expect(of('layer2.FI', none, undefined, [1e-9, ...none.slice(1)])).toBeUndefined();
  });
});

group('numbers that have nothing to do with the expected ones', () => {
  /** Numbers of this cosine with alternating ones. */
  const leaning = (count: number, cosine: number): number[] =>
    Array.from({ length: count }, (_, i) => {
      const [one, other] = [i % 2 === 0 ? 1 : -1, Math.floor(i / 2) % 2 === 0 ? 1 : -1];
      return cosine * one + Math.sqrt(1 - cosine ** 2) * other;
    });
  const alternating = (count: number): number[] =>
    Array.from({ length: count }, (_, i) => (i % 2 === 0 ? 1 : -1));

  it('are at least 32, with a cosine below 4 / √n', () => {
    const of = (count: number, cosine: number) => said(alternating(count), leaning(count, cosine));
    expect(of(64, -0.45)).toBe('the numbers have nothing to do with the expected ones (cosine -0.450)');
    expect(of(64, 0.55)).toBeUndefined();
    expect(of(64, -0.55)).toBeUndefined();
    expect(of(32, 0.3)).toContain('nothing to do');
    expect(of(31, 0.3)).toBeUndefined();
    // Of 64 as many as make the cosine 1/2, which is 4 / √64, have the other sign.
    const signs = (most: number): number[] => alternating(64).map((v, i) => (i < most ? -3 : 3) * v);
    expect(said(alternating(64), signs(17))).toContain('(cosine 0.469)');
    expect(said(alternating(64), signs(16))).toBeUndefined();
  });
});

it('numbers of fixed point are at least 32 on one grid, on which the expected ones are not', () => {
  const expected = (count: number): number[] => numbers(count).map((v) => v / 3);
  const rounded = (count: number, bits: number, off = 2): number[] =>
    expected(count).map((v, i) => (Math.round(v * 2 ** bits) + ((i % 3) - 1) * off) / 2 ** bits);
  const of = (count: number, bits: number) => said(expected(count), rounded(count, bits));
  expect(of(40, 8)).toBe(
    'every number is a multiple of 1/256: fixed point is judged by a vector of your network (oracle run --precision, then check --inputs)',
  );
  expect(of(32, 14)).toContain('a multiple of 1/16384');
  expect([of(31, 8), of(40, 15), of(40, 0)]).toEqual([undefined, undefined, undefined]);
  const onGrid = rounded(40, 8, 0);
  expect(said(onGrid, rounded(40, 8))).toBeUndefined();
});

group('weights after the step', () => {
  const place = placeOf('layer{n}.weight.after', [4, 3]);
  const before = numbers(12);
  const steps = before.map((_, i) => ((i % 5) - 2.5) / 1000);
  const after = (factor: number): number[] => before.map((w, i) => w + factor * steps[i]);
  /** The numbers, with another fourth. */
  const put = (all: readonly number[], fourth: number): number[] => all.map((v, i) => (i === 3 ? fourth : v));
  const of = (got: readonly number[], radius = before.map(() => 0), at = place) =>
    said(after(1), got, {
      place: at,
      radius,
      others: { 'layer1.weight': { value: Float64Array.from(before) } },
    });

  it.each([
    [2, '2'],
    [-1, '−1'],
    [0.25, '1/B (= 0.25)'],
    [1.7, '1.7'],
  ])('whose change is %s × the expected', (factor, words) => {
    expect(of(after(factor))).toBe(`the step, after − before, is ${words} × the expected`);
    expect(of(put(after(factor), after(factor)[3] + 1e-4))).toBeUndefined();
  });

  it('whose change is the expected one but for rounding', () => {
    expect(of(after(1 + 2 ** -13))).toBeUndefined();
    expect(of(after(1 + 2 ** -12))).toContain('is 1.0002 × the expected');
    const whole = { place, others: { 'layer1.weight': { value: Float64Array.from(steps, () => 8) } } };
    const by = (factor: number): number[] => steps.map((_, i) => 8 + (1 + (i % 3)) * factor);
    expect(said(by(1), by(1 + 2 ** -12), whole)).toContain('is 1.0002 × the expected');
  });

  it('that are those before it', () => {
    expect(of(before)).toBe('it is what it was before the step');
    expect(of(put(before, after(1)[3]))).toBeUndefined();
  });

  it('each may be off by twice its bound, and that by the factor', () => {
    const radius = before.map(() => 1e-6);
    expect(of(put(after(2), after(2)[3] + 3.9e-6), radius)).toContain('is 2 × the expected');
    expect(of(put(after(2), after(2)[3] + 4.1e-6), radius)).toBeUndefined();
  });

  it('and of no other array', () => {
    expect(of(after(2), undefined, placeOf('layer{n}.dw', [4, 3]))).toBeUndefined();
    expect(said(after(1), after(2), { place })).toBeUndefined();
  });
});

it('moved spikes and potentials are those of the right run, whatever follows from them', () => {
  const world = drawWorld(3, paper);
  const arrays = new Map<string, Values>(made(world));
  const keysMoved = ['layer2.potential', 'layer2.spikes'];
  for (const key of keysMoved) {
    const right = arrays.get(key)!;
    const map = right.length / world.description.timeWindow;
    arrays.set(
      key,
      Float32Array.from(right, (_, i) => right[(i - map + right.length) % right.length]),
    );
  }
  const { findings } = judge(world, arrays).steps[0];
  const told = keysMoved.map((key) => findings.find((finding) => finding.key === key)!.description);
  expect(told).toEqual(Array(2).fill('it is the expected array rolled by one step'));
});

it('the report has the words of a step', () => {
  const world = worldOf(11, 1, paper, 1, false);
  const arrays = new Map<string, Values>(made(world));
  const before = world.given.get('layer1.weight')!;
  arrays.set(
    'layer1.weight.after',
    Float32Array.from(arrays.get('layer1.weight.after')!, (w, i) => before[i] + 2 * (w - before[i])),
  );
  expect(judge(world, arrays).description).toBe('the step, after − before, is 2 (= 1/Vth) × the expected');
});

it('the report has the words of the array that differs', () => {
  const world = worldOf(11, 1, paper, 1, true);
  const arrays = new Map<string, Values>(made(world));
  arrays.set(
    'layer1.dw',
    Float32Array.from(arrays.get('layer1.dw')!, (v) => -v),
  );
  const { steps, description } = judge(world, arrays, []);
  const { description: own } = steps[0].findings.find(({ key }) => key === 'layer1.dw')!;
  expect([description, own]).toEqual(Array(2).fill('every number is −1 × the expected'));
});
