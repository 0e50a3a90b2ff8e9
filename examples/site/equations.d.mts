/** An equation with the functions that carry it out, and the tests that call them; paths from the root. */
export interface EquationOnPage {
  readonly number: number | 'Algorithm 1';
  readonly title: string;
  readonly formula: string;
  readonly functions: readonly { name: string; file: string; tests: readonly string[] }[];
}
export declare function equationsOf(root: string): Promise<EquationOnPage[]>;
