/**
 * Mutants of `spec/` that no test can notice, by the reason: file, what stands there, what would stand there; and of the line it is
 * in a part that tells it from others, where that is needed.
 */
const further = (place) => place.replace(' < ', ' <= ');
const beyond = (file, ...places) => places.map((place) => [file, place, further(place)]);

export const equivalents = [
  {
    why: 'One round more of the loop writes beyond the end of a typed array, which takes no such write.',
    mutants: [
      ...beyond(
        'backward.ts',
        'j < error.length',
        'from < neuronsOf(layer.input)',
        'j < dFO.length',
        'k < weightsOf(layer)',
      ),
      ...beyond('backward.ts', 'k < total.length', 'k < dw.length'),
      ...beyond('current.ts', 'i < neuronsOf(output)'),
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
      ...beyond('reverseTime.ts', 'i < du.length'),
      ...beyond('scale.ts', 'channel < channels'),
      ...beyond('stbp.ts', 'i < u.length'),
      ...beyond('update.ts', 'k < w.length'),
    ],
  },
  {
    why: 'One entry more is written into a list of synapses, beyond the length that is returned, and nobody reads it.',
    mutants: beyond('layers/linear.ts', 'n < inputs', 'n < outputs'),
  },
  {
    why: 'One value more is compared, which is not there: undefined is not greater than the best.',
    mutants: [
      ...beyond('layers/maxPool.ts', 'n < count'),
      ['loss.ts', 'i < u.length', 'i <= u.length', 'best = i'],
    ],
  },
  {
    why: 'For p ≥ 1 the bound ⌊p·2³²⌋ is above every word, so that the question after it answers the same.',
    mutants: [
      ['encode.ts', 'p >= 1', 'p > 1'],
      ['encode.ts', 'p >= 1', 'false'],
    ],
  },
  {
    why: 'A ratio that is the bound itself: either answer is the bound.',
    mutants: [['scale.ts', 'ratio <= bound', 'ratio < bound']],
  },
  {
    why: 'q = 0 belongs to the first part, and this is the others.',
    mutants: [['random.ts', 'q < 0', 'q <= 0']],
  },
  {
    why: 'The polynomial changes its sign, and so does the one that it is divided by.',
    mutants: [['random.ts', 'value * x + coefficients[n]', 'value * x - coefficients[n]']],
  },
  {
    why: 'The last sample is swapped with itself: a draw below 1 is 0.',
    mutants: [['random.ts', 'i > 0', 'i >= 0']],
  },
  {
    why: 'What goes back from layer 1 is made, and nobody reads it.',
    mutants: [
      ['reverseTime.ts', 'n > 1', 'true'],
      ['reverseTime.ts', 'n > 1', 'n >= 1'],
    ],
  },
  {
    why: 'A slope for the window is made where the rule or the layer has none, and nobody reads it.',
    mutants: [
      ['reverseTime.ts', "slope !== 'window' || !layer.spikes", 'false'],
      ['reverseTime.ts', "slope !== 'window' || !layer.spikes", "slope !== 'window' && !layer.spikes"],
      ['reverseTime.ts', "slope !== 'window'", 'false'],
    ],
  },
  {
    why: 'A shard of no samples at the end: its gradient is +0, the last of the tree, and a sum that began from +0 keeps its bits.',
    mutants: [['reverseTime.ts', 'first < samples.length', 'first <= samples.length']],
  },
];
