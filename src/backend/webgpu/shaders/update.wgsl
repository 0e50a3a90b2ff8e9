// Stage `update`: Eq. (11), Adam, and the addition of the gradients of shards, elementwise and in the order of operations of
// spec/.
@group(0) @binding(1) var<storage, read_write> w: array<f32>;
@group(0) @binding(2) var<storage, read> dw: array<f32>;
@group(0) @binding(3) var<storage, read_write> m: array<f32>;
@group(0) @binding(4) var<storage, read_write> v: array<f32>;
@group(0) @binding(5) var<storage, read_write> into: array<f32>;

// The gradient of the batch, a sum or a mean, plus weight decay except for biases.
fn decayed(k: u32) -> f32 {
  var g = dw[k];
  if (has(mean)) {
    g = apart(g / p.count);
  }
  return g + apart(select(0.0, p.decay, k < p.synaptic) * w[k]);
}

fn kept(moment: f32) -> f32 {
  return select(moment, 0.0, abs(moment) < smallestMoment);
}

@compute @workgroup_size(64)
fn accumulate(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let k = itemOf(group, groups, lane);
  if (k < p.items) {
    into[k] += dw[k];
  }
}

@compute @workgroup_size(64)
fn sgd(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let k = itemOf(group, groups, lane);
  if (k < p.items) {
    w[k] -= apart(p.rate * decayed(k));
  }
}

@compute @workgroup_size(64)
fn adam(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let k = itemOf(group, groups, lane);
  if (k >= p.items) {
    return;
  }
  let q = decayed(k);
  let first = kept(apart(p.beta1 * m[k]) + apart(p.beta1Rest * q));
  let second = kept(apart(p.beta2 * v[k]) + apart(p.beta2Rest * apart(q * q)));
  m[k] = first;
  v[k] = second;
  let under = apart(sqrt(second) / p.correction) + p.epsilon;
  w[k] -= apart(p.rate * apart(first / under));
}
