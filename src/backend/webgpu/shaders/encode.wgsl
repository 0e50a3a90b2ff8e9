// Stage `encode`: from an image to the spikes that enter layer 1. One invocation per pixel runs over the steps of the window.
// It writes one bit per step, in raster order, and the value of each set bit.

// One image or recording per sample. An image begins with seed, key and counter of its draws, and one unused word. Two words per pixel
// follow, in raster order: a bound and flags. A random word below the bound makes the pixel fire. A recording is `steps` maps (C,H,W) of
// binary32.
@group(0) @binding(1) var<storage, read> shown: array<u32>;
@group(0) @binding(2) var<storage, read_write> bits: array<atomic<u32>>;
@group(0) @binding(3) var<storage, read_write> values: array<f32>;
@group(0) @binding(4) var<storage, read_write> FO: array<f32>;

const negative: u32 = 1u;
const always: u32 = 2u;

// Threefry-2x32-20 (Salmon et al. 2011).
const rotations = array<u32, 8>(13u, 15u, 26u, 6u, 17u, 29u, 16u, 24u);
const parity: u32 = 0x1bd11bdau;

fn threefry(key: vec2u, counter: vec2u) -> vec2u {
  var keys = array<u32, 3>(key.x, key.y, parity ^ key.x ^ key.y);
  var turns = rotations;
  var a = counter.x + key.x;
  var b = counter.y + key.y;
  for (var round = 0u; round < 20u; round++) {
    a += b;
    let r = turns[round % 8u];
    b = ((b << r) | (b >> (32u - r))) ^ a;
    if (round % 4u == 3u) {
      let n = (round + 1u) / 4u;
      a += keys[n % 3u];
      b += keys[(n + 1u) % 3u] + n;
    }
  }
  return vec2u(a, b);
}

fn fire(sample: u32, step: u32, index: u32) {
  atomicOr(&bits[sample * p.train + step * p.words + index / 32u], 1u << (index % 32u));
}

@compute @workgroup_size(64)
fn poisson(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = itemOf(group, groups, lane);
  if (index >= p.items) {
    return;
  }
  let sample = group.z;
  let draw = sample * p.pixels;
  let bound = shown[draw + 4u + 2u * index];
  let flags = shown[draw + 5u + 2u * index];
  let key = vec2u(shown[draw], shown[draw + 1u]);
  let value = select(1.0, -1.0, (flags & negative) != 0u);
  var flow = 0.0;
  if (p.t0 > 0u) {
    flow = FO[sample * p.mapBefore + index];
  }
  if (bound > 0u || flags >= always) {
    var words = vec2u(0u, 0u);
    for (var step = 0u; step < p.steps; step++) {
      let t = p.t0 + step;
      // Two steps share a draw.
      if (t % 2u == 0u || step == 0u) {
        words = threefry(key, vec2u(shown[draw + 2u], (t / 2u) * 131072u + index));
      }
      let word = select(words.x, words.y, t % 2u == 1u);
      if (flags >= always || word < bound) {
        fire(sample, step, index);
        values[sample * p.valuesSample + step * p.valuesStep + index] = value;
        flow += value;
      }
    }
  }
  FO[sample * p.mapBefore + index] = flow;
}

@compute @workgroup_size(64)
fn replay(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = itemOf(group, groups, lane);
  if (index >= p.items) {
    return;
  }
  let sample = group.z;
  // Converts the index in raster order to a place (C,H,W).
  let position = index / p.channels;
  let place = (index % p.channels) * (p.items / p.channels) + position;
  var flow = 0.0;
  if (p.t0 > 0u) {
    flow = FO[sample * p.mapBefore + index];
  }
  for (var step = 0u; step < p.steps; step++) {
    let value = bitcast<f32>(shown[sample * p.pixels + step * p.items + place]);
    values[sample * p.valuesSample + step * p.valuesStep + index] = value;
    if (value != 0.0) {
      fire(sample, step, index);
      flow += value;
    }
  }
  FO[sample * p.mapBefore + index] = flow;
}
