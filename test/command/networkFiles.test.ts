/** A wrong network file is refused with the place of the mistake, and no run begins. */
import { expect, test } from 'vitest';
import { InputError } from '../../src/errors.ts';
import { network } from '../../src/network/network.ts';
import { refused } from './command.ts';
import { classes, smallNetwork, writeDataset, writeNetwork } from './world.ts';

const dataset = writeDataset('data', 16, 8);
const [convolution, pool, hidden, output] = smallNetwork.layers;
let files = 0;

/** The small network with a changed value at a place such as `layers.0.kind`. */
function changed(place: string, value: unknown): object {
  const file: Record<string, any> = structuredClone(smallNetwork);
  const keys = place.split('.');
  const last = keys.pop()!;
  keys.reduce((into, key) => into[key], file)[last] = value;
  return file;
}

const maxPool = { kind: 'maxPool', size: 2 };
const wide = [65536, 65536, 4].map((units) => ({ kind: 'linear', units }));
test.each<[place: string, value: unknown, expected: string]>([
  ['treshold', 1, '"network" expected only name, '],
  ['layers.2.unit', 3, '"layers[2]" expected only '],
  ['name', 7, '"name" expected a text, got 7'],
  ['input', undefined, '"input" expected an object, got nothing'],
  ['input.width', undefined, '"input.width" expected a whole number from 1 to 4096, got nothing'],
  ['input.scale', 0, '"input.scale" expected a finite number above 0'],
  ['timeWindow', undefined, '"timeWindow" expected a whole number from 1 to 65535, got nothing'],
  ['threshold', 0, '"threshold" expected a finite number '],
  ['threshold', 1e-30, '"threshold" expected a number above 0, of at least 2^-40, got 1e-30'],
  ['layers.2.threshold', 0, '"layers[2].threshold" expected a finite number '],
  ['leak', 0, '"leak" expected a finite number above 0 to 1, got 0'],
  ['leak', 2 ** -41, '"leak" expected a number above 0, of at least 2^-40, got 4.5'],
  ['layers', [], '"layers" expected a list of 1 to 64 layers'],
  ['layers', Array(65).fill(hidden), '"layers" expected a list of 1 to 64 layers'],
  ['layers.0', 'linear', '"layers[0]" expected an object, got linear'],
  ['layers.0.kind', 'convolutoin', 'got convolutoin; did you mean convolution?'],
  ['layers.0.kind', 'toString', 'got toString'],
  ['layers.0.kernel', 11, '"layers[0].kernel" expected at most the 8 × 8 map before it and its padding, got'],
  ['layers.0.kernel', 0, '"layers[0].kernel" expected a whole number from 1'],
  ['layers.1.bias', true, '"layers[1].bias" expected false, since averagePool has no weights, got true'],
  ['layers.2.bias', 'yes', '"layers[2].bias" expected true or false, got yes'],
  ['layers', [convolution, pool, pool, pool, pool, output], '"layers[4].size" expected at most the 1 × 1'],
  ['layers.0', maxPool, '"layers[0].kind" expected a layer of neurons before a maximum pool'],
  ['layers', [{ ...convolution, channels: classes }], '"layers[0]" expected an output of 1 × 1 positions'],
  ['layers', [hidden, pool], '"layers[1]'],
  ['layers.2.units', 2 ** 27, '"layers[2].units" expected a whole number from 1 to '],
  ['layers', wide, '"layers[1]" expected at most '],
  ['variant', 'papr', '"variant" expected one of paper, authors, got papr; did you mean paper?'],
  ['variant', { fire: 'x' }, '"variant" expected only from, '],
])('a network is refused with %s: %j', (place, value, expected) => {
  const build = () => network(changed(place, value) as never, {}, 'f.json');
  expect(build).toThrow(InputError);
  expect(build).toThrow(/^f\.json: [^\n]{1,390}$/);
  expect(build).toThrow(expected);
});

const other = changed('input', { channels: 1, height: 9, width: 9 });
test.each<[name: string, network: unknown, words: string]>([
  ['nested without end', '['.repeat(200_000), 'expected JSON, got [[['],
  ['something else', '\u0000\u0001\u001b[31m', 'expected JSON, got ???[31m'],
  ['of another input', other, 'expected samples of 1 × 9 × 9, as the network takes, got 1 × 8 × 8'],
  ['of too few classes', changed('layers.3.units', 2), 'labels from 0 to 1, as the network has classes, got'],
])('a file is refused that is %s', async (_, file, words) => {
  const model = writeNetwork(`wrong-${++files}`, file);
  const line = await refused(['train', '--dataset', dataset, '--model', model, '--out', 'out', '--json']);
  expect(line).toContain(words);
  expect(line.length).toBeLessThan(400);
});
