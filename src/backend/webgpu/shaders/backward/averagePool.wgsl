// Stage `backward` of average and sum pools: ∂L/∂FO_j = (Σ_i ∂L/∂FI_i) ÷ divisor, over the windows that contain j.
@group(0) @binding(1) var<storage, read> d: array<f32>;
@group(0) @binding(4) var<storage, read_write> dBefore: array<f32>;

fn firstOutput(at: u32) -> u32 {
  return u32(max(0, i32(at + p.stride) - i32(p.size))) / p.stride;
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
  let y = (j / p.channels) / p.width;
  let x = (j / p.channels) % p.width;
  var sum = 0.0;
  for (var row = firstOutput(y); row < p.rows && row * p.stride <= y; row++) {
    for (var column = firstOutput(x); column < p.columns && column * p.stride <= x; column++) {
      sum += d[group.z * p.map + (row * p.columns + column) * p.channels + j % p.channels];
    }
  }
  dBefore[group.z * p.mapBefore + j] = sum / p.count;
}
