/** The library's functions refuse wrong arguments in one line that names them. A refused call changes nothing. */
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
  requestPrediction,
  session,
  type Dataset,
  type Draw,
  type Session,
  type TrainOptions,
} from '../../src/index.ts';
import { ruleNames } from '../../spec/rule.ts';
import { linears } from '../kinds.ts';
import { everyKind, everyKindWithoutBias, fresh, pictures, ready, refused, run, stateOf } from './small.ts';

const shape = { channels: 2, height: 6, width: 6 };
const zeros = new Float32Array(72);
const ones = new Float32Array(72).fill(1);
const none = undefined as never;

/** Tests that each call is refused. */
function each(rows: readonly (readonly [what: string, call: () => unknown, expected: RegExp])[]): void {
  test.each(rows)('%s', (_, call, expected) => refused(call, expected));
}

describe('numbers that are not finite', () => {
  /** Some neurons of layer 3 overflow, but not all, and the later layers hide this from the loss. */
  function overflowing(): ReturnType<typeof ready> {
    const net = ready();
    net.weights![0]!.fill(1);
    net.weights![1]!.fill(-3e38);
    return net;
  }

  function holed(): ReturnType<typeof ready> {
    const net = ready();
    net.weights![0]![5] = NaN;
    return net;
  }

  const got = '"FI" expected finite numbers, got -Infinity';
  const layer = 'layer 3 \\(convolution\\);';
  each([
    ['in training', () => run(overflowing()), RegExp(`^train: ${got} at epoch 1, batch 1, .*${layer}`)],
    ['in an evaluation', () => evaluate(overflowing(), pictures(3)), RegExp(`^evaluate: .*${layer}`)],
    ['in a prediction', () => predict(overflowing(), ones), RegExp(`^predict: ${got} in ${layer}`)],
    ['in weights', () => run(holed()), /"weights of layer 1" expected finite numbers, got NaN at place 5/],
  ]);

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

describe('a setting', () => {
  const untrained = (options: object, net = fresh('paper')) => run(net, pictures(4), options);
  const fires = () => network(everyKindWithoutBias, { rule: 'stbp' });
  test.each<[object, RegExp]>([
    [{ seed: -1 }, /^train: "seed" expected a whole number from 0 to 4294967295, got -1$/],
    [{ batch: 1.5 }, /"batch" expected .* from 1 to 65535/],
    [{ learningRate: 0 }, /"learningRate" expected .* above 0/],
    [{ rateSteps: 3 }, /"rateSteps" expected a list of epochs, got 3/],
    [{ backend: 'wsm' }, /"backend" expected one of wasm, reference, webgpu, .* did you mean wasm\?/],
    [{ rule: 'bptt' }, new RegExp(`"rule" expected one of ${ruleNames.join(', ')}`)],
    [{ rule: 'lee' }, /"output" expected leaks with rule lee, got integrates; make/],
    [{ surrogateWidth: 2 }, /"surrogateWidth" expected nothing with rule asf/],
  ])('%j is refused', (options, expected) => refused(() => untrained(options), expected));

  const biased = () => network(everyKind, { rule: 'lee' });
  const variant = { from: 'authors', output: 'leaks', reset: 'leakThenSubtract' } as const;
  const subtracts = () => network({ ...everyKindWithoutBias, variant });
  each([
    ['asf where the output fires', () => untrained({ rule: 'asf' }, fires()), /"output" expected integrates/],
    ['lee where a layer has a bias', () => untrained({}, biased()), /a bias, as layer 3 .* has, got lee/],
    ['lee where the reset subtracts', () => untrained({}, subtracts()), /asf for a variant of reset \w+/],
  ]);
});

describe('a state', () => {
  const begun = () => stateOf(pictures(9), { batch: 3, rateSteps: [1] });
  const resumed = async (change: object, options: TrainOptions = {}) => {
    const state = await begun();
    return run(ready(), pictures(9), { ...options, state: { ...state, ...change } });
  };

  const totals = { samples: 3, loss: 0, correct: 0 };

  test('takes its own settings', async () => {
    const { settings } = await begun();
    expect(await resumed({}, settings)).toHaveLength(5);
  });

  test.each<[string, object, RegExp]>([
    ['of another S', { S: [1] }, /"state.S" expected 6 numbers, one per layer/],
    ['without spikes', { totals: { ...totals, spikes: [] } }, /"state.totals.spikes" expected 6/],
  ])('%s is refused', (_, change, expected) => refused(() => resumed(change), expected));

  test.each<[TrainOptions, RegExp]>([
    [{ epochs: 3 }, /"epochs" expected 2, as in the state, got 3/],
    [{ rateSteps: [] }, /"rateSteps" expected \[1\]/],
  ])('is refused beside %j', (options, expected) => refused(() => resumed({}, options), expected));

  test.each([3, false])('that is %j is refused', (state) =>
    refused(() => run(ready(), pictures(9), { state: state as never }), /"state" expected an object/),
  );
});

describe('a single sample', () => {
  const canvas = { width: 6, height: 6, data: new Uint8ClampedArray(144) };
  test.each<[string, unknown, RegExp]>([
    ['nothing', none, /"sample" expected an array of intensities or an Input, got nothing/],
    ['a number', 3, /"sample" expected an array .* got 3/],
    ['a short map', new Float32Array(71), /a map of 2 × 6 × 6: 72 numbers, got 71/],
    ['a short window', { frames: zeros }, /4 maps of .*: 288 numbers, got 72/],
    ['holes', zeros.map((_, k) => (k === 70 ? NaN : 0)), /finite numbers, got NaN at place 70/],
    ['bytes as numbers', zeros.map(() => 255), /intensities from -1 to 1, got 255 at place 0; pass bytes/],
    ['a canvas', canvas, /got a picture; convert it with mapOf of asf-bp\/png$/],
    ['intensities that are none', { intensities: 3 }, /"sample" expected a map of .*, got 3/],
    ['intensities without a draw', { intensities: zeros }, /"draw" expected .*, got nothing/],
  ])('%s is refused', async (_, shown, expected) => {
    await refused(() => predict(ready(), shown as number[]), expected);
    await refused(() => inspect(ready(), shown as number[]), RegExp(`^inspect: .*${expected.source}`));
  });

  test.each([
    [{ seed: -1 }, /"draw.seed"/],
    [{ sample: 1.5 }, /"draw.sample"/],
  ])('the draw %j is refused', (draw, expected) =>
    refused(() => predict(ready(), zeros, { draw: draw as Partial<Draw> }), expected),
  );

  test('that is a picture of a digit is sent to digitOf as well', () =>
    refused(
      () => predict(network(lenet), canvas as never),
      /got a picture; convert it with digitOf of asf-bp\/models\/tiny or mapOf of asf-bp\/png$/,
    ));

  test('goes on after weights that were refused', async () => {
    const net = ready();
    const good = net.weights!;
    const before = predict(net, ones);
    net.weights = [];
    await refused(() => predict(net, zeros), /"weights" expected a list of 4 arrays/);
    net.weights = good;
    expect(predict(net, ones)).toEqual(before);
  });

  const untrained = /^predict: "network" expected trained weights, got nothing; train it or load a model$/;
  const awaited = /expected a synchronous one, got webgpu; take wasm or reference$/;
  const device = { backend: 'webgpu' as 'wasm' };
  each([
    ['of a network without weights', () => predict(fresh('paper'), zeros), untrained],
    ['the same, awaited', () => requestPrediction(fresh('paper'), zeros), untrained],
    ['the same, evaluated', () => evaluate(fresh('paper'), pictures(2)), /^evaluate: .* trained weights/],
    ['on a device at once', () => predict(ready(), zeros, device), awaited],
    ['on a device, inspected', () => inspect(ready(), zeros, device), awaited],
    ['on a device, step by step', () => session(ready(), device), awaited],
    ['a train of no layer', () => predict(ready(), zeros, { trains: [7] }), /"trains" .* 0 to 6, got 7/],
  ]);
});

describe('a step of a session', () => {
  const one = (call: (one: Session) => unknown) => async () => {
    const begun = session(ready());
    begun.step(ones);
    const state = begun.save();
    try {
      await call(begun);
    } finally {
      expect(begun.save()).toEqual(state);
    }
  };
  each([
    ['of a short map', one((s) => s.step(zeros.subarray(1))), /^session: "sample" expected .* got 71$/],
    ['of short counts', one((s) => s.step({ frames: [1] })), /^session: "sample" expected a map .* got 1$/],
    ['of no place', one((s) => s.step({ spikes: [72] })), /"spikes\[0\]" expected .* 0 to 71, got 72$/],
    ['or a layer that is not there', one((s) => s.layer(9)), /^session: "layer" expected .* 0 to 6, got 9$/],
    ['or a lead below 0', one((s) => s.decide(zeros, { lead: -1 })), /^session: "lead" expected/],
    ['or a short state', one((s) => s.restore(s.save().subarray(4))), /^session: "state" expected \d+ bytes/],
  ]);
});

describe('a data set', () => {
  test.each<[string, Partial<Dataset>, RegExp]>([
    ['of no samples', firstOf(pictures(4), 0), /at least one sample/],
    ['of another size', { shape: { ...shape, channels: 1 } }, /of 2 × 6 × 6, .*, got 1 × 6/],
    ['with a label that is not known', { label: () => -1 }, /labels from 0 to 2.*got -1 at sample 0/],
    ['of short samples', { input: (_, draw) => ({ intensities: [1], draw }) }, /"pictures\[\d\]" .*, got 1/],
    ['of one step only', { input: () => ({ frames: zeros }) }, /"pictures\[\d\]" expected \d maps/],
    ['of nothing', { input: () => none }, /"pictures\[\d\]" expected \{ intensities/],
    ['without a shape', { shape: none }, /"pictures: shape.channels" expected a whole number/],
    ['without a length', { length: none }, /"pictures: length" expected a whole number/],
  ])('%s is refused', async (_, part, expected) => {
    const data = { ...pictures(4), ...part };
    await refused(() => run(ready(), data), expected);
    await refused(() => evaluate(ready(), data), expected);
  });

  const [bytes, two] = [new Uint8Array(72), new Uint8Array(144)];
  const [nine, flat] = [pictures(9), { channels: 2, height: 6 }];
  each([
    ['that is a number', () => run(ready(), 3 as never), /^train: "data" expected a data set/],
    ['without a test part', () => fit(ready(), { train: nine } as never).next(), /^fit: "test" expected/],
    ['of a part of a sample', () => firstOf(pictures(9), 1.5), /^firstOf: "n" expected a whole number/],
    ['of images without labels', () => images('x', shape, bytes, none), /"labels" expected an array/],
    ['of half a class', () => images('x', shape, two, [0, 0.5]), /^x: "labels\[1\]" .*, got 0.5$/],
    ['of images without pixels', () => images('x', shape, none, [0]), /"pixels" expected a Uint8Array/],
    ['of images without a width', () => images('x', flat as never, bytes, [0]), /"shape.width" expected/],
  ]);

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
  });
});

test('what is no network, or has too many neurons in a window, is refused', async () => {
  await refused(() => network('lenet' as never), /^network: "network" expected an object such as lenet/);
  await refused(() => network(everyKind, { rule: 'x' as 'lee' }), /^network: "rule" expected one of asf/);
  const long = { ...everyKind, timeWindow: 65535, layers: linears(32769, 3) };
  await refused(() => network(long), /at most 2147483647 neurons × steps, got 2147516415/);
  for (const no of [null, {}, everyKind] as never[]) {
    await refused(() => run(no), /^train: "network" expected a network/);
    await refused(() => evaluate(no, pictures(1)), /^evaluate: "network" expected a network/);
    await refused(() => predict(no, zeros), /^predict: "network" expected a network/);
  }
});
