/** Tests that `check` and `expected` refuse invalid options in one line, and accept arrays in several forms. */
import { describe, expect, it } from 'vitest';
import { paper } from '../../spec/variant.ts';
import type { Values } from '../../src/engine/rounding.ts';
import { check, expected } from '../../src/oracle/oracle.ts';
import type { Report } from '../../src/oracle/report.ts';
import { checkOf, made, shaped, worldOf } from './worlds.ts';

const world = worldOf(4, 0, paper, 1, true);
const arrays = shaped(world, made(world));
const network = { ...world.description, variant: paper };
const given = shaped(world, world.given);

it.each<[string, object | undefined, RegExp]>([
  ['no options', undefined, /^check: "options" expected/],
  ['a name that is none', { where: 5 }, /^check: "where" expected a text, got 5$/],
  ['an optimiser that is none', { where: 'x.npz', optimiser: 'lion' }, /^x\.npz: "optimiser" .*, got lion/],
  ['a layout that is none', { layout: { maps: 'NWHC' } }, /"layout\.maps" expected .*got NWHC/],
  ['nobody to tell', { tell: 'me' }, /"tell" expected a function, got me/],
  ['mistakes that are none', { mistakes: [{ id: 'x' }] }, /"mistakes" expected a list of mistakes/],
  ['a key that is no text', { arrays: new Map([[5, {}]]) }, /keys that are texts, got 5$/],
  ['a word among numbers', { arrays: { loss: { shape: [2], data: [1, null] } } }, /got null at place 1$/],
  ['too few in a list', { arrays: { loss: { shape: [2], data: [] } } }, /expected 2 elements, .* got 0$/],
  ['a list of bytes', { arrays: { loss: { shape: [], data: 'x' } } }, /loss.* expected a typed array/],
  ['a shape that is none', { arrays: { loss: { shape: [-1], data: [] } } }, /loss: shape.* expected/],
])('%s is refused', (_, changes, message) => {
  const options = changes && { network, arrays, ...changes };
  expect(() => check(options as Parameters<typeof check>[0])).toThrow(message); // invalid on purpose
});

it('arrays come as a map or a record, typed or as lists of numbers, big ones and texts of numbers', () => {
  const one = check({ network, arrays, mistakes: [] });
  const { label } = arrays;
  const lists = (of: (value: number) => unknown) => ({
    ...arrays,
    label: { ...label, data: Array.from(label.data, of) },
  });
  for (const same of [new Map(Object.entries(arrays)), lists(Number), lists(BigInt), lists(String)])
    expect(check({ network, arrays: same as unknown as typeof arrays, mistakes: [] })).toEqual(one);
  expect(one.verdict).toBe('agrees');
});

describe('gradients of the batch', () => {
  const mean = { ...paper, batch: 'mean' as const };
  const its = worldOf(4, 0, mean, 1, true);
  const { B } = its;
  /** The report on a step whose gradients of flows have a factor. */
  const report = (factor: number, gradients?: 'sample' | 'batch', values = made(its)): Report => {
    const changed = [...values].map(([key, x]): [string, Values] =>
      /\.(dFO|dFI)$/.test(key) ? [key, Float32Array.from(x, (d) => d * factor)] : [key, x],
    );
    return checkOf(its, new Map(changed), { gradients });
  };

  it('are a B-th of each sample’s, which is said where all agrees with such', () => {
    expect(B).toBeGreaterThan(1);
    for (const gradients of ['sample', 'batch'] as const) {
      const verdicts = [1, 1 / B].map((factor) => report(factor, gradients).verdict);
      expect(verdicts).toEqual(gradients === 'sample' ? ['agrees', 'differs'] : ['differs', 'agrees']);
    }
    const said = [1, 1 / B, 3].map((factor) => report(factor).otherGradients);
    expect(said).toEqual([undefined, 'batch', undefined]);
    const negated = made(its)
      .get('layer1.dw')!
      .map((d) => -d);
    const values = made(its).set('layer1.dw', negated);
    expect(report(1 / B, undefined, values).otherGradients).toBeUndefined();
  });

  it('are named as a sum where they are one', () => {
    const values = made({ ...its, variant: { ...paper, batch: 'sum' } });
    const { verdict, otherChoices } = report(1, 'batch', values);
    expect([verdict, otherChoices]).toEqual(['differs', { batch: 'sum' }]);
  });

  it('are expected so, too', () => {
    const own = { network: { ...its.description, variant: mean }, arrays: shaped(its, its.given) };
    const [each, batch] = (['sample', 'batch'] as const).map((gradients) => expected({ ...own, gradients }));
    for (const [key, { data }] of each) {
      const factor = /\.(dFO|dFI)$/.test(key) ? 1 / B : 1;
      const scaled = factor === 1 ? data : (data as Float32Array).map((d) => d * factor); // `data` is binary32
      expect(batch.get(key)!.data, key).toEqual(scaled);
    }
  });
});

