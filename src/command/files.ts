/** Files of the command: read with one-line errors, written beside, flushed, renamed. */
import * as nodeFs from 'node:fs';
import { dirname } from 'node:path';
import { InputError } from '../errors.ts';

/** The file operations of a write. Tests stop the process at each of them. */
export type FileOperations = Pick<
  typeof nodeFs,
  'openSync' | 'writeSync' | 'fsyncSync' | 'closeSync' | 'renameSync' | 'unlinkSync'
>;

/** Reads a whole file. */
export function readFile(path: string, where: string): Uint8Array {
  try {
    return nodeFs.readFileSync(path);
  } catch (cause) {
    throw new InputError(`${where}: cannot read ${path}: ${reasonOf(cause)}`, { cause });
  }
}

/**
 * Replaces a file as a whole: whatever happens, its name has the old bytes or the new ones.
 * Written to a temporary name beside it, flushed to the disk, renamed, and the folder flushed.
 */
export function writeAtomic(path: string, bytes: Uint8Array, fs: FileOperations = nodeFs): void {
  const temporary = `${path}.tmp`;
  try {
    const file = fs.openSync(temporary, 'w');
    try {
      let at = 0;
      while (at < bytes.length) at += fs.writeSync(file, bytes, at, Math.min(bytes.length - at, 2 ** 24));
      fs.fsyncSync(file);
    } finally {
      fs.closeSync(file);
    }
    fs.renameSync(temporary, path);
  } catch (cause) {
    try {
      fs.unlinkSync(temporary);
    } catch {
      // It was never made, or cannot be removed: the file itself is whole either way.
    }
    throw new InputError(`cannot write ${path}: ${reasonOf(cause)}; what was there before is unchanged`, {
      cause,
    });
  }
  flushFolder(dirname(path), fs);
}

/** Flushes a folder, so that a rename survives a power cut. Not every system can. */
function flushFolder(path: string, fs: FileOperations): void {
  try {
    const folder = fs.openSync(path, 'r');
    try {
      fs.fsyncSync(folder);
    } finally {
      fs.closeSync(folder);
    }
  } catch {
    // Windows cannot open folders.
  }
}

/** Makes a folder that nobody has yet; false where it is there. */
export function claimFolder(path: string, where: string): boolean {
  try {
    makeFolder(dirname(path));
    nodeFs.mkdirSync(path);
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw unwritable(path, cause, where);
  }
}

/** Makes a folder and checks that files of `bytes` bytes can be written there, before a long run begins. */
export function prepareFolder(path: string, bytes: number, where: string): void {
  const probe = `${path}/.asf-bp.tmp`;
  try {
    makeFolder(path);
    nodeFs.writeFileSync(probe, '');
    nodeFs.unlinkSync(probe);
  } catch (cause) {
    throw unwritable(path, cause, where);
  }
  const { bavail, bsize } = nodeFs.statfsSync(path);
  if (bavail * bsize < bytes) {
    const megabytes = (n: number): string => `${Math.ceil(n / 1e6)} MB`;
    throw new InputError(
      `${where}: "--out" expected ${megabytes(bytes)} of free space for the checkpoints, got ${megabytes(bavail * bsize)} in ${path}`,
    );
  }
}

function unwritable(path: string, cause: unknown, where: string): InputError {
  return new InputError(
    `${where}: "--out" expected a folder that can be written, got ${path}: ${reasonOf(cause)}`,
    { cause },
  );
}

/** Makes a folder and those above it. In /proc, the recursion of Node 20.20's own `mkdirSync` never ends. */
function makeFolder(path: string): void {
  if (nodeFs.existsSync(path)) return;
  if (dirname(path) !== path) makeFolder(dirname(path));
  try {
    nodeFs.mkdirSync(path);
  } catch (cause) {
    // Another process may have made it in between.
    if (!nodeFs.existsSync(path)) throw cause;
  }
}

/** Why a file operation failed, in a few words. */
export function reasonOf(cause: unknown): string {
  const words: Record<string, string> = {
    ENOENT: 'no such file or folder',
    EACCES: 'no permission',
    EPERM: 'no permission',
    EROFS: 'the file system is read-only',
    EISDIR: 'it is a folder',
    ENOTDIR: 'a part of the path is not a folder',
    EEXIST: 'a file of this name is in the way',
    ENOSPC: 'the disk is full',
    EDQUOT: 'the quota is used up',
    EFBIG: 'the file would be too large',
    ERR_FS_FILE_TOO_LARGE: 'the file is too large',
  };
  const { code, message } = cause as { code?: string; message?: string };
  return words[code ?? ''] ?? code ?? String(message ?? cause).split('\n')[0];
}
