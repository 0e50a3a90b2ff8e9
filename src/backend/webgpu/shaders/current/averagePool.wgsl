// Stage `current` of average and sum pools: sum of the spikes of a window ÷ divisor, in the order of window row and column.
fn current(sample: u32, step: u32, i: u32) -> f32 {
  let channel = i % p.channels;
  let top = (i / p.channels) / p.columns * p.stride;
  let left = (i / p.channels) % p.columns * p.stride;
  var sum = 0.0;
  for (var row = 0u; row < p.size; row++) {
    for (var column = 0u; column < p.size; column++) {
      sum += spikeAt(sample, step, ((top + row) * p.width + left + column) * p.channels + channel);
    }
  }
  return apart(sum / p.count);
}

fn windowEnd(_sample: u32, _i: u32, out: f32) -> f32 {
  return out;
}
