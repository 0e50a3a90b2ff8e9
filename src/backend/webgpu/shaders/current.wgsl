// Stage `current`, for all kinds of layers. The spikes of the layer before are bits in raster order. If that layer is the
// input, a set bit marks a cell that has a value.
@group(0) @binding(1) var<storage, read> bits: array<u32>;
@group(0) @binding(2) var<storage, read> values: array<f32>;

// o of the layer before at a cell: 0 or 1; for the input also −1 or a count.
fn spikeAt(sample: u32, step: u32, cell: u32) -> f32 {
  let word = bits[sample * p.trainBefore + step * p.words + cell / 32u];
  if (((word >> (cell % 32u)) & 1u) == 0u) {
    return 0.0;
  }
  if (has(hasValues)) {
    return values[sample * p.valuesSample + step * p.valuesStep + cell];
  }
  return 1.0;
}
