/** Folders of runs: the names of their files, the next free folder, and the newest run. */
import { existsSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { InputError, refuse } from '../../errors.ts';
import { namedSet } from '../readers/datasets.ts';
import { claimFolder, isFolder, namesIn } from '../files.ts';
import { quoted } from '../shell.ts';

export const checkpointName = 'checkpoint.safetensors';
export const modelName = 'model.safetensors';

const runs = 'runs';

/** Creates a folder such as `runs/mnist-lenet-1`, with the first free number. No other process can get the same folder. */
export function freeFolder(dataset: string, model: string, where: string): string {
  const safe = (name: string): string => name.replace(/[^A-Za-z0-9_-]+/g, '-').replace(/^-+|-+$/g, '') || 'x';
  for (let k = 1; k < 1e6; k++) {
    const folder = join(runs, `${safe(dataset)}-${safe(model)}-${k}`);
    if (claimFolder(folder, where)) return folder;
  }
  throw new InputError(`${where}: "--out" expected a name, got nothing, and ${runs}/ is full`);
}

/** Refuses to begin a run in a folder that already has one. */
export function checkIsFree(out: string): void {
  const other = [checkpointName, modelName].find((name) => existsSync(join(out, name)));
  if (other === undefined) return;
  const got = `${out}, which has ${other}`;
  refuse('train', '--out', 'a folder without a run', got, 'add --resume, or name another folder');
}

/** The folder below `runs/` with the newest checkpoint. */
export function newestRun(): string | undefined {
  return runsIn(runs)[0];
}

/** Refuses to resume in a folder without a run. The error lists the runs beside this folder, or else those below `runs/`. */
export function refuseResume(out: string): never {
  const beside = runsIn(dirname(out));
  const found = (beside.length > 0 ? beside : runsIn(runs)).slice(0, mostNamed);
  const there = found.length > 0 ? `runs, newest first: ${found.join(', ')}; ` : '';
  const next = `${there}to begin one in ${out}, name its --dataset`;
  refuse('train', '--resume', 'the folder of a run in --out', `${out}, which has none`, next);
}

/** Limit on the runs that an error names. */
const mostNamed = 5;

/** The folders of runs in a folder, by age of their checkpoints, the newest first. */
function runsIn(parent: string): string[] {
  const folders = namesIn(parent, 'train').map((name) => join(parent, name));
  const times = folders
    .filter((folder) => existsSync(join(folder, checkpointName)))
    .map((folder) => ({ folder, time: statSync(join(folder, checkpointName)).mtimeMs }));
  return times.sort((a, b) => b.time - a.time).map(({ folder }) => folder);
}

/**
 * The shell command that reports on a run, with `--root` if the page needs a root to show a sample. The root contains both the
 * run and its data.
 */
export function reportLine(out: string, dataset: string): string {
  const [folder, named] = [dirname(out), namedSet(dataset)];
  const data = named ? named.data : dataset;
  const root = data === undefined || !existsSync(data) ? realpathSync(folder) : rootOf(folder, data);
  const isBelowReport = root === realpathSync(folder);
  const rootText = root === realpathSync('.') ? '.' : root;
  return `npx asf-bp report ${quoted(folder)}${isBelowReport ? '' : ` --root ${quoted(rootText)}`}`;
}

/**
 * The nearest folder that contains both the reported folder and the data. If only the root of the disk contains both, returns
 * the folder of the data.
 */
function rootOf(one: string, data: string): string {
  const [a, b] = [one, isFolder(data) ? data : dirname(data)].map((path) => realpathSync(path).split(sep));
  const same = a.findIndex((name, k) => name !== b[k]);
  return a.slice(0, same < 0 ? a.length : same).join(sep) || b.join(sep);
}

/** The shell command that resumes a run on the same number of ranks. */
export function resumeLine(out: string, ranks?: number): string {
  const line = `npx asf-bp train --out ${quoted(out)} --resume`;
  return ranks === undefined ? line : `mpirun -np ${ranks} ${line} --distributed mpi`;
}
