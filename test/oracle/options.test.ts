/** What `check` and `expected` do not take they refuse in one line; what they are given in several forms is one. */
import { describe, expect, it } from 'vitest';
import { paper } from '../../spec/variant.ts';
import { check, expected } from '../../src/oracle/oracle.ts';
import { made, shaped, worldOf } from './worlds.ts';

const world = worldOf(4, 0, paper, 1, true);
const arrays = shaped(world, made(world));
const network = { ...world.description, variant: paper };
const given = shaped(world, world.given);
const loss = { shape: [], data: [1] };

describe.each<[string, object, RegExp]>([
  ['no options', undefined as never, /^check: "options" expected/],
  ['no network', { network: undefined }, /^check: "network" expected/],
  ['a name that is none', { where: 5 }, /^check: "where" expected a text, got 5$/],
  ['no arrays', { arrays: undefined }, /^check: "arrays" expected/],
  ['a layout that is none', { layout: { maps: 'NWHC' } }, /"layout\.maps" expected one of .* .*got NWHC/],
  ['weights that lie otherwise', { layout: { weights: 'in' } }, /"layout\.weights" expected .*got in/],
  ['an optimiser that is none', { optimiser: 'lion' }, /"optimiser" expected one of .*, got lion/],
  ['gradients of nothing', { gradients: 'epoch' }, /"gradients" expected one of .*, got epoch/],
  ['nobody to tell', { tell: 'me' }, /"tell" expected a function, got me/],
  ['mistakes that are none', { mistakes: [{ id: 'x' }] }, /"mistakes" expected a list of mistakes/],
  ['one mistake', { mistakes: {} }, /"mistakes" expected a list of mistakes/],
  [
    'a key that is no text',
    { arrays: new Map([[5, loss]]) },
    /"arrays" expected keys that are texts, got 5$/,
  ],
  [
    'a word among numbers',
    { arrays: { loss: { shape: [2], data: [1, null] } } },
    /loss.* expected numbers, got null at place 1$/,
  ],
  [
    'a list that is too short',
    { arrays: { loss: { shape: [2], data: [] } } },
    /loss.* expected 2 elements, as its shape says, got 0$/,
  ],
  [
    'a list of bytes',
    { arrays: { loss: { shape: [], data: 'x' } } },
    /loss.* expected a typed array with its shape/,
  ],
  [
    'a view of bytes',
    { arrays: { loss: { shape: [], data: new DataView(new ArrayBuffer(4)) } } },
    /expected a typed array/,
  ],
  [
    'too few',
    { arrays: { loss: { shape: [2], data: Float32Array.of(1) } } },
    /loss.* expected 2 elements, as its shape says, got 1$/,
  ],
  ['a shape that is none', { arrays: { loss: { shape: [-1], data: [] } } }, /loss: shape.* expected/],
])('%s', (_, changes, message) => {
  it('is refused', () => {
    const options = changes && { network, arrays, ...changes };
    expect(() => check(options)).toThrow(message);
  });
});

it('a name for the arrays stands before each message', () => {
  expect(() => check({ network, arrays, where: 'step.npz', optimiser: 'lion' as 'sgd' })).toThrow(
    /^step\.npz: /,
  );
});

it('arrays come as a map or a record, typed or as lists of numbers, big ones and texts of numbers', () => {
  const one = check({ network, arrays, mistakes: [] });
  const map = new Map(Object.entries(arrays));
  const label = arrays['label'];
  const lists = (of: (value: number) => unknown) => ({
    ...arrays,
    label: { ...label, data: Array.from(label.data, of) as number[] },
  });
  for (const same of [map, lists(Number), lists(BigInt), lists(String)])
    expect(check({ network, arrays: same as unknown as typeof arrays, mistakes: [] })).toEqual(one);
  expect(one.verdict).toBe('agrees');
});

