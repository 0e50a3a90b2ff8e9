/** Stage `loss`, Eq. (6), and the first factor of Eq. (9), for one sample. */

/**
 * Computes L, the potentials, and ∂L/∂mem.
 *
 * @param out f64[1 + classes]: L, then u of each class
 * @param dmem f32[classes], overwritten; 0: none
 * @param label address of the class, i32; the class is −1 if it is unknown
 * @param window T·Vth, rounded once
 * @param half 1: with the ½ of Eq. (6)
 */
export function loss(out: usize, dmem: usize, u: usize, classes: i32, label: usize, window: f32, half: i32): void {
  const labelled = load<i32>(label);
  let squares: f32 = 0;
  for (let i = 0; i < classes; i++) {
    const at = (<usize>i) << 2;
    const potential = load<f32>(u + at);
    const error = potential / window - <f32>(i == labelled);
    squares += error * error;
    if (dmem) store<f32>(dmem + at, (half ? error : 2 * error) / window);
    store<f64>(out + ((<usize>(i + 1)) << 3), <f64>potential);
  }
  store<f64>(out, <f64>(half ? squares / 2 : squares));
}
