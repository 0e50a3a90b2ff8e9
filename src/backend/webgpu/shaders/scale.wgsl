// Stage `scale`: writes ΣFI and ΣFO of the neurons that Eq. (12) selects in a layer, and the number of all spikes, to the
// report. In a workgroup per sample, each invocation sums the positions of a channel; the first invocation then sums the
// channels.
@group(0) @binding(1) var<storage, read> FI: array<f32>;
@group(0) @binding(2) var<storage, read> FO: array<f32>;
@group(0) @binding(3) var<storage, read_write> report: array<u32>;

var<workgroup> into: array<f32, 64>;
var<workgroup> chosen: array<u32, 64>;
var<workgroup> spikes: array<u32, 64>;

@compute @workgroup_size(64)
fn scale(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let sample = group.z;
  let positions = p.items / p.outputs;
  var sum = 0.0;
  var counts = vec2u(0u, 0u);
  for (var first = 0u; first < p.outputs; first += lanes) {
    sumChannel(sample * p.map + first + lane, positions, lane, first + lane < p.outputs);
    workgroupBarrier();
    if (lane == 0u) {
      for (var k = 0u; k < min(lanes, p.outputs - first); k++) {
        sum += into[k];
        counts += vec2u(chosen[k], spikes[k]);
      }
    }
    workgroupBarrier();
  }
  if (lane == 0u) {
    let row = sample * p.reportRow + p.sums;
    report[row] = bitcast<u32>(sum);
    report[row + 1u] = counts.x;
    report[row + 2u] = counts.y;
  }
}

fn sumChannel(channel: u32, positions: u32, lane: u32, isThere: bool) {
  var sum = 0.0;
  var selected = 0u;
  var all = 0u;
  if (isThere) {
    for (var position = 0u; position < positions; position++) {
      let place = channel + position * p.outputs;
      let spiked = u32(FO[place]);
      all += spiked;
      if (!has(selects) || FI[place] >= FO[place]) {
        sum += FI[place];
        selected += spiked;
      }
    }
  }
  into[lane] = sum;
  chosen[lane] = selected;
  spikes[lane] = all;
}
