// Functions that all stages use.

// The place of an invocation among the items of its sample. Large maps have several rows of workgroups, counted by y.
fn itemOf(group: vec3u, groups: vec3u, lane: u32) -> u32 {
  return (group.y * groups.x + group.x) * lanes + lane;
}

// Prevents the compiler from fusing the rounded number x with later operations. It cannot know that `zero` is 0.
fn apart(x: f32) -> f32 {
  return bitcast<f32>(bitcast<u32>(x) ^ p.zero);
}

fn has(choice: u32) -> bool {
  return (p.mode & choice) != 0u;
}
