/** T steps of a session give exactly the result of `predict`, also after a restore, and beside other sessions. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { neuronsOf } from '../../spec/network.ts';
import * as infer from '../../src/infer.ts';
import { inspect, predict, session, type SpikingNetwork } from '../../src/index.ts';
import type { Session, ShownStep } from '../../src/train/session.ts';
import { anyCase, type Case } from '../networks.ts';
import { bits, bitsOf, drawing, expectBits, flipped } from '../support.ts';
import { netOf, ready, refused } from './small.ts';

/** Step t of the input of a case. */
function stepOf(net: SpikingNetwork, { input }: Case['samples'][number], t: number): ShownStep {
  if (!('frames' in input)) return input;
  const size = neuronsOf(net.plan.input);
  return { frames: Array.from(input.frames).slice(t * size, (t + 1) * size) };
}

function run(net: SpikingNetwork, one: Session, sample: Case['samples'][number], from: number, to: number) {
  for (let t = from; t < to; t++) one.step(stepOf(net, sample, t));
}

/** Sessions on each backend. */
const places = {
  wasm: (net: SpikingNetwork) => session(net),
  reference: (net: SpikingNetwork) => session(net, { backend: 'reference' }),
  infer: (net: SpikingNetwork) => infer.session(net),
};

function expectSame(one: Session, net: SpikingNetwork, sample: Case['samples'][number]): void {
  const whole = predict(net, sample.input);
  expectBits(one.potentials(), whole.potentials, 'potentials');
  expect(one.spikes()).toEqual(whole.spikes);
  expect(one.answer().label).toBe(whole.label);
  expect(one.steps).toBe(net.plan.T);
}

describe.each(Object.entries(places))('a session on %s', (name, begin) => {
  const runs = name === 'reference' ? 40 : 150;
  const other = name === 'reference' ? 'wasm' : 'reference';

  it('shows after each step what inspect shows, and leaves after T steps what predict finds', () => {
    fc.assert(
      fc.property(anyCase, (drawn) => {
        const net = netOf(drawn);
        const sample = drawn.samples[0]!;
        const views = inspect(net, sample.input);
        expect(views.map(({ kind }) => kind)).toEqual([
          'input',
          ...net.plan.layers.map((one) => one.kind.name),
        ]);
        const one = begin(net);
        for (let t = 0; t < net.plan.T; t++) {
          one.step(stepOf(net, sample, t));
          for (const [n, view] of views.entries()) {
            const shown = one.layer(n);
            const at = (maps: Float32Array): Float32Array => maps.subarray(t * size, (t + 1) * size);
            const size = neuronsOf(view.shape);
            expectBits(shown.spikes, at(view.spikes), `o of layer ${n}, step ${t}`);
            expectBits(shown.potentials, at(view.potentials), `u of layer ${n}, step ${t}`);
          }
        }
        for (const [n, view] of views.entries()) {
          expectBits(one.layer(n).FI, view.FI, `FI of layer ${n}`);
          expectBits(one.layer(n).FO, view.FO, `FO of layer ${n}`);
        }
        const { potentials, spikes } = predict(net, sample.input);
        const last = views.at(-1)!;
        for (const shown of [last.FI, last.potentials.slice(-potentials.length)])
          expectBits(shown, potentials, 'result');
        for (const [key, count] of Object.entries(spikes)) {
          const view = views[Number.parseInt(key)]!;
          for (const values of [view.FO, view.spikes]) expect(values.reduce((a, b) => a + b, 0)).toBe(count);
        }
        expectSame(one, net, sample);
      }),
      drawing(runs),
    );
  });

  it('goes on from its bytes, on this place or another, and beside others', () => {
    fc.assert(
      fc.property(anyCase, fc.nat(), (drawn, cut) => {
        const net = netOf(drawn);
        const { T } = net.plan;
        const [sample, beside = sample!] = drawn.samples;
        const T1 = cut % (T + 1);
        const [one, two] = [begin(net), begin(net)];
        for (let t = 0; t < T; t++) {
          if (t < T1) one.step(stepOf(net, sample!, t));
          two.step(stepOf(net, beside, t));
        }
        predict(net, beside.input);
        const restored = places[other](net);
        restored.restore(one.save());
        run(net, restored, sample!, T1, T);
        run(net, one, sample!, T1, T);
        for (const ended of [one, restored]) expectSame(ended, net, sample!);
        expectSame(two, net, beside);
        one.reset();
        run(net, one, sample!, 0, T);
        expectSame(one, net, sample!);
      }),
      drawing(runs),
    );
  });
});

