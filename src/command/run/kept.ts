/** Runs and experiments on disk: finds them in a folder, and reads runs from JSON-line files. */
import { isUtf8 } from 'node:buffer';
import { existsSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve, sep } from 'node:path';
import { InputError, refuse, checkNumber, checkWhole, show } from '../../errors.ts';
import { checkpointName, modelName } from './folder.ts';
import { settingsName } from '../experiment.ts';
import { isFolder, namesIn } from '../files.ts';
import { parseJson } from '../../formats/index.ts';
import { checkEpochs, type EpochRecord } from '../../modelFile/index.ts';

export interface Entry {
  readonly kind: 'file' | 'run' | 'experiment';
  readonly name: string;
  readonly path: string;
}

/** Finds everything in a folder that a page can show, sorted by name. The folder itself may be a run or an experiment. */
export function entriesIn(folder: string, where: string): Entry[] {
  if (!existsSync(folder)) refuse(where, 'DIR', 'a folder', `${folder}: no such file or folder`);
  if (!isFolder(folder)) refuse(where, 'DIR', 'a folder', `${folder}, a file`);
  const itself = kindOf(folder);
  if (itself) return [{ kind: itself, name: basename(resolve(folder)), path: folder }];
  const entries = namesIn(folder, where).flatMap((name): Entry[] => {
    const path = join(folder, name);
    if (isFile(path))
      return name.endsWith('.jsonl') ? [{ kind: 'file', name: basename(name, '.jsonl'), path }] : [];
    const kind = kindOf(path);
    return kind ? [{ kind, name, path }] : [];
  });
  if (entries.length > 0) return entries;
  const known = 'kept runs, NAME.jsonl, or folders of train or experiment';
  throw new InputError(`${where}: "DIR" expected a folder with ${known}, got none of these in ${folder}`);
}

function kindOf(folder: string): 'run' | 'experiment' | undefined {
  if (isFile(join(folder, settingsName))) return 'experiment';
  return [checkpointName, modelName].some((name) => isFile(join(folder, name))) ? 'run' : undefined;
}

/** Whether a path is a regular file. Reading any other file might never end. */
export function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile();
}

/** Limits on the places to which paths in run files may point. */
export interface Reach {
  /** The folder of the run file, or the run's own folder. */
  readonly folder: string;
  /** Files outside this folder are never read, because the paths in a run file are not trusted. */
  readonly root: string;
}

/**
 * Resolves a path in a run file. A relative path is tried in the parent of the file's folder, in the file's folder, and
 * in the working folder. Returns undefined if no such path exists within `root`.
 */
export function locate(path: string, { folder, root }: Reach): string | undefined {
  const inside = resolve(folder);
  const bases = isAbsolute(path) ? ['/'] : [dirname(inside), inside, process.cwd()];
  return bases.map((base) => resolve(base, path)).find((candidate) => isBelow(candidate, root));
}

function isBelow(path: string, root: string): boolean {
  if (!existsSync(path)) return false;
  const [real, top] = [realpathSync(path), realpathSync(root)];
  return real === top || real.startsWith(join(top, sep));
}

/** Limit on the characters of a text in the first line. */
const mostCharacters = 4096;
/** Limits on the bytes of a line and on the number of lines: more than any run has, but few enough to show. */
const mostBytes = 2 ** 16;
const mostLines = 10_000;

/** Reads a run file: an optional line with the command, a line per epoch, and a line with the digest. Errors name the line. */
export function readRunFile(bytes: Uint8Array, where: string) {
  let head: ReturnType<typeof checkHead> | undefined;
  const epochs: EpochRecord[] = [];
  let end: ReturnType<typeof checkEnd> | undefined;
  let number = 0;
  for (const text of linesOf(bytes, where)) {
    const at = `${where}, line ${++number}`;
    const parsed = parseJson(text, at);
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
      refuse(at, 'line', 'a JSON object', parsed);
    const line = parsed as Record<string, unknown>; // checked above
    if (end) refuse(at, 'file', 'its end after the line with the digest', text);
    if (number === 1 && 'command' in line) head = checkHead(at, line);
    else if (!('digest' in line)) {
      const [record] = checkEpochs(at, [line]);
      checkWhole(at, 'epoch', record.epoch, (epochs.at(-1)?.epoch ?? 0) + 1, 2 ** 32);
      epochs.push(record);
    } else if (epochs.length > 0) end = checkEnd(at, line);
    else refuse(at, 'file', 'one line per epoch before the line with the digest', 'none');
  }
  if (end) return { head, epochs, ...end };
  const next = 'the run has not ended, or the file is cut short';
  refuse(where, 'file', 'a last line with accuracy and digest', `the end after ${number} lines`, next);
}

/** Yields one line at a time, so that a file of millions of lines is refused at its first wrong line. */
function* linesOf(bytes: Uint8Array, where: string): Generator<string> {
  if (bytes.length === 0) refuse(where, 'file', 'JSON lines', 'an empty file');
  for (let from = 0, number = 1; from < bytes.length; number++) {
    const at = `${where}, line ${number}`;
    if (number > mostLines) refuse(at, 'file', `at most ${mostLines} lines`, 'more');
    const found = bytes.indexOf(10, from);
    const to = found < 0 ? bytes.length : found;
    if (to - from > mostBytes) refuse(at, 'line', `at most ${mostBytes} bytes`, to - from);
    const line = bytes.subarray(from, to);
    if (!isUtf8(line)) refuse(at, 'line', 'JSON in UTF-8', 'other bytes');
    yield new TextDecoder().decode(line);
    from = to + 1;
  }
}

/** The first line: the command, the file with the weights if they were stored, and facts, which are all other fields. */
function checkHead(at: string, { command, model, ...rest }: Record<string, unknown>) {
  const facts: Record<string, string | number> = Object.create(null);
  for (const [name, value] of Object.entries(rest)) {
    if (typeof value === 'number') facts[name] = value;
    else facts[name] = checkText(at, show(name), typeof value === 'string' ? value : JSON.stringify(value));
  }
  return { command: checkText(at, 'command', command), model: checkPath(at, model), facts };
}

function checkText(at: string, what: string, value: unknown): string {
  if (typeof value !== 'string' || value.length > mostCharacters)
    refuse(at, what, `a text of at most ${mostCharacters} characters`, value);
  return value;
}

const checkPath = (at: string, model: unknown): string | undefined =>
  model === undefined || model === null ? undefined : checkText(at, 'model', model);

/** The last line: the accuracy, the SHA-256 of the weights, and the path at which `train` wrote the model. */
function checkEnd(at: string, { accuracy, digest, model }: Record<string, unknown>) {
  if (typeof digest !== 'string' || !/^[0-9a-f]{64}$/.test(digest))
    refuse(at, 'digest', '64 hexadecimal digits', digest);
  return {
    accuracy: checkNumber(at, 'accuracy', accuracy, { low: 0, high: 1 }),
    digest,
    model: checkPath(at, model),
  };
}