describe('a batch whose mean was derived', () => {
  const mean = { ...paper, batch: 'mean' as const };
  const its = worldOf(4, 0, mean, 1, true);
  const all = made(its);
  const of = (factor: number, gradients: 'sample' | 'batch') => {
    const changed = [...all].map(([key, x]) =>
      /\.(dFO|dFI)$/.test(key)
        ? ([key, Float32Array.from(x, (d) => d * factor)] as const)
        : ([key, x] as const),
    );
    const options = { network: { ...its.description, variant: mean }, mistakes: [], gradients };
    return check({ ...options, arrays: shaped(its, new Map(changed)) }).verdict;
  };

  it('has gradients of that mean, of which each sample’s are B times as large', () => {
    expect(its.B).toBeGreaterThan(1);
    expect([of(1, 'sample'), of(1 / its.B, 'batch')]).toEqual(['agrees', 'agrees']);
    expect([of(1 / its.B, 'sample'), of(1, 'batch')]).toEqual(['differs', 'differs']);
  });

  it('is said where all agrees with such gradients, and nowhere else', () => {
    const otherOf = (factor: number, more: (key: string, d: number) => number = (_, d) => d) => {
      const scaled = [...made(its)].map(([key, values]) => {
        const own = /\.(dFO|dFI)$/.test(key) ? factor : 1;
        return [key, Float64Array.from(values, (d) => more(key, d * own))] as const;
      });
      const changed = new Map([...made(its), ...scaled.filter(([key]) => /\.d/.test(key))]);
      const { description, optimiser } = its;
      const own = { network: { ...description, variant: mean }, optimiser };
      return check({ ...own, arrays: shaped(its, changed) }).otherGradients;
    };
    expect([1, 1 / its.B, 3].map((factor) => otherOf(factor))).toEqual([undefined, 'batch', undefined]);
    expect(otherOf(1 / its.B, (key, d) => (key === 'layer1.dw' ? -d : d))).toBeUndefined();
  });

  it('is expected so too: what is made as a batch’s agrees as one, and its gradients are a B-th', () => {
    const own = { network: { ...its.description, variant: mean }, optimiser: its.optimiser };
    const entered = shaped(its, its.given);
    const [each, batch] = (['sample', 'batch'] as const).map((gradients) =>
      expected({ ...own, arrays: entered, gradients }),
    );
    for (const [key, { data }] of each!) {
      const factor = /\.(dFO|dFI)$/.test(key) ? 1 / its.B : 1;
      expect(batch!.get(key)!.data, key).toEqual(
        factor === 1 ? data : (data as Float32Array).map((d) => d * factor),
      );
    }
    const complete = { ...entered, ...Object.fromEntries(batch!) };
    expect(check({ ...own, mistakes: [], arrays: complete, gradients: 'batch' }).verdict).toBe('agrees');
    expect(check({ ...own, mistakes: [], arrays: complete }).verdict).toBe('differs');
  });
});

it('a sum whose gradients are called those of the mean is named as the sum', () => {
  const sum = { ...paper, batch: 'sum' as const };
  const its = worldOf(4, 0, sum, 1, true);
  const on = (variant: typeof paper, values: ReturnType<typeof made>) =>
    check({
      network: { ...its.description, variant },
      arrays: shaped(its, values),
      optimiser: its.optimiser,
      gradients: 'batch',
    });
  const all = made(its);
  expect(on(sum, all).verdict).toBe('agrees');
  expect(on({ ...paper, batch: 'mean' }, all)).toMatchObject({
    verdict: 'differs',
    otherChoices: { batch: 'sum' },
  });
  // Not where nothing differs, though a sum would agree as well.
  const forward = new Map([...all].filter(([key]) => its.given.has(key) || key.endsWith('spikes')));
  expect(on({ ...paper, batch: 'mean' }, forward).otherChoices).toBeUndefined();
  // Not where a sum does not explain all of it.
  const negated = new Map(all).set(
    'layer1.dw',
    all.get('layer1.dw')!.map((d) => -d),
  );
  const { verdict, otherChoices } = on({ ...paper, batch: 'mean' }, negated);
  expect({ verdict, otherChoices }).toEqual({ verdict: 'differs', otherChoices: undefined });
});

