/** For the test, which is checked by types. */
export const simulators: Readonly<Record<string, string>>;
export const checkedAlone: readonly string[];
