/** An option of a command. Parsing and help are made from tables of options. */
import { checkWhole, refuse } from '../../errors.ts';

export interface Option {
  readonly flag: string;
  /** Placeholder of the value in the help; absent for a switch. */
  readonly value?: string;
  readonly help: string;
  /** Its heading in the help of a command with many. */
  readonly group?: string;
  /** The default, as shown in the help and the tables. */
  readonly byDefault?: string;
  /** Checks the text and returns its value. */
  readonly parse?: (text: string, where: string, what: string) => unknown;
}

/** Options under a heading. */
export const under = (group: string, options: readonly Option[]): Option[] =>
  options.map((option) => ({ ...option, group }));

/** Options from the parser: texts by name without dashes, switches as true. */
export type Given = Readonly<Record<string, string | boolean | undefined>>;

/** Checks all given options. Keys are the flags without dashes, such as `lrSteps`. */
export function parseOptions(
  where: string,
  options: readonly Option[],
  given: Given,
): Record<string, unknown> {
  const parsed: Record<string, unknown> = {};
  for (const { flag, parse } of options) {
    const key = keyOf(flag);
    const text = given[key];
    if (text === undefined) continue;
    if (text === '') refuse(where, flag, 'a value', '');
    parsed[key] = parse && typeof text === 'string' ? parse(text, where, flag) : text;
  }
  return parsed;
}

/** `--lr-steps` → `lrSteps`. */
export function keyOf(flag: string): string {
  return flag.slice(2).replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

/** A check for whole numbers. */
export const whole =
  (low: number, high: number) =>
  (text: string, where: string, what: string): number =>
    checkWhole(where, what, toNumber(text), low, high);

/** Parses a decimal number; otherwise returns the text, which every check refuses. */
export function toNumber(text: string): number {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : (text as unknown as number); // no check accepts a text
}
