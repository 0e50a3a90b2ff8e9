/** The random numbers equal those of the published generator, and depend only on their counter. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  augmentDraw,
  initialWeights,
  inputWord,
  logarithm,
  normalQuantile,
  ranges,
  shuffled,
  threefry,
  type Stream,
} from '../../spec/random.ts';
import { law } from './support.ts';

const word32 = fc.oneof(
  fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  fc.constantFrom(0, 1, 2 ** 31, 2 ** 32 - 1),
);
const epochs = fc.oneof(fc.integer({ min: 0, max: 2 ** 24 - 1 }), fc.constantFrom(0, 2 ** 24 - 1));

describe('Threefry-2x32-20', () => {
  it.each([
    ['zeros', [0, 0], [0, 0], [0x6b200159, 0x99ba4efe]],
    ['ones', [0xffffffff, 0xffffffff], [0xffffffff, 0xffffffff], [0x1cb996fc, 0xbb002be7]],
    ['digits of π', [0x13198a2e, 0x03707344], [0x243f6a88, 0x85a308d3], [0xc4923a9c, 0x483df7a0]],
  ])('gives the known answer that Random123 publishes: %s', (_, key, counter, answer) => {
    expect(threefry(key[0], key[1], counter[0], counter[1])).toEqual(answer);
  });

  law('gives two words of 32 bits', fc.tuple(word32, word32, word32, word32), 200, (words) => {
    for (const word of threefry(...words)) expect(word >>> 0).toBe(word);
  });
});

describe('layout', () => {
  const numberOf = { weights: 0n, train: 1n, test: 2n, shuffle: 3n, augment: 4n, split: 5n } as const;
  const key1 = (stream: Stream, epoch: number): number => Number((numberOf[stream] << 24n) + BigInt(epoch));

  law(
    'an input word is word t mod 2 of counter (sample, ⌊t/2⌋·2¹⁷ + index) under key (seed, stream·2²⁴ + epoch)',
    fc.record({
      draw: fc.record({
        seed: word32,
        stream: fc.constantFrom('train', 'test'),
        epoch: epochs,
        sample: word32,
      }),
      t: fc.oneof(fc.integer({ min: 0, max: 65535 }), fc.constantFrom(0, 1, 65534, 65535)),
      index: fc.oneof(fc.integer({ min: 0, max: 2 ** 17 - 1 }), fc.constantFrom(0, 2 ** 17 - 1)),
    }),
    500,
    ({ draw, t, index }) => {
      const counter1 = Number(((BigInt(t) >> 1n) << 17n) | BigInt(index));
      const words = threefry(draw.seed, key1(draw.stream, draw.epoch), draw.sample, counter1);
      expect(inputWord(draw, t, index)).toBe(words[t % 2]);
    },
  );

  const orders = fc.record({ seed: word32, epoch: epochs, stream: fc.constantFrom('shuffle', 'split') });
  law('two draws below 3 and 2 order three samples', orders, 400, ({ seed, epoch, stream }) => {
    const [first, second] = threefry(seed, key1(stream, epoch), 0, 0);
    const order = [0, 1, 2];
    const swap = (a: number, b: number): void => void ([order[a], order[b]] = [order[b], order[a]]);
    swap(2, Number((BigInt(first) * 3n) >> 32n));
    swap(1, Number((BigInt(second) * 2n) >> 32n));
    expect([...shuffled(3, seed, epoch, stream)]).toEqual(order);
    if (stream === 'shuffle') expect([...shuffled(3, seed, epoch)]).toEqual(order);
  });

  law(
    'draw n of stream augment is ⌊word·m / 2³²⌋ of word n mod 2 of counter (sample, ⌊n/2⌋)',
    fc.record({
      seed: word32,
      epoch: epochs,
      sample: word32,
      n: fc.nat(9),
      m: fc.integer({ min: 1, max: 1000 }),
    }),
    300,
    ({ n, m, ...draw }) => {
      const word = threefry(draw.seed, key1('augment', draw.epoch), draw.sample, n >> 1)[n & 1];
      expect(augmentDraw(draw, n, m)).toBe(Number((BigInt(word) * BigInt(m)) >> 32n));
    },
  );

  const roots = fc.tuple(word32, fc.constantFrom(1, 2, 4)); // √(2/fanIn) is exact
  law(
    'weight k is N(0, 2/fanIn) of word k mod 2 of counter (layer, ⌊k/2⌋) under key (seed, 0)',
    roots,
    100,
    ([seed, root]) => {
      const layer = 3;
      const w = initialWeights(5, 2 * root * root, seed, layer);
      for (let k = 0; k < 5; k++) {
        const word = threefry(seed, 0, layer, k >> 1)[k & 1];
        expect(w[k]).toBe(normalQuantile((word + 0.5) / 2 ** 32) / root);
      }
    },
  );
});

it('ranges are what the fields of key and counter hold', () => {
  expect(ranges).toEqual({
    seed: 0xffffffff,
    epoch: 0xffffff,
    sample: 0xffffffff,
    T: 65535, // ⌊t/2⌋ below 2¹⁵, before an index
    index: 0x1ffff,
  });
});

describe('logarithm', () => {
  it('of 1 is 0, of powers of two a multiple of log 2', () => {
    expect(logarithm(1)).toBe(0);
    expect(logarithm(2)).toBe(Math.LN2);
    expect(logarithm(2 ** -33)).toBe(-33 * Math.LN2);
  });

  it('√2 is halved and √½ is not doubled, in every bit', () => {
    expect(logarithm(Math.SQRT2)).toBe(0.3465735902799727);
    expect(logarithm(Math.SQRT1_2)).toBe(-0.3465735902799726);
  });

  const anyNormal = fc
    .tuple(fc.double({ min: 1, max: 2, noNaN: true }), fc.integer({ min: -1022, max: 1022 }))
    .map(([m, exponent]) => m * 2 ** exponent)
    .filter((x) => x < 0.5 || x > 2);
  law('agrees with Math.log within 2 ulp below ½ and above 2', anyNormal, 3000, (x) => {
    expect(ulpsBetween(logarithm(x), Math.log(x))).toBeLessThanOrEqual(2);
  });

  const nearOne = fc.double({ min: 0.5, max: 2, noNaN: true });
  law('agrees with Math.log within 4 ulp between ½ and 2, down to 0 at 1', nearOne, 3000, (x) => {
    expect(ulpsBetween(logarithm(x), Math.log(x))).toBeLessThanOrEqual(4);
  });
});

describe('normalQuantile', () => {
  // Expected values from Python 3.11: statistics.NormalDist().inv_cdf(p), which is also AS 241. The third part begins at p <
  // 1.4e-11.
  it.each([
    [0.25, -0.6744897501960817],
    [0.1, -1.2815515655446008],
    [0.925, 1.439531470938456],
    [0.075, -1.4395314709384557],
    [0.0750001, -1.4395307645017297],
    [0.975, 1.9599639845400536],
    [0.01, -2.3263478740408408],
    [0.001, -3.090232306167813],
    [1e-6, -4.753424308822899],
    [1e-9, -5.9978070150076865],
    [2 ** -33, -6.337957754553789],
    [1 - 2 ** -33, 6.337957754553789],
    [1.4e-11, -6.656723091518184],
    [1.3e-11, -6.66761145651074],
    [1e-50, -14.933337534788489],
    [1e-300, -37.0470962993612],
  ])('of %d is %d', (p, expected) => {
    expect(Math.abs(normalQuantile(p) / expected - 1)).toBeLessThanOrEqual(1e-14);
  });

  it('of ½ is 0', () => {
    expect(normalQuantile(0.5)).toBe(0);
  });

  it('where two parts meet, |p − ½| = 0.425 and √(−log p) = 5, is that of the inner one, in every bit', () => {
    expect(normalQuantile(0.075)).toBe(-1.4395314709384557);
    expect(normalQuantile(1.3887943864963956e-11)).toBe(-6.6579046435011024);
  });

  law('is symmetric in every bit: p and 1 − p', fc.integer({ min: 1, max: 2 ** 33 - 1 }), 500, (n) => {
    fc.pre(n !== 2 ** 32);
    expect(normalQuantile(1 - n / 2 ** 33)).toBe(-normalQuantile(n / 2 ** 33));
  });
});

const sizes = fc.integer({ min: 0, max: 200 });
law('shuffled is an order of all samples', fc.tuple(sizes, word32, epochs), 200, ([n, seed, epoch]) => {
  const order = shuffled(n, seed, epoch);
  expect([...order].sort((a, b) => a - b)).toEqual([...Array(n).keys()]);
  expect(shuffled(n, seed, epoch)).toEqual(order); // the same for the same seed and epoch
});

/** The distance of two numbers, counted in binary64 numbers. */
function ulpsBetween(a: number, b: number): number {
  const order = (value: number): bigint => {
    const n = new BigInt64Array(Float64Array.of(value).buffer)[0];
    return n < 0n ? -(n & 0x7fffffffffffffffn) : n;
  };
  return Math.abs(Number(order(a) - order(b)));
}
