// Stage `current` of maximum pools: a spike if an input of the window fired. The flow out is the sum of these spikes; with the
// choice `accumulated` it is the maximum of the inputs' flows.
@group(0) @binding(8) var<storage, read> FOBefore: array<f32>;

fn cellOf(i: u32, row: u32, column: u32) -> u32 {
  let top = (i / p.channels) / p.columns * p.stride;
  let left = (i / p.channels) % p.columns * p.stride;
  return ((top + row) * p.width + left + column) * p.channels + i % p.channels;
}

fn current(sample: u32, step: u32, i: u32) -> f32 {
  for (var row = 0u; row < p.size; row++) {
    for (var column = 0u; column < p.size; column++) {
      if (spikeAt(sample, step, cellOf(i, row, column)) != 0.0) {
        return 1.0;
      }
    }
  }
  return 0.0;
}

fn windowEnd(sample: u32, i: u32, out: f32) -> f32 {
  if (!has(accumulated)) {
    return out;
  }
  var most = 0.0;
  for (var row = 0u; row < p.size; row++) {
    for (var column = 0u; column < p.size; column++) {
      most = max(most, FOBefore[sample * p.mapBefore + cellOf(i, row, column)]);
    }
  }
  return most;
}
