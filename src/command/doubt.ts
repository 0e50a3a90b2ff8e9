/** Tests whether a picture looks like one digit on a plain ground. */

/**
 * Limits with a margin: in MNIST's 70,000 digits, ink covers 1.9 to 40 % and at most 4 pixels of the edge, and its centre is at most 2.3
 * pixels from the middle. `test/command/doubt.test.ts` tests that no digit exceeds the limits.
 */
const bounds = { ink: [0.015, 0.5], edge: 0.1, centre: 1 / 7 } as const;

/**
 * Why a picture may not be one digit on a plain ground, as in MNIST; undefined if it looks like one.
 *
 * @param shown intensities; above 0.5 is ink
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
  const doubts: readonly (readonly [boolean, string])[] = [
    [share < bounds.ink[0], 'almost no ink'],
    [share > bounds.ink[1], `${Math.round(100 * share)} % ink`],
    [edge > bounds.edge * 2 * (height + width), 'ink along its edge'],
    [Math.hypot(across, down) > bounds.centre * width * ink, 'ink far from its middle'],
  ];
  const [, found] = doubts.find(([isFound]) => isFound) ?? [];
  return found && `expected one digit on a plain ground, got ${found}: the answer is unreliable`;
}
