/** Stage `scale`: the sums of Eq. (12) for one sample. */

/**
 * Computes ΣFI over the positions of each channel, then over the channels, and ΣFO as a whole number.
 *
 * @param out three f64: ΣFI, ΣFO, and ΣFO over all neurons
 * @param all 0: only neurons with FI ≥ FO
 */
export function flowSums(out: usize, FI: usize, FO: usize, positions: i32, channels: i32, all: i32): void {
  const lane = (<usize>channels) << 2;
  const bytes = <usize>positions * lane;
  let sumFI: f32 = 0;
  let sumFO: f64 = 0;
  let spikes: f64 = 0;
  for (let channel: usize = 0; channel < lane; channel += 16) {
    let flowIn = f32x4.splat(0);
    let flowOut = i32x4.splat(0);
    let fired = i32x4.splat(0);
    for (let at = channel; at < bytes; at += lane) {
      let fi = v128.load(FI + at);
      let fo = i32x4.trunc_sat_f32x4_s(v128.load(FO + at));
      fired = i32x4.add(fired, fo);
      if (!all) {
        const selected = f32x4.ge(fi, v128.load(FO + at));
        fi = v128.and(fi, selected);
        fo = v128.and(fo, selected);
      }
      flowIn = f32x4.add(flowIn, fi);
      flowOut = i32x4.add(flowOut, fo);
    }
    sumFI += f32x4.extract_lane(flowIn, 0);
    sumFI += f32x4.extract_lane(flowIn, 1);
    sumFI += f32x4.extract_lane(flowIn, 2);
    sumFI += f32x4.extract_lane(flowIn, 3);
    sumFO += total(flowOut);
    spikes += total(fired);
  }
  store<f64>(out, <f64>sumFI);
  store<f64>(out, sumFO, 8);
  store<f64>(out, spikes, 16);
}

/** The sum of four whole numbers; exact. */
// @ts-ignore: decorator
@inline
function total(lanes: v128): f64 {
  const low = <f64>i32x4.extract_lane(lanes, 0) + <f64>i32x4.extract_lane(lanes, 1);
  return low + <f64>i32x4.extract_lane(lanes, 2) + <f64>i32x4.extract_lane(lanes, 3);
}
