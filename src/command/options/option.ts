/** An option of a command. Tables of options define the parser and the help. */
import type { Command } from 'commander';
import { checkNumber, checkOneOf, checkWhole, refuse } from '../../errors.ts';
import type { Io } from '../io.ts';

export interface Option {
  /** Placeholder of the value in the help; absent for a switch. */
  readonly value?: string;
  readonly help: string;
  /** The heading of the option in the help of a command with many options. */
  readonly group?: string;
  /** The default, as text for the help. */
  readonly byDefault?: string;
  readonly parse?: Parse<unknown>;
}

/** Checks the text of an option and returns its value. */
type Parse<T> = (text: string, where: string, what: string) => T;

/** Options of all commands. */
export const everywhere = {
  json: { help: 'print one JSON object per line on standard output, and nothing else' },
  debug: { help: 'print a stack trace with an error' },
};

/** Options by name: `lrSteps` is `--lr-steps`. */
export type OptionTable = Readonly<Record<string, Option>>;

export type ParsedOptions<O extends OptionTable> = {
  readonly [Name in keyof O]?: O[Name] extends { parse: Parse<infer T> }
    ? T
    : O[Name] extends { value: string }
      ? string
      : boolean;
};

/** Runs a command with its arguments and options. Returns the exit code. */
export type CommandWith<O extends OptionTable> = (
  words: readonly string[],
  options: ParsedOptions<O>,
  io: Io,
) => number | Promise<number>;

/** Puts options under a heading of the help. */
export function under<O extends OptionTable>(group: string, options: O): O {
  const all = Object.entries(options).map(([name, option]) => [name, { ...option, group }]);
  return Object.fromEntries(all) as O; // the same names and parsers
}

/** Adds options to a parser of command lines. */
export function addOptions(command: Command, options: OptionTable): Command {
  for (const [name, { value, help, group: heading, byDefault }] of Object.entries(options)) {
    command.optionsGroup(`${heading ?? 'Options'}:`);
    const more = byDefault === undefined ? '' : ` (default: ${byDefault})`;
    const isList = value?.includes(',…');
    // Lists of a repeated option are joined.
    const all = (own: string, before?: string): string => (isList && before ? `${before},${own}` : own);
    command.option(flagOf(name) + (value === undefined ? '' : ` <${value}>`), help + more, all);
  }
  return command;
}

/** Options as the parser returns them: texts, and `true` for switches. */
type RawOptions = Readonly<Record<string, string | boolean | undefined>>;

export function parseOptions(where: string, options: OptionTable, raw: RawOptions): Record<string, unknown> {
  const parsed: Record<string, unknown> = {};
  for (const [name, { parse }] of Object.entries(options)) {
    const text = raw[name];
    if (text === undefined) continue;
    if (text === '') refuse(where, flagOf(name), 'a value', '');
    parsed[name] = parse && typeof text === 'string' ? parse(text, where, flagOf(name)) : text;
  }
  return parsed;
}

/** `lrSteps` → `--lr-steps`. */
export function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

export function oneOf<const T extends string>(
  known: readonly T[],
  words: { help: string; byDefault?: string },
) {
  const parse: Parse<T> = (text, where, what) => checkOneOf(where, what, text, known);
  return { value: known.join('|'), ...words, parse };
}

export const whole =
  (low: number, high: number): Parse<number> =>
  (text, where, what) =>
    checkWhole(where, what, toNumber(text), low, high);

export const finite =
  (bounds: Parameters<typeof checkNumber>[3]): Parse<number> =>
  (text, where, what) =>
    checkNumber(where, what, toNumber(text), bounds);

/** Parses a decimal number. Returns any other text unchanged. */
export function toNumber(text: string): number {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : (text as unknown as number); // no check accepts a text
}
