// Stage `loss`: the function `loss` writes L and the result of the output layer of each sample into the report. `derivative`
// writes the derivative of L by that result.
@group(0) @binding(1) var<storage, read> result: array<f32>;
@group(0) @binding(2) var<storage, read> labels: array<i32>;
@group(0) @binding(3) var<storage, read_write> report: array<u32>;
@group(0) @binding(4) var<storage, read_write> d: array<f32>;

// The error of Eq. (6) for one class. Labels are one record apart, so that a binding can begin at any sample.
fn errorOf(sample: u32, j: u32) -> f32 {
  let share = apart(result[sample * p.map + j] / p.window);
  return share - select(0.0, 1.0, i32(j) == labels[sample * recordWords]);
}

@compute @workgroup_size(64)
fn loss(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let sample = group.z;
  if (lane > 0u) {
    return;
  }
  var squares = 0.0;
  for (var j = 0u; j < p.outputs; j++) {
    let error = errorOf(sample, j);
    squares += apart(error * error);
    report[sample * p.reportRow + 1u + j] = bitcast<u32>(result[sample * p.map + j]);
  }
  report[sample * p.reportRow] = bitcast<u32>(select(squares, squares / 2.0, has(half)));
}

// The factor of Eq. (9) for one class of one sample.
@compute @workgroup_size(64)
fn derivative(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let j = itemOf(group, groups, lane);
  if (j >= p.items) {
    return;
  }
  let error = errorOf(group.z, j);
  d[group.z * p.map + j] = select(2.0 * error, error, has(half)) / p.window;
}
