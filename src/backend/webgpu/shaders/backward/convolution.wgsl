// Stage `backward` of convolutions and linear layers. Maps and weights are as in current/convolution.wgsl. Terms of 0 are
// skipped, because they do not change a sum that begins at +0.
@group(0) @binding(1) var<storage, read> d: array<f32>;
@group(0) @binding(2) var<storage, read> w: array<f32>;
@group(0) @binding(3) var<storage, read> FOBefore: array<f32>;
@group(0) @binding(4) var<storage, read_write> dBefore: array<f32>;
@group(0) @binding(5) var<storage, read_write> dw: array<f32>;

// The first output row or column whose window reaches `at`.
fn firstOutput(at: u32) -> u32 {
  return u32(max(0, i32(at + p.padding + p.stride) - i32(p.size))) / p.stride;
}

// The sum of Eq. (9) and (10), in the order of output row, column, channel.
@compute @workgroup_size(64)
fn dFO(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let j = itemOf(group, groups, lane);
  if (j >= p.items) {
    return;
  }
  let channel = j % p.channels;
  let y = (j / p.channels) / p.width + p.padding;
  let x = (j / p.channels) % p.width + p.padding;
  var sum = 0.0;
  for (var row = firstOutput(y - p.padding); row < p.rows && row * p.stride <= y; row++) {
    for (var column = firstOutput(x - p.padding); column < p.columns && column * p.stride <= x; column++) {
      let derivatives = group.z * p.map + (row * p.columns + column) * p.outputs;
      let cell = (y - row * p.stride) * p.size + x - column * p.stride;
      let weights = (cell * p.channels + channel) * p.outputs;
      for (var i = 0u; i < p.outputs; i++) {
        if (d[derivatives + i] != 0.0) {
          sum += apart(d[derivatives + i] * w[weights + i]);
        }
      }
    }
  }
  dBefore[group.z * p.mapBefore + j] = sum;
}

// Eq. (11), the gradient of a shard: one sum per weight, in the order of sample, output row, output column. The flow of a bias is T.
@compute @workgroup_size(64)
fn gradient(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let k = itemOf(group, groups, lane);
  if (k >= p.items) {
    return;
  }
  let output = k % p.outputs;
  let channel = (k / p.outputs) % p.channels;
  let cell = k / p.outputs / p.channels;
  var sum = 0.0;
  if (has(carried)) {
    sum = dw[k];
  }
  if (k >= p.synaptic) {
    for (var sample = 0u; sample < p.samples; sample++) {
      for (var place = 0u; place < p.rows * p.columns; place++) {
        sum += apart(d[sample * p.map + place * p.outputs + k - p.synaptic] * f32(p.T));
      }
    }
    dw[k] = sum;
    return;
  }
  for (var sample = 0u; sample < p.samples; sample++) {
    for (var row = 0u; row < p.rows; row++) {
      // Rows and columns below 0 wrap around to large numbers, so this skips them too.
      let y = row * p.stride + cell / p.size - p.padding;
      if (y >= p.height) {
        continue;
      }
      for (var column = 0u; column < p.columns; column++) {
        let x = column * p.stride + cell % p.size - p.padding;
        if (x >= p.width) {
          continue;
        }
        let flow = FOBefore[sample * p.mapBefore + (y * p.width + x) * p.channels + channel];
        if (flow != 0.0) {
          sum += apart(d[sample * p.map + (row * p.columns + column) * p.outputs + output] * flow);
        }
      }
    }
  }
  dw[k] = sum;
}
