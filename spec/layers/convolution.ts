/**
 * Convolution (in the sense of neural networks: correlation): an output has synapses from a window of rows and
 * columns in every input channel. Weight (out,in,row,column). "The basic derivation is very similar and will not alter
 * the conclusion": Eq. 3, 8, 10 and 11 hold over its synapses as they stand.
 *
 * Inputs outside the map are silent: the sums skip them, which does not change a sum from +0.
 */
import { applyWeightedCurrent } from '../current.ts';
import { applyWeighteddFO } from '../backward.ts';
import { emptyLists, type LayerKind, type Synapses } from '../network.ts';
import { windowed } from './window.ts';

export const convolution: LayerKind = {
  name: 'convolution',
  sizes: { channels: undefined, kernel: undefined, stride: 1, padding: 0 },
  silent: false,
  window: ({ kernel, stride, padding }) => ({ size: kernel, stride, padding }),
  outputShape: ({ channels, kernel, stride, padding }, input) => ({
    channels,
    ...windowed(input, kernel, stride, padding),
  }),
  weightShape: ({ channels, kernel }, input) => [channels, input.channels, kernel, kernel],
  applyCurrent: applyWeightedCurrent,
  applydFO: applyWeighteddFO,

  synapses({ input, output, window: { size, stride, padding } }): Synapses {
    const { channels: inputs, height, width } = input;
    const { channels: outputs, height: rows, width: columns } = output;
    const { heard, reached } = emptyLists(size * size * Math.max(inputs, outputs));
    const inputAt = (channel: number, y: number, x: number): number => (channel * height + y) * width + x;
    const outputAt = (channel: number, y: number, x: number): number => (channel * rows + y) * columns + x;
    const weightAt = (to: number, from: number, row: number, column: number): number =>
      ((to * inputs + from) * size + row) * size + column;

    return {
      into(place) {
        const { j, k } = heard;
        const [to, oy, ox] = split(place, rows, columns);
        let n = 0;
        for (let row = 0; row < size; row++) {
          const y = oy * stride + row - padding;
          if (y < 0 || y >= height) continue;
          for (let column = 0; column < size; column++) {
            const x = ox * stride + column - padding;
            if (x < 0 || x >= width) continue;
            for (let from = 0; from < inputs; from++, n++) {
              j[n] = inputAt(from, y, x);
              k[n] = weightAt(to, from, row, column);
            }
          }
        }
        heard.count = n;
        return heard;
      },
      outOf(place) {
        const { i, k } = reached;
        const [from, y, x] = split(place, height, width);
        let n = 0;
        for (let oy = first(y); oy < rows && oy * stride <= y + padding; oy++) {
          for (let ox = first(x); ox < columns && ox * stride <= x + padding; ox++) {
            for (let to = 0; to < outputs; to++, n++) {
              i[n] = outputAt(to, oy, ox);
              k[n] = weightAt(to, from, y + padding - oy * stride, x + padding - ox * stride);
            }
          }
        }
        reached.count = n;
        return reached;
      },
    };

    /** The first output row (or column) whose window reaches input row (or column) `at`. */
    function first(at: number): number {
      return Math.max(0, Math.ceil((at + padding - size + 1) / stride));
    }
  },
};

/** (a·rows + y)·columns + x → [a, y, x]. */
function split(place: number, rows: number, columns: number): [number, number, number] {
  const map = Math.floor(place / columns);
  return [Math.floor(map / rows), map % rows, place % columns];
}
