#!/usr/bin/env node
/** The command `asf-bp`. Exit codes: 0 done, 1 a negative answer, 2 wrong input or usage, 130 stopped by Ctrl-C. */
import { Command, CommanderError } from 'commander';
import { InputError, nearest, show } from '../errors.ts';
import { version } from '../version.ts';
import { reasonOf } from './files.ts';
import { experimentOptions, reportOptions } from './options/experiment.ts';
import { importOptions } from './options/nir.ts';
import { parseOptions, type Given, type Option } from './options/option.ts';
import { checkOptions, oracleOptions } from './options/oracle.ts';
import { evaluateOptions, exportOptions, infoOptions, predictOptions, showOptions } from './options/saved.ts';
import { trainOptions } from './options/train.ts';

const program = new Command('asf-bp')
  .description('Training spiking neural networks with accumulated spiking flow (ASF-BP).')
  .version(version)
  .option('--debug', 'a stack trace with an error')
  .exitOverride()
  .configureOutput({ outputError: () => {}, writeErr: () => {} });

// Whoever stopped reading is no error; a full disk is.
process.stdout.on('error', (cause: NodeJS.ErrnoException) => {
  if (cause.code === 'EPIPE') return;
  process.exit(report(new InputError(`cannot write standard output: ${reasonOf(cause)}`, { cause })));
});

let exitCode = 0;

// A command is loaded when it is called: what others need takes longer to load than most take to run.
add('train', 'train a network and save the model', [], trainOptions, async (_, options) =>
  (await import('./train.ts')).trainCommand(options),
);
add(
  'evaluate',
  'how often a saved model is right on the test images',
  ['<MODEL>'],
  evaluateOptions,
  async ([model], options) => (await import('./evaluate.ts')).evaluateCommand(model, options),
);
add(
  'predict',
  'what a saved model says to PNG pictures or .npz arrays',
  ['<MODEL>', '<FILE...>'],
  predictOptions,
  async ([model, ...files], options) => (await import('./predict.ts')).predictCommand(model, files, options),
);
add(
  'info',
  'layers, parameters, variant, S and spike rates of a saved model',
  ['<MODEL>'],
  infoOptions,
  async ([model], options) => (await import('./info.ts')).infoCommand(model, options),
);
add(
  'export',
  'a saved model with weights of 8 bits, and the accuracy that it costs; or as a NIR graph',
  ['<MODEL>'],
  exportOptions,
  async ([model], options) => (await import('./export.ts')).exportCommand(model, options),
);
add(
  'import',
  'a model from a NIR graph: see docs/nir.md',
  ['<GRAPH>'],
  importOptions,
  async ([graph], options) => (await import('./import.ts')).importCommand(graph, options),
);
add(
  'experiment',
  'a table or figure of the paper, run again',
  ['[NAME]'],
  experimentOptions,
  async ([name], options) => (await import('./experiment.ts')).experimentCommand(name, options),
);
add(
  'report',
  'one HTML page from kept runs and experiments',
  ['<DIR>'],
  reportOptions,
  async ([folder], options) => (await import('./report.ts')).reportCommand(folder, options),
);
add(
  'show',
  'what a network will see of a sample: the image and its spikes',
  ['<DATASET>', '<INDEX>'],
  showOptions,
  async ([dataset, index], options) => (await import('./show.ts')).showCommand(dataset, index, options),
);

add(
  'check',
  "whether another implementation's arrays of a training step are right, and where they first are not",
  ['[FILE...]'],
  checkOptions,
  async (files, options) => (await import('./check.ts')).checkCommand(files, options),
);
add(
  'oracle',
  'run: the right answer for a network, every array of one training step; gen, verify, --stdio: cases for an adapter',
  ['[ACTION]', '[CASE...]'],
  oracleOptions,
  async (words, options) => (await import('./oracle.ts')).oracleCommand(words, options),
);

try {
  await program.parseAsync();
} catch (error) {
  exitCode = report(error);
}
process.exitCode = exitCode;

/** Adds a command whose options come from a table. */
function add(
  name: string,
  help: string,
  parameters: readonly string[],
  options: readonly Option[],
  run: (files: string[], options: Record<string, unknown>) => Promise<number>,
): void {
  const command = program
    .command(name)
    .description(help)
    .exitOverride()
    .configureOutput({ outputError: () => {} });
  for (const parameter of parameters) command.argument(parameter);
  for (const { flag, value, help: text, byDefault } of options) {
    const more = byDefault === undefined ? '' : ` (default: ${byDefault})`;
    command.option(value === undefined ? flag : `${flag} <${value}>`, text + more);
  }
  command.action(async (...all: unknown[]) => {
    const files = (all.slice(0, parameters.length) as (string | string[])[]).flat();
    const given = all[parameters.length] as Given;
    exitCode = await run(files, parseOptions(name, options, given));
  });
}

/** One line on standard error; with `--debug` also the stack. */
function report(error: unknown): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0;
    const command = commandAtHand();
    const help = command === program ? 'asf-bp --help' : `asf-bp ${command.name()} --help`;
    process.stderr.write(`${oneLine(usageOf(error, command))}; see ${help}\n`);
    return 2;
  }
  const { message, stack = '' } = error instanceof Error ? error : new Error(String(error));
  const line = oneLine(message);
  const isDebug = process.argv.includes('--debug');
  const hint = isDebug ? '' : '; --debug shows where';
  process.stderr.write(error instanceof InputError ? `${line}\n` : `asf-bp: ${line}${hint}\n`);
  const frames = stack.indexOf('\n    at ');
  if (isDebug && frames >= 0) process.stderr.write(`${stack.slice(frames + 1)}\n`);
  return 2;
}

/** The command that was typed; else the program. */
function commandAtHand(): Command {
  const named = (text: string): Command | undefined => program.commands.find((each) => each.name() === text);
  return process.argv.slice(2).map(named).find(Boolean) ?? program;
}

/** What the parser refuses, with the names that it knows. */
function usageOf({ code, message }: CommanderError, command: Command): string {
  const commands = program.commands.map((each) => each.name());
  const [, got] = /'([^]*)'/.exec(message.split('\n')[0]) ?? [];
  if (code === 'commander.help') return unknown('asf-bp', 'command', commands, undefined);
  if (code === 'commander.unknownCommand') return unknown('asf-bp', 'command', commands, got);
  if (code !== 'commander.unknownOption')
    return `${command.name()}: ${message.replace(/^error: /, '').replace(/\.$/, '')}`;
  const flags = command.options.map(({ long }) => long ?? '');
  return unknown(command.name(), 'option', flags, got);
}

function unknown(where: string, what: string, known: readonly string[], got: string | undefined): string {
  const near = got === undefined ? undefined : nearest(got, known);
  const hint = near === undefined ? '' : `; did you mean ${near}?`;
  return `${where}: "${what}" expected one of ${known.join(', ')}, got ${show(got)}${hint}`;
}

/** A text without control characters. */
function oneLine(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ');
}
