/** The lock of a run's folder: a file that names the process that writes there. If that process has ended, the lock is taken over. */
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { InputError } from '../errors.ts';
import { parseJsonBytes } from '../formats/json.ts';
import { codeOf, readFile, removeLeftovers, unwritable, writeNew } from './files.ts';

const lockName = '.asf-bp.lock';

interface Holder {
  readonly pid: number;
  /** Start time of the process, in the format of its system: a later process may get the same pid. */
  readonly started: string;
  readonly host: string;
  /** Unique to this lock. */
  readonly id: string;
}

/** The lock of a command: taken once, released at its end. */
export class FolderLock {
  private readonly where: string;
  private held: (() => void) | undefined;

  constructor(where: string) {
    this.where = where;
  }

  /** @throws InputError if another process holds it */
  async take(folder: string): Promise<void> {
    this.held ??= await lockFolder(folder, this.where);
  }

  release(): void {
    this.held?.();
  }
}

/** Makes this process the only one that writes into a folder; returns the function that releases it. */
async function lockFolder(folder: string, where: string): Promise<() => void> {
  const path = join(folder, lockName);
  const own: Holder = {
    pid: process.pid,
    started: startOf(process.pid) ?? '',
    host: hostname(),
    id: randomBytes(8).toString('hex'),
  };
  try {
    const end = Date.now() + patience;
    while (!create(path, own)) {
      const holder = holderOf(path);
      if (holder && !isAlive(holder) && takeOver(path, holder, own)) break;
      if (Date.now() > end || (holder && holder.host !== own.host)) refuseLocked(folder, holder, where);
      await setTimeout(50);
    }
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    throw unwritable(folder, cause, where);
  }
  removeLeftovers(folder);
  const release = (): void => {
    process.off('exit', release);
    if (holderOf(path)?.id === own.id) fs.rmSync(path, { force: true });
  };
  process.on('exit', release);
  return release;
}

/** Creates the lock together with its text, so that a killed process leaves a whole lock or none; returns false if there is one. */
function create(path: string, own: Holder): boolean {
  const text = JSON.stringify(own);
  const beside = `${path}.${randomBytes(8).toString('hex')}.tmp`;
  writeNew(beside, text);
  try {
    fs.linkSync(beside, path);
    return true;
  } catch (cause) {
    const code = codeOf(cause);
    // ENOENT: the holder has just removed temporary files.
    if (code === 'EEXIST' || code === 'ENOENT') return false;
    // The file system has no hard links.
    return writeNew(path, text);
  } finally {
    fs.rmSync(beside, { force: true });
  }
}

/** The holder named in a lock; undefined if there is no lock, or it has another form. */
function holderOf(path: string): Holder | undefined {
  try {
    // Checked in the next lines.
    const { pid, started, host, id } = parseJsonBytes(readFile(path, 'lock'), 'lock') as Holder;
    // Signals to process 0 and below go to groups of processes.
    const isProcess = pid === (pid | 0) && pid > 0;
    const isHolder = isProcess && [started, host, id].every((text) => typeof text === 'string');
    return isHolder && /^[0-9a-f]{16}$/.test(id) ? { pid, started, host, id } : undefined;
  } catch {
    return undefined;
  }
}

/** Milliseconds to wait for the holder: a killed process needs a moment to end, and more if it was killed while taking over. */
const patience = 4000;

/** Whether a process runs, or may run: on another host, this is unknown. */
function isAlive({ pid, started, host }: Holder): boolean {
  if (host !== hostname()) return true;
  try {
    process.kill(pid, 0);
  } catch (cause) {
    if (codeOf(cause) === 'ESRCH') return false;
  }
  return (startOf(pid) ?? started) === started;
}

/** When a process started: ticks since the boot, and the id of the boot. Only known on Linux. */
function startOf(pid: number): string | undefined {
  try {
    // Fields after the name, which may contain anything: the first is field 3.
    const fields = fs
      .readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ');
    // A zombie has ended; its parent has not collected it yet.
    if (fields[0] === 'Z') return 'ended';
    return `${fs.readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()} ${fields[19]}`;
  } catch {
    return undefined;
  }
}

/**
 * Takes the lock of a process that has ended. Only the process that creates the file with the lock's id may remove the lock, and it checks
 * afterwards that the lock is still there: of two processes that found the lock, the later must not remove the new lock of the earlier.
 */
function takeOver(path: string, { id }: Holder, own: Holder): boolean {
  const right = `${path}.${id}.tmp`;
  const made = fs.statSync(right, { throwIfNoEntry: false })?.mtimeMs ?? Infinity;
  // Taking over is faster than this: the process that created the file was killed.
  if (Date.now() - made > 2000) fs.rmSync(right, { force: true });
  if (!writeNew(right, '')) return false;
  try {
    if (holderOf(path)?.id !== id) return false;
    fs.rmSync(path);
    return create(path, own);
  } finally {
    fs.rmSync(right, { force: true });
  }
}

function refuseLocked(folder: string, holder: Holder | undefined, where: string): never {
  const who = holder ? `process ${holder.pid} on ${holder.host}` : 'another process';
  const isHere = holder?.host === hostname();
  const next = isHere
    ? 'wait for its end, or name another folder'
    : `name another folder; if it no longer runs, remove ${join(folder, lockName)}`;
  throw new InputError(
    `${where}: "--out" expected a folder that no other process writes to, got ${folder}, where ${who} does; ${next}`,
  );
}
