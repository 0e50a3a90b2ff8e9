/** For the test, which is checked by types. */
export function surrogateTables(spec: object): Readonly<Record<string, string>>;
