/**
 * The lock of a run's folder. A process first creates a lock file, whose name identifies the process, and then lists the
 * folder. It has the lock if no other lock file names a running process. Because every process creates its file before it lists
 * the folder, the later of two processes sees the earlier one's file. The lock file of an ended process has no effect.
 */
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { InputError } from '../errors.ts';
import { codeOf, removeLeftovers, unwritable } from './files.ts';

const prefix = '.asf-bp.lock';

/** The process that a lock file names. If `name` is not the name of a lock file, the other fields are undefined. */
interface Holder {
  readonly name: string;
  readonly pid?: number;
  /** Start time, in the format of the operating system. It distinguishes processes that reuse a pid. */
  readonly started?: string;
  readonly host?: string;
}

const here = encodeURIComponent(hostname());

/** Milliseconds to wait for the holder, because a killed process needs a moment to end. */
const patience = 4000;

/** A lock that a command takes once, and releases at its end. */
export class FolderLock {
  private readonly where: string;
  private path: string | undefined;
  private readonly onExit = (): void => this.release();

  constructor(where: string) {
    this.where = where;
  }

  /**
   * Makes this process the only writer of a folder.
   * @throws InputError if another process writes there
   */
  async take(folder: string): Promise<void> {
    if (this.path !== undefined) return;
    const id = randomBytes(8).toString('hex');
    const lockName = [prefix, process.pid, startOf(process.pid) ?? '', id, here].join('.');
    const path = join(folder, lockName);
    const end = Date.now() + patience;
    try {
      for (;;) {
        fs.writeFileSync(path, '', { flag: 'wx' });
        const others = fs.readdirSync(folder).filter((name) => name.startsWith(prefix) && name !== lockName);
        const holder = others.map(holderOf).find(isAlive);
        if (!holder) {
          for (const name of others) removeFile(join(folder, name));
          break;
        }
        fs.rmSync(path);
        if (Date.now() > end || (holder.host !== undefined && holder.host !== here))
          refuseLocked(folder, holder, this.where);
        // The pause is random, so that two processes that began together do not stay in step.
        await setTimeout(20 + 80 * Math.random());
      }
    } catch (cause) {
      if (cause instanceof InputError) throw cause;
      throw unwritable(folder, cause, this.where);
    }
    this.path = path;
    process.on('exit', this.onExit);
    removeLeftovers(folder);
  }

  release(): void {
    process.off('exit', this.onExit);
    if (this.path !== undefined) fs.rmSync(this.path, { force: true });
  }
}

/** Removes the lock file of an ended process. A folder of this name stays, because it has no effect. */
function removeFile(path: string): void {
  try {
    fs.rmSync(path, { force: true });
  } catch (cause) {
    if (codeOf(cause) !== 'ERR_FS_EISDIR') throw cause;
  }
}

function holderOf(name: string): Holder {
  // A process id of 0 is invalid, because a signal to 0 reaches a group of processes. No usual id has more than nine digits.
  const [, pid, started, host] =
    /^([1-9]\d{0,8})\.([\da-f-]*)\.[\da-f]{16}\.(.+)$/.exec(name.slice(prefix.length + 1)) ?? [];
  return pid === undefined ? { name } : { name, pid: Number(pid), started, host };
}

/** Whether a process runs or may run. It is true for a process on another host. */
function isAlive({ pid, started, host }: Holder): boolean {
  if (pid === undefined || host !== here) return true;
  try {
    process.kill(pid, 0);
  } catch (cause) {
    if (codeOf(cause) === 'ESRCH') return false;
  }
  return (startOf(pid) ?? started) === started;
}

/** The start of a process: ticks since the boot, and the id of the boot. Only known on Linux. */
function startOf(pid: number): string | undefined {
  try {
    // The process name may contain anything, so only the fields after it are split. The first of them is field 3.
    const fields = fs
      .readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ');
    // A zombie has ended, but its parent has not collected it.
    if (fields[0] === 'Z') return 'ended';
    return `${fields[19]}-${fs.readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()}`;
  } catch {
    return undefined;
  }
}

function refuseLocked(folder: string, { name, pid, host }: Holder, where: string): never {
  const who =
    pid === undefined ? 'which has a lock file of no process' : `where process ${pid} on ${host} does`;
  const next =
    host === here
      ? 'wait until it ends, or name another folder'
      : `name another folder; if ${pid === undefined ? 'no asf-bp writes there' : 'it no longer runs'}, remove ${join(folder, name)}`;
  throw new InputError(
    `${where}: "--out" expected a folder that no other process writes to, got ${folder}, ${who}; ${next}`,
  );
}
