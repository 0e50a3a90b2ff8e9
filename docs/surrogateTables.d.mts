/** Types for the test. */
export function surrogateTables(spec: object): Readonly<Record<string, string>>;