/** A state in the format of earlier versions, without a digest. */
function earlier(state: Uint8Array): Uint8Array {
  const old = state.slice(0, -32);
  old[3] = '1'.charCodeAt(0);
  return old;
}

describe('a session', () => {
  const image = Float32Array.from({ length: 72 }, (_, i) => (i % 7) / 7);

  it('takes an image as predict does, and the places that fire', () => {
    const net = ready();
    const one = session(net, { draw: { sample: 3 } });
    for (let t = 0; t < net.plan.T; t++) one.step(image);
    expect(bits(one.potentials())).toEqual(bits(predict(net, image, { draw: { sample: 3 } }).potentials));
    const [places_, frames] = [session(net), session(net)];
    places_.step({ spikes: [3, 70, 3] });
    frames.step({ frames: Array.from({ length: 72 }, (_, i) => (i === 3 ? 2 : i === 70 ? 1 : 0)) });
    expect(bits(places_.save() as never)).toEqual(bits(frames.save() as never));
  });

  it('decides as soon as one class leads, and at the latest after the window', () => {
    const net = ready();
    const { label, potentials } = predict(net, image);
    const [first, second] = [...potentials].sort((a, b) => b - a);
    for (const options of [undefined, {}, { lead: 2 ** 40 }]) {
      const late = session(net).decide(image, options);
      expect(late).toMatchObject({ label, potentials, steps: net.plan.T, lead: first! - second! });
    }
    expect(session(net).decide(image, { lead: 0 }).steps).toBe(1);
  });

  it('decides each image from the start, whatever it was shown before', async () => {
    const net = ready();
    const one = session(net);
    const images = [0, 1, 2].map((k) => image.map((value) => (value * 7 + k) % 1));
    one.step(image);
    const before = one.save();
    await refused(() => one.decide(image.subarray(1), { lead: 1 }));
    expect(one.save()).toEqual(before);
    for (const shown of [...images, ...images])
      expect(one.decide(shown, { lead: 1 })).toEqual(session(net).decide(shown, { lead: 1 }));
  });

  it('begins with silence, and goes on with weights that replace its own', () => {
    const net = ready();
    const one = session(net);
    expect([one.steps, one.answer().label, ...one.potentials()]).toEqual([0, 0, 0, 0, 0]);
    expect(one.answer()).toMatchObject({ second: 1, lead: 0, isSure: false });
    expect(one.layer(1).spikes.every((o) => o === 0)).toBe(true);
    one.step(image);
    const before = one.save();
    net.weights = net.weights!.map((w) => w.slice());
    expect(one.save()).toEqual(before);
  });

  it('goes on from a state that an earlier version gave', () => {
    const [one, other] = [session(ready()), session(ready())];
    one.step(image);
    other.restore(earlier(one.save()));
    expect(other.save()).toEqual(one.save());
  });

  it('finds every flipped bit of a state', async () => {
    const one = session(ready());
    one.step(image);
    const state = one.save();
    for (const bit of bitsOf(state, 2000)) {
      await refused(() => one.restore(flipped(state, bit)), /^session: "(state|steps of the state)"/);
    }
    expect(one.save()).toEqual(state);
  });

  it('refuses a state of other numbers', async () => {
    const one = session(ready());
    one.step(image);
    const state = one.save();
    const old = earlier(state);
    const restored = (bytes: Uint8Array) => () => one.restore(bytes);
    await refused(restored(state.map((byte, at) => (at === 0 ? 0 : byte))), /expected ASF2 and its digest/);
    await refused(restored(old.map((byte, at) => (at < 8 ? byte : 255))), /expected finite numbers/);
    await refused(restored(old.map((byte, at) => (at === 7 ? 255 : byte))), /steps of the state/);
    expect(one.save()).toEqual(state);
  });

  it('ends at the longest window of an image', async () => {
    const net = ready();
    const one = session(net);
    one.step(image);
    const state = earlier(one.save());
    new DataView(state.buffer).setUint32(4, 65535, true);
    one.restore(state);
    await refused(() => one.step(image), /"step" expected at most 65535 steps, got 65536; reset\(\) begins/);
    one.step({ frames: image });
  });
});

it('predict gives the spikes of the layers that are asked for', () => {
  const net = ready();
  const image = Float32Array.from({ length: 72 }, (_, i) => (i % 5) / 5);
  const views = inspect(net, image);
  for (const ask of [predict, infer.predict]) {
    const { trains, ...rest } = ask(net, image, { trains: [0, 4, 6] });
    expect(Object.keys(trains!)).toEqual(['0', '4', '6']);
    for (const [n, train] of Object.entries(trains!))
      expect(bits(train)).toEqual(bits(views[Number(n)]!.spikes));
    expect(rest).toEqual(predict(net, image));
  }
});
