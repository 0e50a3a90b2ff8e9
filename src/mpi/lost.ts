/** The error about lost ranks, and the mark of a rank that ends because of them. */
import { existsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ProcessGroupError } from '../train/processGroup.ts';

/** A wait failed, because other ranks have ended or cannot be reached. */
export class LostError extends ProcessGroupError {
  override name = 'LostError';
  /** The ranks that have ended or cannot be reached, if known. */
  readonly gone: readonly number[];
  /** Whether one of these ranks left its mark. Some rank then already reports why the job ends. */
  readonly isAnnounced: boolean;
  constructor(message: string, gone: readonly number[] = [], isAnnounced = false) {
    super(message);
    [this.gone, this.isAnnounced] = [gone, isAnnounced];
  }
}

/**
 * A file that tells neighbours why this process ends: ranks are lost, and some rank reports the loss. Open MPI's launcher
 * removes the file.
 */
const markOf = (pid: number): string =>
  join(process.env['PMIX_SERVER_TMPDIR'] ?? tmpdir(), `asf-bp-${pid}-told`);

export function leaveMark(): void {
  try {
    writeFileSync(markOf(process.pid), '', { flag: 'wx' });
  } catch {
    // Without the mark, a neighbour may also report the end of this process.
  }
}

export function hasMark(pid: number): boolean {
  return existsSync(markOf(pid));
}
