// Stage `flow`: sums a neuron's current and spikes over the window. One invocation per neuron runs the stages `current`,
// `neuron` and `flow` of each step, t ascending.
@group(0) @binding(4) var<storage, read_write> u: array<f32>;
@group(0) @binding(5) var<storage, read_write> FI: array<f32>;
@group(0) @binding(6) var<storage, read_write> FO: array<f32>;
@group(0) @binding(7) var<storage, read_write> outBits: array<atomic<u32>>;

@compute @workgroup_size(64)
fn forward(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = itemOf(group, groups, lane);
  if (i >= p.items) {
    return;
  }
  let sample = group.z;
  let place = sample * p.map + i;
  var state = 0.0;
  var into = 0.0;
  var out = 0.0;
  if (p.t0 > 0u) {
    state = u[place];
    into = FI[place];
    out = FO[place];
  }
  for (var step = 0u; step < p.steps; step++) {
    let x = current(sample, step, i);
    var o = x != 0.0;
    if (has(neuron)) {
      let next = applyNeuron(state, x);
      state = next.u;
      o = next.o;
    } else if (has(integrates)) {
      state += x;
      o = false;
    }
    into += x;
    if (o) {
      out += 1.0;
      atomicOr(&outBits[sample * p.train + step * p.outWords + i / 32u], 1u << (i % 32u));
    }
  }
  u[place] = state;
  FI[place] = into;
  FO[place] = windowEnd(sample, i, out);
}
