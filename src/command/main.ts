/**
 * The command `asf-bp`. Exit codes: 0 done, 1 a negative answer or failed threads, 2 wrong input or another error, 3 undecided, 130 stopped
 * by Ctrl-C.
 */
import { Command, CommanderError, type Help } from 'commander';
import { FailedError, InputError } from '../errors.ts';
import { version } from '../version.ts';
import { beside, oneLine, usualColumns } from '../printable.ts';
import { type Io, type ProcessIo, printing, strong } from './io.ts';
import { addOptions, parseOptions, type OptionTable } from './options/option.ts';
import { usageOf } from './usage.ts';

interface Entry {
  readonly name: string;
  readonly help: string;
  /** The heading above the command in the help. */
  readonly group: 'Train and use' | 'The paper' | 'Other implementations';
  /** Arguments of `npx asf-bp`. */
  readonly examples: readonly [string, string];
  /** Positional arguments, as commander writes them. */
  readonly parameters?: string;
  /** Loads the command when it is called, because loading all commands takes longer than running most of them. */
  readonly load: () => Promise<Loaded>;
}

interface Loaded {
  readonly optionTable: OptionTable;
  main(words: readonly string[], options: Record<string, unknown>, io: Io): number | Promise<number>;
}

export const commands: readonly Entry[] = [
  {
    name: 'train',
    help: 'train a network and save the model',
    group: 'Train and use',
    examples: ['train --dataset mnist --epochs 2 --out runs/mine', 'train --dataset my-pictures'],
    load: () => import('./train.ts'),
  },
  {
    name: 'evaluate',
    help: 'measure the accuracy of a saved model on the test samples',
    group: 'Train and use',
    examples: ['evaluate models/lenet-mnist', 'evaluate runs/mine --limit 1000'],
    parameters: '<MODEL>',
    load: () => import('./evaluate.ts'),
  },
  {
    name: 'predict',
    help: 'classify PNG pictures, .npz arrays, CSV lines or recordings of events with a saved model',
    group: 'Train and use',
    examples: ['predict models/lenet-mnist digit.png', 'predict runs/mine arrays.npz --json'],
    parameters: '<MODEL> <FILE...>',
    load: () => import('./predict.ts'),
  },
  {
    name: 'info',
    help: 'show layers, parameters, variant, S and spike rates of a saved model',
    group: 'Train and use',
    examples: ['info models/lenet-mnist', 'info runs/mine --json'],
    parameters: '<MODEL>',
    load: () => import('./info.ts'),
  },
  {
    name: 'export',
    help: 'write a saved model with 8-bit weights and report the accuracy lost; or write it as a NIR graph',
    group: 'Train and use',
    examples: ['export runs/mine --grid 256', 'export runs/mine --nir mine.nir'],
    parameters: '<MODEL>',
    load: () => import('./export.ts'),
  },
  {
    name: 'import',
    help: 'turn a NIR graph into a model: see docs/nir.md',
    group: 'Other implementations',
    examples: [
      'import graph.nir --as norse --out graph.safetensors',
      'import graph.nir --as snntorch --window 50 --out graph.safetensors',
    ],
    parameters: '<GRAPH>',
    load: () => import('./import.ts'),
  },
  {
    name: 'experiment',
    help: 'repeat a table or figure of the paper, or run an experiment that the paper does not have; without NAME, list all',
    group: 'The paper',
    examples: ['experiment table4', 'experiment figure3 --size small'],
    parameters: '[NAME]',
    load: () => import('./experiment.ts'),
  },
  {
    name: 'report',
    help: 'write one HTML page about saved runs and experiments',
    group: 'The paper',
    examples: ['report runs', 'report results --root . --out report.html'],
    parameters: '<DIR>',
    load: () => import('./report.ts'),
  },
  {
    name: 'show',
    help: 'show a sample as a network receives it: the image and its spikes',
    group: 'Train and use',
    examples: ['show mnist 7', 'show mnist 7 --window 50 --out seven.png'],
    parameters: '<DATASET> <INDEX>',
    load: () => import('./show.ts'),
  },
  {
    name: 'check',
    help: 'check the arrays that another implementation computed in a training step or from a NIR graph, and report the first difference',
    group: 'Other implementations',
    examples: [
      'check step.npz --network mine.json --variant paper',
      'check trace.npz --graph graph.nir --as norse',
    ],
    parameters: '[FILE...]',
    load: () => import('./check.ts'),
  },
  {
    name: 'oracle',
    help: 'run: compute every array of one training step, or simulate a NIR graph; export: write a vector for Verilog or C',
    group: 'Other implementations',
    examples: [
      'oracle run case.npz --network mine.json --out expected.npz',
      'oracle export spec/vectors/paper/step/dyadic-dense --format h --out mine',
    ],
    parameters: '[ACTION] [CASE]',
    load: () => import('./oracle.ts'),
  },
];

