/** Types for the test: the current text of each drawing, by path. */
export const drawings: Readonly<Record<string, () => string>>;
