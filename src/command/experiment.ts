/**
 * `asf-bp experiment`: repeats a table or figure of the paper, or runs another experiment. A folder stores its JSON lines, its
 * figure, and the results of its parts. A stopped experiment resumes from this folder, and `report` shows the results in it.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { ranges } from '../../spec/random.ts';
import { variants } from '../../spec/variant.ts';
import { yieldToEventLoop } from '../yieldToEventLoop.ts';
import { checkOneOf, checkRecord, checkWhole, refuse, show } from '../errors.ts';
import {
  sizes,
  textOf,
  type ExperimentSummary,
  type ExperimentSettings,
  type Part,
  type Size,
  experiments,
} from '../experiment/index.ts';
import { keysOf } from '../keysOf.ts';
import { beside } from '../printable.ts';
import { parseJsonBytes } from '../formats/index.ts';
import { checkDataFolder } from './readers/datasets.ts';
import { prepareFolder, readFile, writeAtomic } from './files.ts';
import { onInterrupt, strong } from './io.ts';
import { FolderLock } from './lock.ts';
import * as common from './options/common.ts';
import { everywhere, oneOf, type CommandWith, type ParsedOptions } from './options/option.ts';
import { CommandLaboratory, Stopped } from './laboratory.ts';
import { duration } from './output.ts';
import { threadsOf } from './backend.ts';

const where = 'experiment';

export const optionTable = {
  size: oneOf(sizes, {
    help: "paper: the paper's protocol; small: a smaller one that takes minutes to an hour",
    byDefault: 'small; paper if only its results exist',
  }),
  variant: oneOf(common.variantNames, {
    help: 'variant of the equations for training',
    byDefault: 'authors',
  }),
  seed: common.seed,
  data: common.data,
  threads: common.threads,
  out: {
    value: 'DIR',
    help: 'folder for rows, figure and parts; a stopped experiment resumes there',
    byDefault: 'results/NAME-SIZE-SEED',
  },
  ...everywhere,
};

type ExperimentCommand = ParsedOptions<typeof optionTable>;

const names = keysOf(experiments);

function listOf(json: boolean, columns: number): string {
  const width = Math.max(...names.map(({ length }) => length)) + 2;
  const lines = names.map((name) => {
    const { help } = experiments[name];
    return json ? JSON.stringify({ name, help }) : strong(name.padEnd(width)) + beside(help, width, columns);
  });
  return lines.map((line) => `${line}\n`).join('');
}

/** Runs an experiment, or lists all if there is no name. Returns 0, or 130 if Ctrl-C stopped it. */
export const main: CommandWith<typeof optionTable> = async ([typed], options, io) => {
  const { stdout, stderr } = io;
  const { json = false } = options;
  if (typed === undefined) {
    stdout.write(listOf(json, stdout.columns || Infinity));
    return 0;
  }
  const settings = parseSettings(typed, options);
  const { experiment: name, size } = settings;
  const out = options.out ?? folderOf(settings);
  checkIsOf(out, settings);
  const { data } = experiments[name];
  const { signal, release } = onInterrupt(io);
  const lock = new FolderLock(where);
  try {
    const laboratory = new CommandLaboratory({
      folder: join(out, 'parts'),
      threads: threadsOf(where, 'wasm', options.threads),
      signal,
      stderr,
      isQuiet: json,
      data: data !== undefined && options.data !== undefined ? { [data]: options.data } : {},
    });
    const parts = partsIn(out, settings, where);
    const left = partsToRun(settings, parts, options.data !== undefined);
    // The estimate refuses missing or unsuitable data before a folder is created.
    let seconds = 0;
    for (const { part } of left) seconds += await part.estimate(laboratory);
    await makeFolder(out, settings, lock);
    if (left.length === 0) (json ? stderr : stdout).write(keptWords(out, settings));
    if (seconds >= 2) stderr.write(beginWords(parts, left, seconds, out, settings));
    for (const [index, part] of parts.entries()) {
      laboratory.title = parts.length > 1 ? `${index + 1}/${parts.length} ${part.part.name} · ` : '';
      if (left.includes(part)) await carryOut(part, laboratory);
      // Lets the event loop deliver signals.
      await yieldToEventLoop();
      if (signal.aborted) throw new Stopped();
    }
    const summary = summaryOf(settings, parts, where);
    const files = await write(out, name, summary);
    const text = textOf(summary.content, stdout.columns || undefined).replace(/^.*/, strong);
    stdout.write(json ? linesOf(summary) : `${text}\n\nsize ${size}:\n${files.join('\n')}\n`);
    return 0;
  } catch (cause) {
    if (!(cause instanceof Stopped)) throw cause;
    stderr.write(`stopped; the same command resumes ${out}\n`);
    return 130;
  } finally {
    lock.release();
    release();
  }
};

