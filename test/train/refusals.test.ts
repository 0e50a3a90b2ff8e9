/** The functions of the library refuse wrong arguments in one line, and a refused call changes nothing. */
import { describe, expect, test } from 'vitest';
import {
  evaluate,
  firstOf,
  fit,
  images,
  inspect,
  lenet,
  network,
  predict,
  type Dataset,
  type Draw,
} from '../../src/index.ts';
import { everyKind, pictures, ready, refused, run } from './small.ts';

const shape = { channels: 2, height: 6, width: 6 };

describe('numbers that are not finite', () => {
  /** Layer 3 overflows for some neurons only; what follows hides it from the loss. */
  function overflowing(): ReturnType<typeof ready> {
    const net = ready();
    net.weights![0]!.fill(1);
    net.weights![1]!.fill(-3e38);
    return net;
  }

  test('within the network end training, evaluation and prediction, with the layer', async () => {
    const layer = 'layer 3 \\(convolution\\)';
    await refused(
      () => run(overflowing()),
      new RegExp(
        `^train: "FI" expected finite numbers, got -Infinity at epoch 1, batch 1, first in ${layer}; try`,
      ),
    );
    await refused(() => evaluate(overflowing(), pictures(3)), new RegExp(`^evaluate: .*${layer}`));
    await refused(
      () => predict(overflowing(), new Uint8Array(72).fill(255)),
      new RegExp(`^predict: "FI" expected finite numbers, got -Infinity in ${layer};`),
    );
  });

  test('leave the weights, S and seed there were', async () => {
    const wild = { optimiser: 'sgd', learningRate: 2 ** 40, seed: 7 } as const;
    for (const options of [
      { ...wild, batch: 1 },
      { ...wild, batch: 9, epochs: 1 },
      { ...wild, batch: 9, epochs: 30, scaleEvery: 1 },
    ]) {
      const net = ready();
      net.weights![3]!.fill(1e30);
      const [weights, S, values] = [net.weights, net.S, net.weights!.map((w) => w.slice())];
      await refused(() => run(net, pictures(9), options), /^train: .* (at|after) epoch/);
      expect(net.weights).toBe(weights);
      expect(net.weights).toEqual(values);
      expect(net.S).toBe(S);
      expect(net.seed).toBe(1);
    }
  });
});

describe('a single sample', () => {
  const picture = { width: 6, height: 6, data: new Uint8ClampedArray(144) };

  test('that is a picture of a digit is sent to digitOf as well', async () => {
    const net = network(lenet);
    await refused(
      () => predict(net, picture as never),
      /got a picture; digitOf of asf-bp\/models\/tiny or mapOf of asf-bp\/png takes it$/,
    );
  });

  test('of bytes is what its intensities are', () => {
    const bytes = Uint8Array.from({ length: 72 }, (_, k) => (k * 37) & 255);
    const expected = predict(
      ready(),
      Array.from(bytes, (byte) => byte / 255),
    );
    expect(predict(ready(), bytes)).toEqual(expected);
    expect(predict(ready(), new Uint8ClampedArray(bytes))).toEqual(expected);
  });

  test.each<[string, unknown, RegExp]>([
    ['nothing', undefined, /"sample" expected an array of intensities or an Input, got nothing/],
    ['a number', 3, /"sample" expected an array .* got 3/],
    ['an object', {}, /"sample" expected a map of 2 × 6 × 6: 72 numbers/],
    [
      'bytes in a bare array',
      Array(72).fill(37),
      /"sample" expected intensities from -1 to 1, got 37 at place 0; bytes/,
    ],
    [
      'a canvas',
      { width: 6, height: 6, data: new Uint8ClampedArray(144) },
      /got a picture; mapOf of asf-bp\/png takes it$/,
    ],
    ['intensities that are none', { intensities: 3 }, /"sample" expected a map of .*, got 3/],
    ['intensities without a draw', { intensities: Array(72).fill(0) }, /"draw" expected .*, got nothing/],
  ])('%s is refused', async (_, shown, expected) => {
    await refused(() => predict(ready(), shown as number[]), expected);
    await refused(() => inspect(ready(), shown as number[]), new RegExp(`^inspect: .*${expected.source}`));
  });

  test.each([
    [{ seed: -1 }, /"draw.seed"/],
    [{ stream: 'nosuch' }, /"draw.stream" expected one of/],
    [{ epoch: 2 ** 24 }, /"draw.epoch"/],
    [{ sample: 1.5 }, /"draw.sample"/],
  ])('with the draw %j is refused', (draw, expected) =>
    refused(() => predict(ready(), new Float32Array(72), { draw: draw as Partial<Draw> }), expected),
  );

  test('goes on after weights that were refused', async () => {
    const net = ready();
    const good = net.weights!;
    const before = predict(net, new Float32Array(72).fill(1));
    net.weights = [];
    await refused(() => predict(net, new Float32Array(72)), /"weights" expected a list of 4 arrays/);
    net.weights = good;
    expect(predict(net, new Float32Array(72).fill(1))).toEqual(before);
  });
});

