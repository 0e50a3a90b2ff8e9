/** An equation with the functions that compute it, and the tests that call them. Paths are relative to the root. */
export interface EquationOnPage {
  readonly number: number | 'Algorithm 1';
  readonly title: string;
  readonly formula: string;
  readonly functions: readonly { name: string; file: string; tests: readonly string[] }[];
}
export declare function equationsOf(root: string): Promise<EquationOnPage[]>;
