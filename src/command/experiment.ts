/**
 * `asf-bp experiment`: repeats a table or figure of the paper, as JSON lines and a figure in a folder. The folder also keeps the results of
 * the parts, so that a stopped experiment resumes and `report` can show it.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { VariantName } from '../../spec/variant.ts';
import { yieldToEventLoop } from '../yieldToEventLoop.ts';
import { checkOneOf, InputError, refuse } from '../errors.ts';
import {
  sizes,
  type Experiment,
  type Part,
  type ExperimentReport,
  type ExperimentSettings,
  type Size,
} from '../experiment/experiment.ts';
import { experiments } from '../experiment/experiments.ts';
import { keysOf } from '../keysOf.ts';
import { textOf } from '../experiment/experiment.ts';
import { wrapped } from '../printable.ts';
import { parseJson, parseJsonBytes } from '../formats/json.ts';
import { checkDataFolder } from './data/datasets.ts';
import { prepareFolder, readFile, writeAtomic } from './files.ts';
import { onInterrupt } from './interrupt.ts';
import type { Io } from './io.ts';
import { strong } from './paint.ts';
import { FolderLock } from './lock.ts';
import { CommandLaboratory, Stopped } from './laboratory.ts';
import { duration } from './output.ts';
import { threadsOf } from './threads.ts';

const where = 'experiment';

export interface ExperimentCommand {
  readonly size?: Size;
  readonly seed?: number;
  readonly variant?: VariantName;
  readonly data?: string;
  readonly threads?: number;
  readonly out?: string;
  readonly json?: boolean;
}

const names = keysOf(experiments);

/** A text whose first line is its title. */
const titled = (text: string): string => text.replace(/^.*/, (title) => strong(title));

/** Each experiment with what it is about, as JSON or in aligned columns. */
function listOf(json: boolean, columns: number): string {
  const width = Math.max(...names.map(({ length }) => length)) + 2;
  const lines = names.map((name) => {
    const { help } = experiments[name];
    const text = wrapped(help, Math.max(1, columns - width), 0).replaceAll('\n', `\n${' '.repeat(width)}`);
    return json ? JSON.stringify({ name, help }) : strong(name.padEnd(width)) + text;
  });
  return lines.map((line) => `${line}\n`).join('');
}

