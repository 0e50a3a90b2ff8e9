/** Errors of usage, in one line: the parser's error and a suggestion. */
import type { Command, CommanderError } from 'commander';
import { nearest, show } from '../errors.ts';
import { models } from '../network/index.ts';
import { quoted } from './shell.ts';

/** @param names names of all commands */
export function usageOf(
  { code, message }: CommanderError,
  command: Command,
  names: readonly string[],
): string {
  const [, got] = /'([^]*)'/.exec(message.split('\n')[0]) ?? [];
  // This is `help NAME` with an unknown name.
  if (code === 'commander.help') return unknown('asf-bp', 'command', names, command.args[1]);
  if (code === 'commander.unknownCommand') return unknown('asf-bp', 'command', names, got);
  if (code === 'commander.unknownOption' && got !== undefined) return unknownOption(command, got);
  const [word] = command.args;
  if (code === 'commander.excessArguments' && command.name() === 'train' && word !== undefined) {
    const flag = Object.hasOwn(models, word) || word.endsWith('.json') ? '--model' : '--dataset';
    return `train: "arguments" expected options alone, got ${show(word)}; did you mean ${flag} ${quoted(word)}?`;
  }
  return `${command.name()}: ${message.replace(/^error: /, '').replace(/\.$/, '')}`;
}

/** Options of other programs, and the options that correspond to them. */
const elsewhere: Readonly<Record<string, string | undefined>> = {
  '--device': '--backend',
  '--gpu': '--backend',
  '--learning-rate': '--lr',
  '--timesteps': '--window',
  '--time-steps': '--window',
  '--workers': '--threads',
};

/** An error lists all options only if there are at most this many. */
const mostListed = 12;

function unknownOption(command: Command, got: string): string {
  const flags = command.options.map(({ long }) => long ?? '');
  const known = flags.find((flag) => flag === elsewhere[got]);
  const near = known ?? nearest(got, flags) ?? flags.find((flag) => got.startsWith(`${flag}-`));
  const name = command.name();
  if (near === undefined && flags.length <= mostListed) return unknown(name, 'option', flags, got);
  const hint = near === undefined ? '' : `; did you mean ${near}?`;
  return `${name}: "option" expected an option of ${name}, got ${show(got)}${hint}`;
}

function unknown(where: string, what: string, known: readonly string[], got: string | undefined): string {
  const near = got === undefined ? undefined : nearest(got, known);
  const hint = near === undefined ? '' : `; did you mean ${near}?`;
  return `${where}: "${what}" expected one of ${known.join(', ')}, got ${show(got)}${hint}`;
}
