/** For the test, which is checked by types: what the drawings hold now, by path. */
export const drawings: Readonly<Record<string, () => string>>;