/** Runs the command; without a name, it lists them. Returns 0, or 130 if Ctrl-C stopped it. */
export async function experimentCommand(
  given: string | undefined,
  options: ExperimentCommand,
  io: Io,
): Promise<number> {
  if (given === undefined) {
    io.stdout.write(listOf(options.json === true, io.stdout.columns || Infinity));
    return 0;
  }
  const name = checkOneOf(where, 'NAME', given, names);
  const experiment = experiments[name];
  const { seed = 1, variant = 'authors', json = false } = options;
  const size = options.size ?? sizeFor(name, { seed, variant }, options.out);
  const settings = { size, seed, variant };
  if (options.data !== undefined && experiment.data === undefined)
    refuse(where, '--data', `nothing with ${name}`, options.data, 'leave it out');
  if (options.data !== undefined) checkDataFolder(options.data, where);
  const out = options.out ?? folderOf(name, settings);
  checkFolder(out, { experiment: name, ...settings });
  const { signal, release } = onInterrupt(io);
  const lock = new FolderLock(where);
  try {
    const laboratory = new CommandLaboratory({
      folder: join(out, 'parts'),
      threads: threadsOf(where, 'wasm', options.threads),
      signal,
      stderr: io.stderr,
      isQuiet: json,
      data:
        experiment.data !== undefined && options.data !== undefined
          ? { [experiment.data]: options.data }
          : {},
    });
    const parts = experiment.parts(settings).map((part) => new KeptPart(out, part));
    const left = partsToRun(parts, options.data);
    // Missing or unsuitable data is refused here, before a folder is created.
    let seconds = 0;
    for (const { part } of left) seconds += await part.estimate(laboratory);
    await makeFolder(out, { experiment: name, ...settings }, lock);
    if (left.length === 0) (json ? io.stderr : io.stdout).write(`${keptWords()}\n`);
    if (seconds >= 2) {
      const some = left.length < parts.length ? ` for ${left.length} of ${parts.length} parts` : '';
      const open = parts.filter(({ isDone }) => !isDone).length;
      const absent = open > left.length ? `; ${open - left.length} need ${experiment.data}, by --data` : '';
      io.stderr.write(`${name}, size ${size}: about ${duration(seconds)}${some}, into ${out}${absent}\n`);
    }
    for (const [place, part] of parts.entries()) {
      laboratory.title = parts.length > 1 ? `${place + 1}/${parts.length} ${part.part.name} · ` : '';
      if (left.includes(part)) await part.carryOut(laboratory);
      // Signals are delivered here.
      await yieldToEventLoop();
      if (signal.aborted) throw new Stopped();
    }
    const report = experiment.report(
      settings,
      parts.map(({ result }) => result),
    );
    await write(out, name, report);
    const paths = [`${name}.jsonl`, `${name}.svg`].map((file) => join(out, file));
    io.stdout.write(
      json
        ? rowsOf(report)
        : `${titled(textOf(report.content, io.stdout.columns || undefined))}\n\nsize ${size}:\n${paths.join('\n')}\n`,
    );
    return 0;
  } catch (cause) {
    if (!(cause instanceof Stopped)) throw cause;
    io.stderr.write(`stopped; the same command goes on with ${out}\n`);
    return 130;
  } finally {
    lock.release();
    release();
  }

  function keptWords(): string {
    const again = size === sizeFor(name, { seed, variant }) ? '' : `--size ${size} `;
    const { data } = experiment;
    const absent = data === undefined ? '' : ` (--data DIR where ${data} is not installed)`;
    return `kept results of ${out}: nothing was run; ${again}--out NEW runs it on this machine${absent}`;
  }
}

/** The parts without a result, but for those whose data is absent; these too if there is nothing else to report. */
function partsToRun(parts: readonly KeptPart[], data: string | undefined): readonly KeptPart[] {
  const open = parts.filter(({ isDone }) => !isDone);
  const left = open.filter(({ part }) => data !== undefined || !part.needsData);
  return left.length > 0 || open.length < parts.length ? left : open;
}

/** The default folder; its name includes the variant if it is not the default. */
function folderOf(name: string, { size, seed, variant }: ExperimentSettings): string {
  return join('results', [name, size, seed, ...(variant === 'authors' ? [] : [variant])].join('-'));
}

/** Without `--size`: that of the folder `out`, or the size of which there are kept results, if it is one. */
function sizeFor(name: string, rest: Omit<ExperimentSettings, 'size'>, out?: string): Size {
  const begun = out !== undefined && existsSync(join(out, settingsName)) ? askedOf(out) : undefined;
  const size = (begun as Partial<Asked> | null | undefined)?.size; // any value may be asked
  if (sizes.some((each) => each === size)) return size!; // one of them
  const folder = (of: Size): string => folderOf(name, { ...rest, size: of });
  const isPaper = !existsSync(folder('small')) && existsSync(join(folder('paper'), `${name}.jsonl`));
  return isPaper ? 'paper' : 'small';
}

/** What a folder says that it is of. */
function askedOf(out: string): unknown {
  const path = join(out, settingsName);
  return parseJson(new TextDecoder().decode(readFile(path, where)), path);
}

/** The file that marks such a folder. */
export const settingsName = 'experiment.json';

/** The experiment and settings of a folder. */
type Asked = ExperimentSettings & { readonly experiment: string };

