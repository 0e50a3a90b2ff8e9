/**
 * All data for the forward pass of one layer over one sample's steps. The host writes the record and passes its address. Each
 * field has 4 bytes; `tables.mjs` lists the fields for the host.
 *
 * A map of neurons in memory is [row][column][channel], its channels padded to a multiple of 4 with silent ones. Only the
 * network's input is not padded. The spikes of a step are a row of bits: the neuron (row, column, channel) has bit (row·width +
 * column)·channels + channel. The row is padded to a multiple of 8 bytes, and 8 more bytes follow. The network's input has
 * event lists instead: the events of step t are entries starts[t] to starts[t+1] − 1.
 *
 * The loop over steps is inside the loop over positions. The potentials of a position therefore stay in the first-level cache
 * for a block of steps.
 */
@unmanaged
export class Run {
  /** Steps to run. */
  steps!: i32;
  carried!: i32; // 1: u, FI and FO hold values of earlier steps
  block!: i32; // steps processed together
  /** Input as event lists. */
  starts!: usize; // u32[steps + 1]; 0 if the input is bit rows
  indices!: usize; // u32
  values!: usize; // f32
  /** Input as bit rows. */
  inBits!: usize;
  inRow!: i32; // bytes per step
  /** Input as the numbers of one step. */
  map!: usize; // f32[height][width][channels]
  /** Input map. */
  height!: i32;
  width!: i32;
  channels!: i32;
  /** Output map. */
  rows!: i32;
  columns!: i32;
  outputs!: i32; // channels
  /** Kernel or window, which is square. */
  size!: i32;
  stride!: i32;
  spread!: i32; // kernel positions from one input position to the next: 1, or in the backward pass the stride
  padding!: i32;
  weights!: usize;
  weightRow!: i32; // bytes from the weights of an input channel to those of the next
  negative!: i32; // bytes from a weight of the first layer to its negated copy
  bias!: usize; // f32[outputs]; 0: none
  maskWeights!: usize; // see masks.ts; 0: windows are lists
  headCells!: i32;
  byRows!: i32; // 1: a linear layer that adds whole rows of weights, see rows.ts
  /** Scratch of the thread, as offsets from its start; see events.ts. */
  prefix!: usize; // u32[words of a step's row]
  reach!: usize; // i32[2]: the first place with an event, and one past the last
  ranks!: usize; // u32[block][height·width + 1]
  events!: usize; // u32[block·inputs + 16]
  eventValues!: usize; // f32, the value of each event
  lists!: usize; // u32[block·height·size·channels + 16]
  listValues!: usize; // f32, the value of each event in lists
  bounds!: usize; // u32[height + 1][block]
  active!: usize; // u32[block + 3]
  mapRows!: usize; // u32[height + 2·padding][block], in rows of whole vectors
  masks!: usize; // u32[rows][block]; each row is padded to whole vectors
  x!: usize; // f32[block][outputs]: currents of one position, at its active steps, and 16 spare numbers
  /** State of the output map, f32[rows][columns][outputs] each. */
  u!: usize;
  FI!: usize;
  FO!: usize;
  /** FO of the layer before. */
  FOBefore!: usize;
  /** Outgoing spikes; 0 for an output layer that only integrates. */
  outBits!: usize;
  outRow!: i32; // bytes per step
  /** Neuron. */
  spikes!: i32; // 0: an output layer that only integrates
  Vth!: f32; // a neuron fires if u > Vth; for the rule u ≥ Vth, this is the number just below the original Vth
  spent!: f32; // the original Vth, which a spike may subtract
  leak!: f32;
  mode!: i32; // see neuron.ts
  divisor!: f32; // divisor of a pool's sums
  quarters!: i32; // 1: a pool that counts in quarters, see layers/averagePool.ts
  /** u after each step, f32[steps][rows][columns][outputs]; 0: none. */
  potentials!: usize;
}
