// Stage `backward` of maximum pools: ∂L/∂FI_i goes to the input of window i with the greatest FO, and among equal ones to the
// first in row-major order. One invocation per input j visits the windows that contain j in the order of the outputs, and adds
// the derivatives that go to j.
@group(0) @binding(1) var<storage, read> d: array<f32>;
@group(0) @binding(3) var<storage, read> FOBefore: array<f32>;
@group(0) @binding(4) var<storage, read_write> dBefore: array<f32>;

fn firstOutput(at: u32) -> u32 {
  return u32(max(0, i32(at + p.stride) - i32(p.size))) / p.stride;
}

// The place of the greatest flow of a window in one channel of one sample; among equal flows, the first place.
fn winnerOf(row: u32, column: u32, channel: u32, sample: u32) -> u32 {
  var best = 0u;
  var most = -1.0;
  for (var y = row * p.stride; y < row * p.stride + p.size; y++) {
    for (var x = column * p.stride; x < column * p.stride + p.size; x++) {
      let place = (y * p.width + x) * p.channels + channel;
      let flow = FOBefore[sample * p.mapBefore + place];
      if (flow > most) {
        most = flow;
        best = place;
      }
    }
  }
  return best;
}

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
  let y = (j / p.channels) / p.width;
  let x = (j / p.channels) % p.width;
  var sum = 0.0;
  for (var row = firstOutput(y); row < p.rows && row * p.stride <= y; row++) {
    for (var column = firstOutput(x); column < p.columns && column * p.stride <= x; column++) {
      if (winnerOf(row, column, channel, group.z) == j) {
        sum += d[group.z * p.map + (row * p.columns + column) * p.channels + channel];
      }
    }
  }
  dBefore[group.z * p.mapBefore + j] = sum;
}
