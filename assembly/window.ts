/**
 * Window: all that the forward pass of one layer over one sample's steps needs, as a record in memory.
 * The host writes it (`src/backend/wasm/window.ts` has the same fields in the same order; a test compares them) and
 * passes its address. Each field has 4 bytes.
 *
 * A map of neurons in memory is [row][column][channel], its channels padded to a multiple of 4 with silent ones; the
 * input map alone is not padded. The spikes of a step are a row of bits, bit (row·width + column)·channels + channel,
 * padded to 8 bytes. The input's spikes are event lists instead: those of step t are entries starts[t] … starts[t+1].
 */
@unmanaged
export class Window {
  /** Steps to run. */
  steps!: i32;
  /** Input: event lists … */
  starts!: usize; // u32[steps + 1]; 0 where the input is bit rows
  indices!: usize; // u32
  values!: usize; // f32
  /** … or bit rows. */
  inBits!: usize;
  inRow!: i32; // bytes a step
  events!: usize; // u32[inputs], the events of one step
  /** Input map. */
  height!: i32;
  width!: i32;
  channels!: i32;
  /** Output map. */
  rows!: i32;
  columns!: i32;
  outputs!: i32; // channels
  /** Kernel or window. */
  size!: i32;
  stride!: i32;
  padding!: i32;
  weights!: usize;
  /** Pools: which outputs an input reaches: entries reachStarts[j] … reachStarts[j+1] of reach. */
  reachStarts!: usize; // u32[inputs + 1]
  reach!: usize; // u32
  /** State of the output map, f32[rows][columns][outputs] each. */
  x!: usize; // zero between steps
  u!: usize;
  FI!: usize;
  FO!: usize;
  touched!: usize; // u8[rows · columns], zero between steps
  /** Spikes that go out. */
  outBits!: usize;
  outRow!: i32; // bytes a step
  /** Neuron. */
  spikes!: i32; // 0: the output layer, which only integrates
  Vth!: f32;
  leak!: f32;
  mode!: i32; // see neuron.ts
  /** u after each step, f32[steps][rows][columns][outputs]; 0: not wanted. */
  trace!: usize;
}
