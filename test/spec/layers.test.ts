/** A layer of each kind connects its neurons through the right weights, and lists them in the order of the text. */
import { describe, expect, it } from 'vitest';
import { neuronsOf, type Heard, type Reached, type Layer, type Shape } from '../../spec/network.ts';
import { paper } from '../../spec/variant.ts';
import { tablesOf, type Table } from './naive.ts';
import { anyLayer } from './small.ts';
import { alone, law, layerOf } from './support.ts';

/** Row, column, channel of place i of a map (C,H,W). */
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
  law(name, anyLayer, 200, ({ words, input }) => {
    const [table] = tablesOf({ ...alone, input, layers: [words] }, paper);
    holds(layerOf(words, input), table);
  });
}

const inputsOf = ({ j, count }: Heard): number[] => Array.from(j.slice(0, count));
const outputsOf = ({ i, count }: Reached): number[] => Array.from(i.slice(0, count));
const placesOf = ({ k, count }: Heard | Reached): number[] => Array.from(k.slice(0, count));

describe('synapses, worked by hand', () => {
  it('convolution 2 × 2 over 2 channels of 1 × 3, padding 1: a border neuron, an input', () => {
    const layer = layerOf(
      { kind: 'convolution', channels: 2, kernel: 2, padding: 1 },
      { channels: 2, height: 1, width: 3 },
    );
    expect(layer.output).toEqual({ channels: 2, height: 2, width: 4 });
    const { into, outOf } = layer.synapses;
    // Output (channel 1, row 0, column 1) = place 9: window rows −1, 0 and columns 0, 1. Row 0 is kernel row 1:
    // kernel column 0: inputs 0 and 3 (column 0), weights (1,c,1,0); kernel column 1: inputs 1 and 4.
    expect(inputsOf(into(9))).toEqual([0, 3, 1, 4]);
    expect(placesOf(into(9))).toEqual([10, 14, 11, 15]);
    // The place below, 13: window rows 0 and 1, of which row 1 is outside. Row 0 is kernel row 0.
    expect(inputsOf(into(13))).toEqual([0, 3, 1, 4]);
    expect(placesOf(into(13))).toEqual([8, 12, 9, 13]);
    // Input (channel 1, row 0, column 0) = place 3 is seen from output rows 0, 1 and columns 0, 1, both channels.
    expect(outputsOf(outOf(3))).toEqual([0, 8, 1, 9, 4, 12, 5, 13]);
    expect(placesOf(outOf(3))).toEqual([7, 15, 6, 14, 5, 13, 4, 12]);
  });

  it('linear: inputs in raster order (row, column, channel)', () => {
    const layer = layerOf({ kind: 'linear', units: 2 }, { channels: 2, height: 1, width: 2 });
    const { into, outOf } = layer.synapses;
    expect([inputsOf(into(1)), placesOf(into(1))]).toEqual([
      [0, 2, 1, 3],
      [4, 6, 5, 7],
    ]);
    expect([outputsOf(outOf(2)), placesOf(outOf(2))]).toEqual([
      [0, 1],
      [2, 6],
    ]);
  });
});

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