/** Runs `asf-bp ARGV` and returns its exit code. Reports every failure in one line on standard error. */
export async function run(argv: readonly string[], process: ProcessIo): Promise<number> {
  const io = printing(process);
  let exitCode = 0;
  const program = new Command('asf-bp')
    .description(
      'Train spiking neural networks with accumulated spiking flow (ASF-BP), and check other implementations.',
    )
    .version(version)
    .option('--debug', 'print a stack trace with an error');
  quieten(program, io);
  const [{ examples }] = commands;
  program.addHelpText(
    'after',
    `\nTo begin: asf-bp ${examples[0]}\nOptions of a command, with examples: asf-bp COMMAND --help`,
  );
  try {
    for (const entry of commands) {
      const command = quieten(program.command(`${entry.name} ${entry.parameters ?? ''}`), io);
      command.description(entry.help).helpGroup(`${entry.group}:`);
      if (!argv.includes(entry.name)) continue;
      const { optionTable, main } = await entry.load();
      addParameters(command, entry, optionTable);
      command.action(async () => {
        const options = parseOptions(entry.name, optionTable, command.opts());
        exitCode = await main(command.args, options, io);
      });
    }
    await program.parseAsync(argv.length === 0 ? ['--help'] : argv, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) return report(error, argv, io);
    return error.exitCode === 0 ? 0 : reportUsage(error, program, argv, io);
  }
}

/**
 * Makes a parser throw errors to {@link run}, instead of printing them and ending the process. Sets the width of its help to that of the
 * terminal.
 */
function quieten(command: Command, { stdout }: Io): Command {
  return command
    .exitOverride()
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      outputError: () => {},
      writeErr: () => {},
    })
    .configureHelp({
      helpWidth: stdout.columns || usualColumns,
      minWidthToWrap: 1,
      padWidth: () => termWidth,
      styleTitle: strong,
      formatItem: (term, _, text, helper) => helpItem(term, text, helper),
    });
}

/** The width of a term in the help, and the least width of a terminal in which the text of a term is beside the term. */
const [termWidth, leastBeside] = [20, 60];

/** A term of the help with its text beside it. The text is below if the term is long or the terminal narrow. */
function helpItem(term: string, text: string, { helpWidth = usualColumns }: Help): string {
  const isNarrow = helpWidth < leastBeside;
  const indent = isNarrow ? 6 : termWidth + 4;
  const isBelow = isNarrow || term.length > termWidth;
  const head = isBelow ? `  ${term}\n${' '.repeat(indent)}` : `  ${term}`.padEnd(indent);
  return (head + beside(text, indent, helpWidth)).trimEnd();
}

function addParameters(command: Command, { examples }: Entry, options: OptionTable): void {
  const lines = examples.map((each) => `  npx asf-bp ${each}`);
  command.addHelpText('after', ['', strong('Examples:'), ...lines].join('\n'));
  addOptions(command, options);
}

/** Prints an error on one line of standard error, and with `--debug` the stack. */
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

/** Prints the parser's error and how to get help, in one line. */
function reportUsage(error: CommanderError, program: Command, argv: readonly string[], io: Io): number {
  const named = (text: string): Command | undefined => program.commands.find((each) => each.name() === text);
  const command = argv.map(named).find(Boolean) ?? program;
  const help = command === program ? 'asf-bp --help' : `asf-bp ${command.name()} --help`;
  const names = commands.map(({ name }) => name);
  io.stderr.write(`${oneLine(usageOf(error, command, names).replace(/\s+/g, ' '))}; see ${help}\n`);
  return 2;
}
