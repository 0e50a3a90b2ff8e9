/**
 * Mutants of `spec/` that no test can detect, and why. A mutant has a file, code, mutated code, and, if needed, a part of the
 * line that identifies the mutant.
 */
const further = (place) => place.replace(' < ', ' <= ');
const beyond = (file, ...places) => places.map((place) => [file, place, further(place)]);

export const equivalents = [
  {
    why: 'One more iteration of the loop writes beyond the end of a typed array, which ignores the write.',
    mutants: [
      ...beyond(
        'backward.ts',
        'j < error.length',
        'from < neuronsOf(layer.input)',
        'j < dFO.length',
        'i < bias.length',
      ),
      ...beyond('backward.ts', 'k < total.length', 'k < dw.length'),
      ...beyond('encode.ts', 'i < o.length'),
      ...beyond('flow.ts', 'i < FI.length'),
      ...beyond('layers/averagePool.ts', 'i < neuronsOf(output)', 'j < neuronsOf(input)'),
      ...beyond('layers/maxPool.ts', 'i < neuronsOf(output)', 'channel < output.channels'),
      ...beyond('lee.ts', 'i < slope.length'),
      ...beyond('loss.ts', 'i < output.length'),
      ['loss.ts', 'i < u.length', 'i <= u.length', 'output[i] ='],
      ...beyond('network.ts', 'row < height'),
      ...beyond('neuron.ts', 'i < u.length'),
      ...beyond('random.ts', 'k < count'),
      ...beyond('nir.ts', 'i < n', 'i < u.length', 'i < I.length', 'k < w.length'),
      ...beyond('nirMaps.ts', 'i < y.length'),
      ...beyond('reverseTime.ts', 'i < du.length'),
      ...beyond('scale.ts', 'channel < channels'),
      ...beyond(
        'surrogateGradient.ts',
        'i < layer.size',
        'i < u.length',
        'i < y.length',
        'i < G.length',
        'b < dx.length',
      ),
      ['surrogateGradient.ts', 'isRead', 'true'],
      ...beyond('surrogateLoss.ts', 'i < map'),
      ...beyond('update.ts', 'k < w.length'),
    ],
  },
  {
    why: 'One more entry is written into a list of synapses, beyond the length that is returned, and is never read.',
    mutants: beyond('layers/linear.ts', 'n < inputs', 'n < outputs'),
  },
  {
    why: 'One more value is compared, which is undefined: undefined is not greater than the best.',
    mutants: [
      ...beyond('layers/maxPool.ts', 'n < count'),
      ['loss.ts', 'i < u.length', 'i <= u.length', 'best = i'],
    ],
  },
  {
    why: 'A product with 1 is its other factor.',
    mutants: [['arithmetic.ts', 'a === 1', 'false']],
  },
  {
    why: 'For p ≥ 1 the bound ⌊p·2³²⌋ is above every word, so the next comparison gives the same result.',
    mutants: [
      ['encode.ts', 'p >= 1', 'p > 1'],
      ['encode.ts', 'p >= 1', 'false'],
    ],
  },
  {
    why: 'The ratio equals the bound: both branches give the bound.',
    mutants: [['scale.ts', 'ratio <= bound', 'ratio < bound']],
  },
  {
    why: 'q = 0 is in the range of the first formula, and this code is for the other ranges.',
    mutants: [['random.ts', 'q < 0', 'q <= 0']],
  },
  {
    why: 'The polynomial changes its sign, and so does its divisor.',
    mutants: [['random.ts', 'value * x + coefficients[n]', 'value * x - coefficients[n]']],
  },
  {
    why: 'The last swap exchanges the first sample with itself: a draw below 1 is 0.',
    mutants: [['random.ts', 'i > 0', 'i >= 0']],
  },
  {
    why: 'The derivative by the input of layer 1 is computed and never read.',
    mutants: [
      ['reverseTime.ts', 'n > 1', 'true'],
      ['reverseTime.ts', 'n > 1', 'n >= 1'],
    ],
  },
  {
    why: 'A slope over the window is computed where the rule or the layer has none, and is never read.',
    mutants: [
      ['reverseTime.ts', "slope !== 'window' || !layer.spikes", 'false'],
      ['reverseTime.ts', "slope !== 'window' || !layer.spikes", "slope !== 'window' && !layer.spikes"],
      ['reverseTime.ts', "slope !== 'window'", 'false'],
    ],
  },
  {
    why: 'An empty shard is added at the end of the tree: its gradient is +0, and a sum that starts from +0 keeps its bits.',
    mutants: [['reverseTime.ts', 'first < samples.length', 'first <= samples.length']],
  },
];