describe('a wrong shape says what was probably done', () => {
  const of = (key: string, shape: readonly number[]) => () =>
    check({ network, arrays: { ...arrays, [key]: { ...arrays[key], shape } } });

  it('where dimensions are exchanged, or numbers have to be reshaped', () => {
    const [T, B, ...map] = arrays['input.spikes'].shape;
    expect(T).not.toBe(B);
    expect(of('layer1.spikes', swapped(arrays['layer1.spikes'].shape))).toThrow(
      /; time comes first, then the sample$/,
    );
    expect(of('input.spikes', [T, B, map.reduce((a, b) => a * b, 1)])).toThrow(
      /; its numbers are as many: reshape it$/,
    );
    expect(of('layer1.spikes', [...arrays['layer1.spikes'].shape].reverse())).toThrow(
      /; its dimensions are in another order: transpose it$/,
    );
    expect(of('layer1.spikes', [...swapped(arrays['layer1.spikes'].shape), 1, 1])).toThrow(
      /; time comes first, then the sample$/,
    );
    const [out, into] = arrays['layer1.weight'].shape;
    expect(out).not.toBe(into);
    expect(of('layer1.weight', [into, out])).toThrow(
      /; if it is \(in,out\): --weights in-out, or layout\.weights$/,
    );
  });

  it('where all windows begin with the samples, which are counted elsewhere', () => {
    const firstSamples = (all: object): typeof arrays =>
      Object.fromEntries(
        Object.entries(all).map(([key, { shape, data }]) => [
          key,
          { data, shape: /spikes$|current$/.test(key) ? swapped(shape) : shape },
        ]),
      );
    const { shape } = arrays['input.spikes'];
    const { 'input.spikes': input } = arrays;
    const message = `"shape" expected [${shape.join(', ')}] (T, B, map), got [${swapped(shape).join(', ')}]; time comes first`;
    for (const all of [arrays, { 'input.spikes': input }])
      expect(() => check({ network, arrays: firstSamples(all) })).toThrow(message);
  });

  it('where a label is a vector, and nothing else', () => {
    const [B] = arrays.label.shape;
    const label = { shape: [B, 3], data: new Int32Array(3 * B) };
    expect(() => check({ network, arrays: { ...arrays, label } })).toThrow(
      /; a label is the number of its class, not a vector with a 1$/,
    );
    const data = new Float32Array(7);
    expect(() => check({ network, arrays: { ...arrays, 'layer1.FI': { shape: [7], data } } })).toThrow(
      /got \[7\]$/,
    );
  });
});

const swapped = ([first, second, ...rest]: readonly number[]): number[] => [second, first, ...rest];

describe('what is expected', () => {
  it('is every array of the step, in the order of the keys, in binary32 unless it is said otherwise', () => {
    const all = expected({ network, arrays: given });
    expect([...all.keys()].sort()).toEqual(Object.keys(arrays).sort());
    expect([...all.keys()].slice(0, 3)).toEqual(['input.spikes', 'label', 'layer1.weight']);
    for (const [key, { data, shape }] of all) {
      expect(shape).toEqual(arrays[key].shape);
      expect([key, ...Array.from(data, Number)]).toEqual([key, ...Array.from(arrays[key].data, Number)]);
    }
    const exact = expected({ network, arrays: given, precision: 'real' }).get('layer1.dw')!;
    expect(exact.data).toBeInstanceOf(Float64Array);
  });

  it.each<[string, (all: typeof given) => void, RegExp]>([
    ['weights', (all) => delete all['layer1.weight'], /"layer1\.weight" expected an array/],
    [
      'an input',
      (all) => delete all['input.spikes'],
      /"input\.spikes" expected an array, or image with encode\.word/,
    ],
    [
      'an image without its words',
      (all) => {
        const { shape, data } = all['input.spikes'];
        all['image'] = { shape: shape.slice(1), data: data.slice(0, data.length / shape[0]) };
        delete all['input.spikes'];
      },
      /"input\.spikes" expected/,
    ],
  ])('needs %s', (_, change, message) => {
    const some = { ...given };
    change(some);
    expect(() => expected({ network, arrays: some })).toThrow(message);
  });

  it.each(['encode.seed', 'encode.word'])('is made of an image with %s, too', (key) => {
    const [T, ...shape] = given['input.spikes'].shape;
    const size = shape.reduce((a, b) => a * b, 1);
    const image = { shape, data: Float32Array.from({ length: size }, (_, i) => (i % 4) / 4) };
    const word = {
      shape: [T, ...shape],
      data: Uint32Array.from({ length: T * size }, (_, i) => i * 2 ** 21),
    };
    const own = key === 'encode.seed' ? { shape: [], data: Uint32Array.of(5) } : word;
    const { 'input.spikes': _, ...others } = given;
    const all = expected({ network, arrays: { ...others, image, [key]: own } });
    expect(all.get('input.spikes')!.data.some((spike) => spike !== 0)).toBe(true);
    expect(all.has('layer1.dw')).toBe(true);
  });

  it('has one of two precisions, and its arrays say which', () => {
    const typeOf = (precision: 'real' | 'binary32') => {
      const { dtype, data } = expected({ network, arrays: given, precision }).get('layer1.dw')!;
      return [dtype, data.constructor];
    };
    expect([typeOf('real'), typeOf('binary32')]).toEqual([
      ['F64', Float64Array],
      ['F32', Float32Array],
    ]);
    expect(() => expected({ network, arrays: given, precision: 'half' as 'real' })).toThrow(
      /"precision" expected one of .*, got half/,
    );
  });
});
