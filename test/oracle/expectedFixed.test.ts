/** A window in fixed point that neither rounds nor overflows is that of binary32, whatever the network has. */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { authors, paper } from '../../spec/variant.ts';
import { expectedFixed } from '../../src/oracle/expectedFixed.ts';
import { formatOf, nameOfFormat } from '../../src/oracle/fixedWindow.ts';
import { expected } from '../../src/oracle/oracle.ts';
import { tensorOf } from '../../src/oracle/options.ts';
import { refusalOf } from '../fuzz/refusal.ts';
import { drawing } from '../support.ts';
import { stacks } from '../vectors/generator/worlds.ts';
import { optionsOf } from './fixedWorlds.ts';

const wide = formatOf('fixed-26-14-truncate-saturate')!;

it('that neither rounds nor overflows is that of binary32', () => {
  const some = fc.constantFrom(...Object.keys(stacks));
  const property = fc.property(
    some,
    fc.integer({ min: 1, max: 2 ** 30 }),
    fc.boolean(),
    (stack, seed, isPaper) => {
      const options = optionsOf(stack, seed, isPaper ? paper : authors);
      const plain = expected(options);
      const { made, given } = expectedFixed(options, wide);
      for (const [key, units] of [...given, ...made]) {
        const scale = /(spikes|FO)$/.test(key) ? 1 : 2 ** wide.fraction;
        expect(
          Array.from(units, (value) => value / scale),
          `${stack} ${key}`,
        ).toEqual(Array.from(plain.get(key)!.data as Float32Array, (value) => value + 0));
      }
      for (const what of ['current', 'compared', 'spikes', 'FI', 'FO'])
        expect([...made.keys()]).toContain(`layer1.${what}`);
    },
  );
  fc.assert(property, drawing(60));
});

it('takes an image and its random words for the spikes of the input', () => {
  const { network, arrays } = optionsOf('pools', 5, authors);
  const { shape } = arrays.get('input.spikes')!;
  const size = shape.slice(1).reduce((a, b) => a * b, 1);
  const image = tensorOf(
    Float32Array.from({ length: size }, (_, i) => (i % 17) / 16),
    shape.slice(1),
  );
  const word = tensorOf(
    Uint32Array.from({ length: shape[0]! * size }, (_, i) => Math.imul(i + 1, 0x9e3779b1)),
    shape,
  );
  const { 'input.spikes': _, ...others } = Object.fromEntries(arrays);
  const options = { network, arrays: { ...others, image, 'encode.word': word } };
  const { made, given } = expectedFixed(options, wide);
  expect([...given.keys()]).toEqual(expect.arrayContaining(['image', 'encode.word']));
  expect([...made.get('input.spikes')!]).toEqual([
    ...(expected(options).get('input.spikes')!.data as Float32Array),
  ]);
});

it('refuses what it cannot do without', () => {
  const { network, arrays } = optionsOf('pools', 5, paper);
  const without = (key: string) => new Map([...arrays].filter(([name]) => name !== key));
  expect(refusalOf(() => expectedFixed({ network, arrays: without('layer1.weight') }, wide))).toMatch(
    /"layer1.weight" expected an array, got nothing/,
  );
  expect(refusalOf(() => expectedFixed({ network, arrays: without('input.spikes') }, wide))).toMatch(
    /"input.spikes" expected an array, or image with encode.word or encode.seed, got nothing/,
  );
});

it('formats have names, and no others are formats', () => {
  for (const name of [
    'fixed-8-4-truncate-saturate',
    'fixed-26-26-nearest-wrap',
    'fixed-2-0-nearest-saturate',
  ])
    expect(nameOfFormat(formatOf(name)!)).toBe(name);
  for (const name of [
    'fixed-27-4-truncate-saturate',
    'fixed-1-0-nearest-wrap',
    'fixed-8-9-nearest-wrap',
    'fixed-8-4',
  ])
    expect(formatOf(name)).toBeUndefined();
});
