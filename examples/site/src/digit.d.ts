/** For the test, which is checked by types. */
export function digitFrom(
  strokes: readonly (readonly (readonly [x: number, y: number])[])[],
  pen: number,
): Uint8Array | undefined;
