/** For the test, which is checked by types. */
export const simulators: Readonly<Record<string, { readonly name: string; readonly rule: string }>>;
export const checkedAlone: readonly string[];
