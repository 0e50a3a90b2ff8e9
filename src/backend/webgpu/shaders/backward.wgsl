// Stage `backward`, for all kinds of layers: multiplies dFO by the factor of Eq. (10), in place. backward/ has the parts that
// differ between kinds.
@group(0) @binding(1) var<storage, read_write> d: array<f32>;
@group(0) @binding(2) var<storage, read> FI: array<f32>;
@group(0) @binding(3) var<storage, read> FO: array<f32>;

// S of one neuron, by the definition before Eq. (12).
fn neuronScale(into: f32, out: f32) -> f32 {
  let ratio = apart(out / into);
  return select(p.bound, ratio, ratio > 0.0 && ratio <= p.bound);
}

@compute @workgroup_size(64)
fn dFI(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let j = itemOf(group, groups, lane);
  if (j >= p.items) {
    return;
  }
  let place = group.z * p.map + j;
  var slope = p.S;
  if (has(ownScale)) {
    slope = neuronScale(FI[place], FO[place]);
  }
  d[place] = select(0.0, apart(d[place] * slope), !has(gated) || FI[place] > 0.0);
}
