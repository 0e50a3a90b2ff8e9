/** Stage encode as parts: a seed → random words; words and an image → the spikes of the input. */
import { neuronsOf, rasterOrder, type Network } from '../../../spec/network.ts';
import { inputWord, streams } from '../../../spec/random.ts';
import { keysOf } from '../../keysOf.ts';
import type { Interval, Intervals } from '../interval.ts';
import type { StagePart, Setting } from '../stagePart.ts';
import { range, scalar, slice, take } from '../slices.ts';

/** The random words of an encoding, from its seed, stream, epoch and samples. */
export function drawWords({ input, T }: Network, B: number, inputs: Intervals): Uint32Array {
  const size = neuronsOf(input);
  const names = keysOf(streams);
  const draw = {
    seed: scalar(inputs, 'encode.seed'),
    stream: names.find((name) => streams[name] === scalar(inputs, 'encode.stream'))!, // 1 or 2
    epoch: scalar(inputs, 'encode.epoch'),
  };
  const samples = take(inputs, 'encode.sample').value;
  const words = new Uint32Array(T * B * size);
  const raster = rasterOrder(input);
  for (const t of range(T)) {
    for (const b of range(B)) {
      const [from, its] = [(t * B + b) * size, { ...draw, sample: samples[b] }];
      raster.forEach((place, index) => (words[from + place] = inputWord(its, t, index)));
    }
  }
  return words;
}

export function encodeParts({ network, B, precision, variant, semantics }: Setting): StagePart[] {
  const { input, T, inputScale } = network;
  const size = neuronsOf(input);
  return [
    {
      id: 'encode.0.word',
      stage: 'encode',
      n: 0,
      inputs: ['encode.seed', 'encode.stream', 'encode.epoch', 'encode.sample'],
      outputs: ['encode.word'],
      run: (inputs) => new Map([['encode.word', { value: drawWords(network, B, inputs) }]]),
    },
    {
      id: 'encode.0',
      stage: 'encode',
      n: 0,
      inputs: ['image', 'encode.word'],
      outputs: ['input.spikes'],
      run(inputs) {
        const scale = variant.input === 'scaledIntensity' ? inputScale : 1;
        const spikes = precision.array(T * B * size);
        for (const t of range(T)) {
          for (const b of range(B)) {
            const o = precision.array(size);
            semantics.applyWords(
              o,
              mapAt(inputs, 'image', b),
              mapAt(inputs, 'encode.word', t * B + b),
              scale,
            );
            spikes.set(o, (t * B + b) * size);
          }
        }
        return new Map<string, Interval>([['input.spikes', { value: spikes }]]);
      },
    },
  ];

  function mapAt(inputs: Intervals, key: string, index: number): ArrayLike<number> {
    const { value } = take(inputs, key);
    return key === 'image'
      ? slice(value, index, size, precision)
      : value.subarray(index * size, (index + 1) * size);
  }
}