/** Parses the experiment and its settings. The default of `--size` is the size in the folder `--out`, or else the usual size. */
function parseSettings(
  typed: string,
  { size, seed = 1, variant = 'authors', data, out }: ExperimentCommand,
): ExperimentSettings {
  const experiment = checkOneOf(where, 'NAME', typed, names);
  if (data !== undefined && experiments[experiment].data === undefined)
    refuse(where, '--data', `nothing with ${experiment}`, data, 'omit it');
  if (data !== undefined) checkDataFolder(data, where);
  const begun = out === undefined ? undefined : readSettings(out, where);
  const rest = { seed, variant };
  return { experiment, size: size ?? begun?.size ?? usualSize({ experiment, ...rest }), ...rest };
}

/** The message if no part is left to run. */
function keptWords(out: string, settings: ExperimentSettings): string {
  const { data } = experiments[settings.experiment];
  const again = settings.size === usualSize(settings) ? '' : `--size ${settings.size} `;
  const absent = data === undefined ? '' : ` (add --data DIR if ${data} is not installed)`;
  return `results from ${out}, nothing was run; ${again}--out NEW runs it on this machine${absent}\n`;
}

/** The message before a run that takes at least 2 seconds. */
function beginWords(
  parts: readonly StoredPart[],
  left: readonly StoredPart[],
  seconds: number,
  out: string,
  { experiment, size }: ExperimentSettings,
): string {
  const some = left.length < parts.length ? ` for ${left.length} of ${parts.length} parts` : '';
  const open = parts.filter(({ result }) => result === undefined).length - left.length;
  const absent = open > 0 ? `; ${open} need --data DIR, the folder of ${experiments[experiment].data}` : '';
  return `${experiment}, size ${size}: about ${duration(seconds)}${some}, into ${out}${absent}\n`;
}

function summaryOf(
  settings: ExperimentSettings,
  parts: readonly StoredPart[],
  at: string,
): ExperimentSummary {
  const results = parts.map(({ result }) => result);
  try {
    return experiments[settings.experiment].summarise(settings, results);
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    // The parts are JSON, but not the results of this experiment.
    refuse(at, 'parts', `results of ${settings.experiment}`, show(cause.message));
  }
}

/** The parts without a result. Without `--data`, parts that read the experiment's data are skipped, unless all read it. */
function partsToRun(
  { experiment }: ExperimentSettings,
  parts: readonly StoredPart[],
  hasData: boolean,
): readonly StoredPart[] {
  const readsData = ({ part }: StoredPart): boolean => part.dataset === experiments[experiment].data;
  const isWhole = hasData || parts.every(readsData);
  return parts.filter((one) => one.result === undefined && (isWhole || !readsData(one)));
}

/** The default folder. Its name ends with the variant, unless the variant is the default. */
function folderOf({ experiment, size, seed, variant }: ExperimentSettings): string {
  return join('results', [experiment, size, seed, ...(variant === 'authors' ? [] : [variant])].join('-'));
}

/** The default of `--size`: `paper` if `results` has this experiment only at that size, else `small`. */
function usualSize(settings: Omit<ExperimentSettings, 'size'>): Size {
  const folder = (size: Size): string => folderOf({ ...settings, size });
  const isPaper =
    !existsSync(folder('small')) && existsSync(join(folder('paper'), `${settings.experiment}.jsonl`));
  return isPaper ? 'paper' : 'small';
}

/** The file that marks the folder of an experiment. */
export const settingsName = 'experiment.json';

