/** Finds the runs and experiments in a folder: files of runs, folders of `train`, folders of `experiment`. */
import { existsSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve, sep } from 'node:path';
import { InputError, refuse } from '../../errors.ts';
import { checkpointName, modelName } from '../run/folder.ts';
import { settingsName } from '../experiment.ts';
import { namesIn } from '../data/place.ts';

export interface Kept {
  readonly kind: 'file' | 'run' | 'experiment';
  readonly name: string;
  readonly path: string;
}

/** Finds everything in `folder` that a page can show, by name. The folder itself may be a run or an experiment. */
export function keptIn(folder: string, where: string): Kept[] {
  if (!existsSync(folder)) refuse(where, 'DIR', 'a folder', `${folder}: no such file or folder`);
  if (!statSync(folder).isDirectory()) refuse(where, 'DIR', 'a folder', `${folder}, a file`);
  const itself = kindOf(folder);
  if (itself) return [{ kind: itself, name: basename(resolve(folder)), path: folder }];
  const kept = namesIn(folder, where).flatMap((name): Kept[] => {
    const path = join(folder, name);
    if (isFile(path))
      return name.endsWith('.jsonl') ? [{ kind: 'file', name: basename(name, '.jsonl'), path }] : [];
    const kind = kindOf(path);
    return kind ? [{ kind, name, path }] : [];
  });
  if (kept.length > 0) return kept;
  const known = 'kept runs, NAME.jsonl, or folders of train or experiment';
  throw new InputError(`${where}: "DIR" expected a folder with ${known}, got none of these in ${folder}`);
}

function kindOf(folder: string): 'run' | 'experiment' | undefined {
  if (isFile(join(folder, settingsName))) return 'experiment';
  return [checkpointName, modelName].some((name) => isFile(join(folder, name))) ? 'run' : undefined;
}

/** Whether a path is a regular file. Reading others might never end. */
export function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile();
}

/** The places to which paths in kept runs may point. */
export interface Reach {
  /** The folder of the kept run. */
  readonly folder: string;
  /** Nothing outside this folder is read, since the paths of a kept run are not trusted. */
  readonly root: string;
}

/**
 * Resolves a path of a kept run: relative to the parent of its folder, to its folder, or to the working folder. Undefined if the path does
 * not exist or is outside `root`.
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
