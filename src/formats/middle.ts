/** By how many whole pixels the centre of mass of a square picture is to be moved to lie in its middle: right, and down. */
export function toMiddle(ink: ArrayLike<number>, side: number): [right: number, down: number] {
  let [sum, x, y] = [0, 0, 0];
  for (let place = 0; place < ink.length; place++) {
    sum += ink[place];
    x += ink[place] * (place % side);
    y += ink[place] * Math.floor(place / side);
  }
  const middle = (side - 1) / 2;
  return sum > 0 ? [Math.round(middle - x / sum), Math.round(middle - y / sum)] : [0, 0];
}
