/** The layers of each kind connect their neurons through the right weights, and list the synapses in the right order. */
import { describe, expect } from 'vitest';
import { neuronsOf, type Heard, type Reached, type Layer, type Shape } from '../../spec/network.ts';
import { paper } from '../../spec/variant.ts';
import { tablesOf, type Table } from './naive.ts';
import { anyLayers } from './small.ts';
import { alone, law, layerOf } from './support.ts';

/** Row, column and channel of index i in a map (C,H,W). */
function at(i: number, { height, width }: Shape): [number, number, number] {
  return [Math.floor(i / width) % height, i % width, Math.floor(i / (width * height))];
}

function ascends(keys: readonly (readonly number[])[]): boolean {
  return keys.every((key, n) => {
    if (n === 0) return true;
    const place = key.findIndex((value, digit) => value !== keys[n - 1][digit]);
    return place >= 0 && key[place] > keys[n - 1][place];
  });
}

function layerLaw(name: string, holds: (layer: Layer, table: Table) => void): void {
  law(name, anyLayers, 200, (layers) => {
    for (const { words, input } of layers) {
      const [table] = tablesOf({ ...alone, input, layers: [words] }, paper);
      holds(layerOf(words, input), table);
    }
  });
}

const inputsOf = ({ j, count }: Heard): number[] => Array.from(j.slice(0, count));
const outputsOf = ({ i, count }: Reached): number[] => Array.from(i.slice(0, count));
const placesOf = ({ k, count }: Heard | Reached): number[] => Array.from(k.slice(0, count));

describe('synapses, laws', () => {
  layerLaw('into and outOf each list exactly the synapses of the kind', (layer, table) => {
    const { weight, windows } = table;
    const { into, outOf } = layer.synapses;
    expect([neuronsOf(layer.input), neuronsOf(layer.output)]).toEqual([table.from, table.to]);
    const expected = weight.flatMap((row, i) => [
      ...row.flatMap((k, j) => (k >= 0 ? [`${i} ${j} ${k}`] : [])),
      ...windows[i].map((j) => `${i} ${j} 0`),
    ]);
    expected.sort();
    const [heard, reached]: string[][] = [[], []];
    for (let to = 0; to < neuronsOf(layer.output); to++) {
      const { j, k, count } = into(to);
      for (let n = 0; n < count; n++) heard.push(`${to} ${j[n]} ${k[n]}`);
    }
    for (let from = 0; from < neuronsOf(layer.input); from++) {
      const { i, k, count } = outOf(from);
      for (let n = 0; n < count; n++) reached.push(`${i[n]} ${from} ${k[n]}`);
    }
    expect(heard.sort()).toEqual(expected);
    expect(reached.sort()).toEqual(expected);
  });

  layerLaw('are in the order of the text', (layer) => {
    const { input, output, synapses, window, kind } = layer;
    for (let to = 0; to < neuronsOf(output); to++) {
      const heard = synapses.into(to);
      const inputs = inputsOf(heard).map((from) => at(from, input)); // row, column, channel
      expect(ascends(inputs)).toBe(true);
      const rows = placesOf(heard).map((weight) => Math.floor((weight % window.size ** 2) / window.size));
      if (kind.name === 'convolution') expect(rows).toEqual([...rows].sort((a, b) => a - b)); // kernel row first
    }
    for (let from = 0; from < neuronsOf(input); from++) {
      expect(ascends(outputsOf(synapses.outOf(from)).map((to) => at(to, output)))).toBe(true);
    }
  });
});
