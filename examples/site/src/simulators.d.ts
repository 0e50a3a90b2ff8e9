/** Types for the test. */
export const simulators: Readonly<Record<string, { readonly name: string; readonly rule: string }>>;
export const checkedAlone: readonly string[];