/** Checks that a folder belongs to this experiment and its settings. */
function checkFolder(out: string, asked: Asked): void {
  if (!existsSync(join(out, settingsName))) return;
  const found = askedOf(out);
  if (isDeepStrictEqual(found, asked)) return;
  refuse(where, '--out', `a folder of ${inWords(asked)}`, `${out}, of ${inWords(found)}`, 'name another');
}

/** `table4, size small, seed 1, …`; what is no such record as JSON. */
function inWords(asked: unknown): string {
  if (typeof asked !== 'object' || asked === null) return JSON.stringify(asked);
  const words = Object.entries(asked).map(([key, value]) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return key === 'experiment' ? text : `${key} ${text}`;
  });
  return words.join(', ');
}

async function makeFolder(out: string, asked: Asked, lock: FolderLock): Promise<void> {
  prepareFolder(out, 0, where);
  await lock.take(out);
  prepareFolder(join(out, 'parts'), 0, where);
  writeAtomic(join(out, settingsName), Buffer.from(`${JSON.stringify(asked)}\n`));
}

/** Limit on the characters of a part's result. */
const mostOfPart = 2 ** 24;

/** A part and its file, which keeps its inputs and, once it is done, its result. */
class KeptPart {
  readonly part: Part;
  isDone = false;
  result: unknown;
  private readonly path: string;

  constructor(out: string, part: Part) {
    this.part = part;
    this.path = join(out, 'parts', `${part.name}.json`);
    if (!existsSync(this.path)) return;
    // `of` is compared below; the report checks a result.
    const kept = parseJsonBytes(readFile(this.path, where), this.path, mostOfPart) as {
      of?: unknown;
      result?: unknown;
    } | null;
    if (!isDeepStrictEqual(kept?.of, JSON.parse(JSON.stringify(part.of)))) {
      throw new InputError(
        `${where}: "--out" expected parts of this version of asf-bp, got another ${this.path}; remove ${out}, or name another folder`,
      );
    }
    this.isDone = kept?.result !== undefined;
    this.result = kept?.result;
  }

  async carryOut(laboratory: CommandLaboratory): Promise<void> {
    const { of, run } = this.part;
    const keep = (content: object): void => {
      writeAtomic(this.path, Buffer.from(`${JSON.stringify(content)}\n`));
    };
    keep({ of });
    const result = await run(laboratory);
    keep({ of, result });
    // The result as it would be read from the file, so that a report is of what is kept.
    this.result = JSON.parse(JSON.stringify(result));
    this.isDone = true;
  }
}

/** The report of an experiment's folder, without running anything. */
export function reportOf(out: string): {
  name: string;
  experiment: Experiment;
  settings: ExperimentSettings;
  report: ExperimentReport;
} {
  const path = join(out, settingsName);
  const { experiment: name, ...settings } = parseJson(
    new TextDecoder().decode(readFile(path, where)),
    path,
  ) as ExperimentSettings & { experiment: string }; // as `experiment` writes them
  const experiment = experiments[checkOneOf(path, 'experiment', name, names)];
  const parts = experiment.parts(settings).map((part) => new KeptPart(out, part));
  const [open] = partsToRun(parts, undefined);
  if (open)
    refuse(
      out,
      'parts',
      'a result of each',
      `none of ${open.part.name}`,
      `run experiment ${name} to its end`,
    );
  const results = parts.map(({ result }) => result);
  return { name, experiment, settings, report: experiment.report(settings, results) };
}

const rowsOf = ({ lines }: ExperimentReport): string =>
  lines.map((line) => `${JSON.stringify(line)}\n`).join('');

/** Writes the rows and the figure. */
async function write(out: string, name: string, report: ExperimentReport): Promise<void> {
  const { drawFigure } = await import('./draw/figure.ts');
  const files = { [`${name}.jsonl`]: rowsOf(report), [`${name}.svg`]: await drawFigure(report.figure) };
  for (const [file, text] of Object.entries(files)) writeAtomic(join(out, file), Buffer.from(text));
}
