/**
 * Changes the layout of weights from (output, channel, position) to [position][channel][output]. It also turns a map into
 * (C,H,W): the caller passes the map's positions as outputs, and its channels as positions.
 *
 * @param to f32[`bytes` / 4]; padding becomes 0
 * @param weights f32[outputs · maps · positions]
 * @param channels channels of the input map, padding included
 * @param row cells of a row of outputs, padding included
 */
export function layWeights(
  to: usize, bytes: usize, weights: usize, outputs: i32, maps: i32, positions: i32, channels: i32, row: i32,
): void {
  memory.fill(to, 0, bytes);
  const each = maps * positions;
  // Reads sixteen outputs at a time from sixteen places and writes them side by side.
  for (let first = 0; first < outputs; first += 16) {
    const past = min(outputs, first + 16);
    for (let channel = 0; channel < maps; channel++) {
      for (let position = 0; position < positions; position++) {
        const from = weights + (<usize>(channel * positions + position) << 2);
        const cell = to + (<usize>((position * channels + channel) * row) << 2);
        for (let output = first; output < past; output++)
          store<f32>(cell + (<usize>output << 2), load<f32>(from + (<usize>(output * each) << 2)));
      }
    }
  }
}

export function copy(to: usize, from: usize, bytes: usize): void {
  memory.copy(to, from, bytes);
}