it('a wrong shape says what was probably done', () => {
  const of =
    (key: string, shape: readonly number[], data = arrays[key].data) =>
    () =>
      check({ network, arrays: { ...arrays, [key]: { data, shape } } });
  const swapped = ([first, second, ...rest]: readonly number[]): number[] => [second, first, ...rest];
  const [T, B, ...map] = arrays['input.spikes'].shape;
  const spikes = arrays['layer1.spikes'].shape;
  expect(of('layer1.spikes', swapped(spikes))).toThrow(/; time comes first, then the sample$/);
  expect(of('input.spikes', [T, B, map.reduce((a, b) => a * b, 1)])).toThrow(
    /; its numbers are as many: reshape it$/,
  );
  expect(of('layer1.spikes', [...spikes].reverse())).toThrow(/are in another order: transpose it$/);
  expect(of('layer1.weight', swapped(arrays['layer1.weight'].shape))).toThrow(
    /if it is \(in,out\): --weights/,
  );
  expect(of('label', [B, 3], new Int32Array(3 * B))).toThrow(/not a vector with a 1$/);
  expect(of('layer1.FI', [7], new Float32Array(7))).toThrow(/got \[7\]$/);
  const input = {
    'input.spikes': { ...arrays['input.spikes'], shape: swapped(arrays['input.spikes'].shape) },
  };
  expect(() => check({ network, arrays: input })).toThrow(/got \[.*\]; time comes first/);
});

describe('what is expected', () => {
  const omitting = (key: string) =>
    Object.fromEntries(Object.entries(given).filter(([each]) => each !== key));

  it('is every array of the step, in the order of the keys, in a precision that the arrays say', () => {
    const all = expected({ network, arrays: given });
    expect([...all.keys()].sort()).toEqual(Object.keys(arrays).sort());
    expect([...all.keys()].slice(0, 3)).toEqual(['input.spikes', 'label', 'layer1.weight']);
    for (const [key, { data, shape }] of all) {
      expect(shape, key).toEqual(arrays[key].shape);
      expect(Array.from(data, Number), key).toEqual(Array.from(arrays[key].data));
    }
    const { dtype, data } = expected({ network, arrays: given, precision: 'real' }).get('layer1.dw')!;
    expect([all.get('layer1.dw')!.dtype, dtype, data.constructor]).toEqual(['F32', 'F64', Float64Array]);
    const half = { network, arrays: given, precision: 'half' } as unknown as Parameters<typeof expected>[0]; // invalid on purpose
    expect(() => expected(half)).toThrow(/"precision" expected one of .*, got half/);
  });

  it('needs weights, and an input or an image with its randomness', () => {
    for (const key of ['layer1.weight', 'input.spikes'])
      expect(() => expected({ network, arrays: omitting(key) })).toThrow(`"${key}" expected an array`);
    const [T, ...shape] = given['input.spikes'].shape;
    const length = shape.reduce((a, b) => a * b, 1);
    const image = { shape, data: Float32Array.from({ length }, (_, i) => (i % 4) / 4) };
    const others = { ...omitting('input.spikes'), image };
    expect(() => expected({ network, arrays: others })).toThrow(/"input\.spikes" expected/);
    const word = {
      shape: [T, ...shape],
      data: Uint32Array.from({ length: T * length }, (_, i) => i * 2 ** 21),
    };
    const even = { ...network, input: { ...network.input, spikes: 'even' as const } };
    for (const own of [{ 'encode.seed': { shape: [], data: Uint32Array.of(5) } }, { 'encode.word': word }]) {
      expect(expected({ network, arrays: { ...others, ...own } }).get('input.spikes')!.data).toContain(1);
      expect(() => expected({ network: even, arrays: { ...others, ...own } })).toThrow(
        /"input.spikes" expected an array, got nothing/,
      );
    }
  });
});