describe('a data set', () => {
  test.each<[string, Partial<Dataset>, RegExp]>([
    ['with a label that is not known', { label: () => -1 }, /labels from 0 to 2.*got -1 at sample 0/],
    [
      'of samples that are too short',
      { input: (_, draw) => ({ intensities: [1], draw }) },
      /"pictures\[\d\]" expected a map of .*, got 1/,
    ],
    [
      'of holes',
      { input: (_, draw) => ({ intensities: Array(72).fill(NaN), draw }) },
      /"pictures\[\d\]" expected finite numbers, got NaN at place 0/,
    ],
    [
      'of one step only',
      { input: () => ({ frames: new Float32Array(72) }) },
      /"pictures\[\d\]" expected \d maps/,
    ],
    ['of nothing', { input: () => undefined as never }, /"pictures\[\d\]" expected \{ intensities/],
    ['without a shape', { shape: undefined as never }, /"pictures: shape.channels" expected a whole number/],
    ['without a length', { length: undefined as never }, /"pictures: length" expected a whole number/],
  ])('%s is refused', async (_, part, expected) => {
    const data = { ...pictures(4), ...part };
    await refused(() => run(ready(), data), expected);
    await refused(() => evaluate(ready(), data), expected);
  });

  test('may be a class, of which the first samples are taken', async () => {
    class Own implements Dataset {
      readonly name = 'own';
      readonly length = 9;
      readonly shape = shape;
      private readonly all = pictures(9);
      input(i: number, draw: Draw) {
        return this.all.input(i, draw);
      }
      label(i: number) {
        return this.all.label(i);
      }
    }
    expect((await evaluate(ready(), firstOf(new Own(), 4))).samples).toBe(4);
    expect([firstOf(new Own()), firstOf(new Own(), Infinity)].map(({ length }) => length)).toEqual([9, 9]);
    await refused(() => firstOf(new Own(), 1.5), /^firstOf: "n" expected a whole number/);
  });

  test('is no data set where parts are missing', async () => {
    const none = undefined as never;
    await refused(() => run(ready(), 3 as never), /^train: "data" expected a data set/);
    await refused(() => evaluate(ready(), none), /^evaluate: "data" expected a data set/);
    await refused(
      () => images('x', shape, new Uint8Array(72), none),
      /"labels" expected an array of classes/,
    );
    for (const label of [NaN, 0.5, -1])
      await refused(
        () => images('x', shape, new Uint8Array(144), [0, label]),
        new RegExp(`^x: "labels\\[1\\]" expected a whole number from 0 to .*, got ${label}$`),
      );
    await refused(
      () => fit(ready(), { train: pictures(9) } as never).next(),
      /^fit: "test" expected a data set, as images\(\) makes it, got nothing/,
    );
    await refused(() => images('x', shape, none, [0]), /"pixels" expected a Uint8Array, got nothing/);
    await refused(() => images('x', none, new Uint8Array(72), [0]), /"shape" expected an object/);
    await refused(
      () => images('x', { channels: 2, height: 6 } as never, new Uint8Array(72), [0]),
      /"shape.width" expected a whole number .*, got nothing/,
    );
  });
});

test('what is no network is refused', async () => {
  await refused(
    () => network('lenet' as never),
    /^network: "network" expected an object, as lenet of asf-bp is, got lenet/,
  );
  for (const none of [undefined, {}, everyKind] as never[]) {
    await refused(() => run(none ?? (null as never)), /^train: "network" expected a network/);
    await refused(() => evaluate(none, pictures(1)), /^evaluate: "network" expected a network/);
    await refused(() => predict(none, new Float32Array(72)), /^predict: "network" expected a network/);
  }
});

test('an evaluation that is ended before it began is of no samples', async () => {
  const none = await evaluate(ready(), pictures(3), { signal: AbortSignal.abort() });
  expect(none).toMatchObject({ samples: 0, correct: 0, accuracy: 0, loss: 0 });
});

describe('a network file', () => {
  test.each<[object, RegExp]>([
    [{ leak: 0 }, /"leak" expected a finite number above 0 to 1, got 0/],
    [{ leak: 2 ** -41 }, /"leak" expected a number above 0, of at least 2\^-40, got 4.5/],
    [{ threshold: 1e-30 }, /"threshold" expected a number above 0, of at least/],
    [
      {
        timeWindow: 65535,
        layers: [
          { kind: 'linear', units: 32769 },
          { kind: 'linear', units: 3 },
        ],
      },
      /at most 2147483647 neurons × steps, got 2147516415/,
    ],
  ])('with %j is refused', (part, expected) => refused(() => network({ ...everyKind, ...part }), expected));
});
