/** The command `asf-bp`. Exit codes: 0 done, 1 a negative answer or threads that failed, 2 wrong input or usage, 130 stopped by Ctrl-C. */
import { Command, CommanderError } from 'commander';
import { FailedError, InputError, nearest, show } from '../errors.ts';
import { version } from '../version.ts';
import { oneLine } from '../printable.ts';
import { printing, type Io, type ProcessIo } from './io.ts';
import { experimentOptions, reportOptions } from './options/experiment.ts';
import { importOptions } from './options/nir.ts';
import { parseOptions, type Given, type Option } from './options/option.ts';
import { checkOptions, oracleOptions } from './options/oracle.ts';
import { evaluateOptions, exportOptions, infoOptions, predictOptions, showOptions } from './options/saved.ts';
import { trainOptions } from './options/train.ts';

/** One of the commands: what it takes, and what carries it out. */
interface Entry {
  readonly name: string;
  readonly help: string;
  readonly parameters: readonly string[];
  readonly options: readonly Option[];
  readonly run: (words: string[], options: Record<string, unknown>, io: Io) => Promise<number>;
}

// A command is loaded when it is called: what others need takes longer to load than most take to run.
export const commands: readonly Entry[] = [
  {
    name: 'train',
    help: 'train a network and save the model',
    parameters: [],
    options: trainOptions,
    run: async (_, options, io) => (await import('./train.ts')).trainCommand(options, io),
  },
  {
    name: 'evaluate',
    help: 'how often a saved model is right on the test images',
    parameters: ['<MODEL>'],
    options: evaluateOptions,
    run: async ([model], options, io) => (await import('./evaluate.ts')).evaluateCommand(model, options, io),
  },
  {
    name: 'predict',
    help: 'what a saved model says to PNG pictures or .npz arrays',
    parameters: ['<MODEL>', '<FILE...>'],
    options: predictOptions,
    run: async ([model, ...files], options, io) =>
      (await import('./predict.ts')).predictCommand(model, files, options, io),
  },
  {
    name: 'info',
    help: 'layers, parameters, variant, S and spike rates of a saved model',
    parameters: ['<MODEL>'],
    options: infoOptions,
    run: async ([model], options, io) => (await import('./info.ts')).infoCommand(model, options, io),
  },
  {
    name: 'export',
    help: 'a saved model with weights of 8 bits, and the accuracy that it costs; or as a NIR graph',
    parameters: ['<MODEL>'],
    options: exportOptions,
    run: async ([model], options, io) => (await import('./export.ts')).exportCommand(model, options, io),
  },
  {
    name: 'import',
    help: 'a model from a NIR graph: see docs/nir.md',
    parameters: ['<GRAPH>'],
    options: importOptions,
    run: async ([graph], options, io) => (await import('./import.ts')).importCommand(graph, options, io),
  },
  {
    name: 'experiment',
    help: 'a table or figure of the paper, run again',
    parameters: ['[NAME]'],
    options: experimentOptions,
    run: async ([name], options, io) =>
      (await import('./experiment.ts')).experimentCommand(name, options, io),
  },
  {
    name: 'report',
    help: 'one HTML page from kept runs and experiments',
    parameters: ['<DIR>'],
    options: reportOptions,
    run: async ([folder], options, io) => (await import('./report.ts')).reportCommand(folder, options, io),
  },
  {
    name: 'show',
    help: 'what a network will see of a sample: the image and its spikes',
    parameters: ['<DATASET>', '<INDEX>'],
    options: showOptions,
    run: async ([dataset, index], options, io) =>
      (await import('./show.ts')).showCommand(dataset, index, options, io),
  },
  {
    name: 'check',
    help: "whether another implementation's arrays of a training step are right, and where they first are not",
    parameters: ['[FILE...]'],
    options: checkOptions,
    run: async (files, options, io) => (await import('./check.ts')).checkCommand(files, options, io),
  },
  {
    name: 'oracle',
    help: 'run: the right answer for a network, every array of one training step; export: a vector for Verilog or C',
    parameters: ['[ACTION]', '[CASE]'],
    options: oracleOptions,
    run: async (words, options, io) => (await import('./oracle.ts')).oracleCommand(words, options, io),
  },
];

/** Runs `asf-bp ARGV` and returns its exit code. Whatever fails is one line on standard error. */
export async function run(argv: readonly string[], process: ProcessIo): Promise<number> {
  const io = printing(process);
  let exitCode = 0;
  const program = new Command('asf-bp')
    .description('Training spiking neural networks with accumulated spiking flow (ASF-BP).')
    .version(version)
    .option('--debug', 'a stack trace with an error');
  quieten(program, io);
  for (const entry of commands) {
    const command = quieten(program.command(entry.name), io);
    addParameters(command, entry);
    command.action(async (...all: unknown[]) => {
      const words = (all.slice(0, entry.parameters.length) as (string | string[])[]).flat();
      const given = all[entry.parameters.length] as Given;
      exitCode = await entry.run(words, parseOptions(entry.name, entry.options, given), io);
    });
  }
  try {
    await program.parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) return report(error, argv, io);
    return error.exitCode === 0 ? 0 : reportUsage(error, program, argv, io);
  }
}

/** Makes a parser throw where it would end the process, and leaves the errors to {@link run}. */
function quieten(command: Command, { stdout }: Io): Command {
  return command.exitOverride().configureOutput({
    writeOut: (text) => stdout.write(text),
    outputError: () => {},
    writeErr: () => {},
  });
}

function addParameters(command: Command, { help, parameters, options }: Entry): void {
  command.description(help);
  for (const parameter of parameters) command.argument(parameter);
  for (const { flag, value, help: text, byDefault } of options) {
    const more = byDefault === undefined ? '' : ` (default: ${byDefault})`;
    command.option(value === undefined ? flag : `${flag} <${value}>`, text + more);
  }
}

/** One line on standard error; with `--debug` also the stack. */
function report(error: unknown, argv: readonly string[], { stderr }: Io): number {
  const { message, stack = '' } = error instanceof Error ? error : new Error(String(error));
  const line = oneLine(message.replace(/\s+/g, ' '));
  const isDebug = argv.includes('--debug');
  const hint = isDebug ? '' : '; --debug shows where';
  stderr.write(error instanceof InputError ? `${line}\n` : `asf-bp: ${line}${hint}\n`);
  const frames = stack.indexOf('\n    at ');
  if (isDebug && frames >= 0) stderr.write(`${stack.slice(frames + 1)}\n`);
  return error instanceof FailedError ? 1 : 2;
}

/** One line with what the parser refuses, and where the help is. */
function reportUsage(error: CommanderError, program: Command, argv: readonly string[], io: Io): number {
  const named = (text: string): Command | undefined => program.commands.find((each) => each.name() === text);
  const command = argv.map(named).find(Boolean) ?? program;
  const help = command === program ? 'asf-bp --help' : `asf-bp ${command.name()} --help`;
  io.stderr.write(`${oneLine(usageOf(error, command).replace(/\s+/g, ' '))}; see ${help}\n`);
  return 2;
}

/** What the parser refuses, with the names that it knows. */
function usageOf({ code, message }: CommanderError, command: Command): string {
  const names = commands.map(({ name }) => name);
  const [, got] = /'([^]*)'/.exec(message.split('\n')[0]) ?? [];
  if (code === 'commander.help') return unknown('asf-bp', 'command', names, undefined);
  if (code === 'commander.unknownCommand') return unknown('asf-bp', 'command', names, got);
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