/** Reads the experiment and settings of a folder; undefined if the folder has no experiment. */
function readSettings(out: string, at: string): ExperimentSettings | undefined {
  const path = join(out, settingsName);
  if (!existsSync(path)) return undefined;
  const file = `${at}: ${path}`;
  const keys = ['experiment', 'size', 'seed', 'variant'];
  const record = checkRecord(file, 'settings', parseJsonBytes(readFile(path, at), file), keys);
  return {
    experiment: checkOneOf(file, 'experiment', record['experiment'], names),
    size: checkOneOf(file, 'size', record['size'], sizes),
    seed: checkWhole(file, 'seed', record['seed'], 0, ranges.seed),
    variant: checkOneOf(file, 'variant', record['variant'], keysOf(variants)),
  };
}

/** Checks that a folder does not belong to another experiment or to other settings. */
function checkIsOf(out: string, settings: ExperimentSettings): void {
  const found = readSettings(out, where);
  if (!found || isDeepStrictEqual(found, settings)) return;
  const inWords = ({ experiment, size, seed, variant }: ExperimentSettings): string =>
    `${experiment}, size ${size}, seed ${seed}, variant ${variant}`;
  const got = `${out}, of ${inWords(found)}`;
  refuse(where, '--out', `a folder of ${inWords(settings)}`, got, 'name another folder');
}

async function makeFolder(out: string, settings: ExperimentSettings, lock: FolderLock): Promise<void> {
  prepareFolder(out, 0, where);
  await lock.take(out);
  prepareFolder(join(out, 'parts'), 0, where);
  writeAtomic(join(out, settingsName), Buffer.from(`${JSON.stringify(settings)}\n`));
}

/** Limit on the characters of a part's file. */
const mostOfPart = 2 ** 24;

/** A part and its file. The file stores the inputs of the part and, after the run, its result. */
interface StoredPart {
  readonly part: Part;
  readonly path: string;
  result: unknown;
}

function partsIn(out: string, settings: ExperimentSettings, at: string): StoredPart[] {
  return experiments[settings.experiment].parts(settings).map((part) => {
    const path = join(out, 'parts', `${part.name}.json`);
    if (!existsSync(path)) return { part, path, result: undefined };
    // `of` is compared below, and `summaryOf` checks `result`
    const stored = parseJsonBytes(readFile(path, at), path, mostOfPart) as {
      of?: unknown;
      result?: unknown;
    } | null;
    if (!isDeepStrictEqual(stored?.of, JSON.parse(JSON.stringify(part.of)))) {
      const next = `remove ${out}, or name another folder`;
      refuse(at, '--out', 'parts of this version of asf-bp', `${path} of another`, next);
    }
    return { part, path, result: stored?.result };
  });
}

async function carryOut(stored: StoredPart, laboratory: CommandLaboratory): Promise<void> {
  const { of, run } = stored.part;
  const keep = (content: object): void => {
    writeAtomic(stored.path, Buffer.from(`${JSON.stringify(content)}\n`));
  };
  keep({ of });
  const result = await run(laboratory);
  keep({ of, result });
  // The result is converted to JSON and back, so that this report equals one that is made later from the file.
  stored.result = JSON.parse(JSON.stringify(result));
}

/** Reads the experiment and its settings from a folder, for `report`. The summary is undefined if parts are missing. */
export function storedExperiment(
  out: string,
  at: string,
): { settings: ExperimentSettings; summary: ExperimentSummary | undefined } {
  const settings = readSettings(out, at);
  if (!settings) refuse(at, out, `a folder with ${settingsName}`, 'one without');
  const parts = partsIn(out, settings, at);
  const isDone = partsToRun(settings, parts, false).length === 0;
  return { settings, summary: isDone ? summaryOf(settings, parts, `${at}: ${out}`) : undefined };
}

export const linesOf = ({ lines }: ExperimentSummary): string =>
  lines.map((line) => `${JSON.stringify(line)}\n`).join('');

async function write(out: string, name: string, summary: ExperimentSummary): Promise<string[]> {
  const { drawFigure } = await import('./draw/figure.ts');
  const [rows, figure] = ['jsonl', 'svg'].map((ending) => join(out, `${name}.${ending}`));
  writeAtomic(rows, Buffer.from(linesOf(summary)));
  writeAtomic(figure, Buffer.from(await drawFigure(summary.figure)));
  return [rows, figure];
}
