// What all stages share.

// The place of an invocation among the items of its sample. Of a large map, y counts rows of workgroups.
fn itemOf(group: vec3u, groups: vec3u, lane: u32) -> u32 {
  return (group.y * groups.x + group.x) * lanes + lane;
}

// A rounded number that the compiler must not fuse with what follows, nor move: it does not know that `zero` is 0.
fn apart(x: f32) -> f32 {
  return bitcast<f32>(bitcast<u32>(x) ^ p.zero);
}

fn has(choice: u32) -> bool {
  return (p.mode & choice) != 0u;
}
