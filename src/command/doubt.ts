/** Whether a picture looks like one digit on a plain ground. */

/**
 * Of MNIST's 70,000 digits ink covers 1.9 to 40 %, at most 4 of its pixels lie on the edge, and their centre lies within 2.3
 * pixels of the middle: beyond these bounds is no such digit. `test/command/doubt.test.ts` looks at them.
 */
const bounds = { ink: [0.015, 0.5], edge: 0.1, centre: 1 / 7 } as const;

/**
 * Why a picture is perhaps not one digit on a plain ground, as MNIST has them; undefined where it looks like one.
 *
 * @param shown intensities, of ink from 0.5 on
 */
export function doubtOf(shown: ArrayLike<number>, height: number, width: number): string | undefined {
  let [ink, edge, across, down] = [0, 0, 0, 0];
  for (let place = 0; place < height * width; place++) {
    if (shown[place] <= 0.5) continue;
    const [row, column] = [Math.floor(place / width), place % width];
    ink++;
    edge += Number(row === 0 || column === 0 || row === height - 1 || column === width - 1);
    across += column + 0.5 - width / 2;
    down += row + 0.5 - height / 2;
  }
  const share = ink / (height * width);
  const found =
    share < bounds.ink[0]
      ? 'almost no ink'
      : share > bounds.ink[1]
        ? `${Math.round(100 * share)} % ink`
        : edge > bounds.edge * 2 * (height + width)
          ? 'ink along its edge'
          : Math.hypot(across, down) > bounds.centre * width * ink
            ? 'ink far from its middle'
            : undefined;
  return found && `expected one digit on a plain ground, got ${found}: the answer means little`;
}
