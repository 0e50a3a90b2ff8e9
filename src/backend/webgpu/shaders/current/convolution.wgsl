// Stage `current` of convolutions and of linear layers, whose map is one position with all inputs as its channels. Weights are
// [row][column][input channel][output], so the bits of a window row and their weights have the same order.
@group(0) @binding(3) var<storage, read> w: array<f32>;

// x_i = Σ_j w_ij · o_j (+ b_i), in the order of kernel row, kernel column, input channel. Skips silent inputs, up to 32 at once.
fn current(sample: u32, step: u32, i: u32) -> f32 {
  let output = i % p.outputs;
  let top = i32((i / p.outputs) / p.columns * p.stride) - i32(p.padding);
  let left = i32((i / p.outputs) % p.columns * p.stride) - i32(p.padding);
  let firstColumn = u32(max(left, 0));
  let lastColumn = u32(clamp(left + i32(p.size), 0, i32(p.width)));
  var x = 0.0;
  for (var row = u32(max(0, -top)); row < p.size; row++) {
    let y = top + i32(row);
    if (y >= i32(p.height)) {
      break;
    }
    let cells = u32(y) * p.width;
    let before = (cells + firstColumn) * p.channels;
    let end = (cells + lastColumn) * p.channels;
    let weights = (row * p.size + u32(i32(firstColumn) - left)) * p.channels;
    x = rowOfEvents(x, sample, step, before, end, weights, output);
  }
  if (has(biased)) {
    x += w[p.synaptic + output];
  }
  return x;
}

// Adds the events of the cells from `before` to `end` − 1. The weights of cell c are at place `weights` + c − `before`.
fn rowOfEvents(start: f32, sample: u32, step: u32, before: u32, end: u32, weights: u32, output: u32) -> f32 {
  var x = start;
  let train = sample * p.trainBefore + step * p.words;
  let shown = sample * p.valuesSample + step * p.valuesStep;
  for (var word = before / 32u; word * 32u < end; word++) {
    var events = bits[train + word];
    let first = word * 32u;
    if (first < before) {
      events &= 0xffffffffu << (before - first);
    }
    if (end - first < 32u) {
      events &= (1u << (end - first)) - 1u;
    }
    while (events != 0u) {
      let cell = first + firstTrailingBit(events);
      events &= events - 1u;
      var term = w[(weights + cell - before) * p.outputs + output];
      if (has(hasValues)) {
        term = apart(term * values[shown + cell]);
      }
      x += term;
    }
  }
  return x;
}

fn windowEnd(_sample: u32, _i: u32, out: f32) -> f32 {
  return out;
}
