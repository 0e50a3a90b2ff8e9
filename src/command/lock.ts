/**
 * The lock of a run's folder. Before a process writes there, it creates a lock file, whose name identifies
 * the process, and lists the folder. If no other lock file names a running process, this process has the
 * lock. Every process creates its file before it lists the folder, so that the later of two processes sees
 * the file of the earlier one. The lock file of a process that has ended has no effect.
 */
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { InputError } from '../errors.ts';
import { codeOf, removeLeftovers, unwritable } from './files.ts';

const prefix = '.asf-bp.lock';

/** The process that a lock file names. If `name` has another form, all other fields are undefined. */
interface Holder {
  readonly name: string;
  readonly pid?: number;
  /**
   * Start time, in the format of the operating system. It tells apart processes that have the same pid one
   * after the other.
   */
  readonly started?: string;
  readonly host?: string;
}

const here = encodeURIComponent(hostname());

/** Milliseconds to wait for the holder: a killed process needs a moment to end. */
const patience = 4000;

/** A lock that a command takes once and releases at its end. */
export class FolderLock {
  private readonly where: string;
  private path: string | undefined;
  private readonly onExit = (): void => this.release();

  constructor(where: string) {
    this.where = where;
  }

  /** Makes this process the only one that writes into a folder. @throws InputError if another process does */
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
          for (const name of others) fs.rmSync(join(folder, name), { force: true });
          break;
        }
        fs.rmSync(path);
        if (Date.now() > end || (holder.host !== undefined && holder.host !== here))
          refuseLocked(folder, holder, this.where);
        // A random pause, so that two processes that began together do not stay in step.
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

function holderOf(name: string): Holder {
  // 0 is no valid process id here: signals to it go to a group of processes.
  const [, pid, started, host] =
    /^([1-9]\d*)\.([\da-f-]*)\.[\da-f]{16}\.(.+)$/.exec(name.slice(prefix.length + 1)) ?? [];
  return pid === undefined ? { name } : { name, pid: Number(pid), started, host };
}

/** Whether a process runs or may run. On another host this is unknown, and the result is true. */
function isAlive({ pid, started, host }: Holder): boolean {
  if (pid === undefined || host !== here) return true;
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
    // The name may contain anything. Only the fields after it are split: the first of them is field 3.
    const fields = fs
      .readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ');
    // A zombie has ended; its parent has not collected it yet.
    if (fields[0] === 'Z') return 'ended';
    return `${fields[19]}-${fs.readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()}`;
  } catch {
    return undefined;
  }
}

function refuseLocked(folder: string, { name, pid, host }: Holder, where: string): never {
  const who = pid === undefined ? 'another process' : `process ${pid} on ${host}`;
  const next =
    host === here
      ? 'wait until it ends, or name another folder'
      : `name another folder; if it no longer runs, remove ${join(folder, name)}`;
  throw new InputError(
    `${where}: "--out" expected a folder that no other process writes to, got ${folder}, where ${who} does; ${next}`,
  );
}
