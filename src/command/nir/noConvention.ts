import { nirConventions } from '../../../spec/nirConventions.ts';
import { refuse } from '../../errors.ts';

/** Refuses a graph without `--as`, and names the conventions. */
export function refuseNoConvention(where: string, what: string): never {
  const names = Object.keys(nirConventions).join(', ');
  const expected = `the convention that the ${what} is to be read by: ${names}, or JSON`;
  refuse(where, '--as', expected, undefined, 'docs/nir.md has what each does');
}
