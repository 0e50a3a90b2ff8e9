/** Reads and writes files of the command. Only regular files are read, and errors are one line. */
import { randomBytes } from 'node:crypto';
import * as nodeFs from 'node:fs';
import { dirname, join } from 'node:path';
import { messageOf, InputError } from '../errors.ts';
import type { ByteSource } from '../formats/index.ts';

/** The file operations of a write. Tests interrupt each of them. */
export type FileOperations = Pick<
  typeof nodeFs,
  'openSync' | 'writeSync' | 'fsyncSync' | 'closeSync' | 'renameSync' | 'unlinkSync'
>;

const operations: FileOperations = nodeFs;

/** Calls `read`, and names the path in its error. */
function reading<T>(path: string, where: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new InputError(`${where}: cannot read ${path}: ${reasonOf(cause)}`, { cause });
  }
}

/** Reads a whole file. Refuses devices and pipes, which may have no end. */
export function readFile(path: string, where: string): Uint8Array {
  return reading(path, where, () => {
    const handle = openRegular(path);
    try {
      return nodeFs.readFileSync(handle);
    } finally {
      nodeFs.closeSync(handle);
    }
  });
}

/** Opens a file, calls `use` with a source that reads its bytes on request, then closes it. */
export function withFile<T>(path: string, where: string, use: (source: ByteSource) => T): T {
  const handle = reading(path, where, () => openRegular(path));
  try {
    const { size } = reading(path, where, () => nodeFs.fstatSync(handle));
    const subarray = (from: number, to: number): Uint8Array =>
      reading(path, where, () => readRange(handle, from, to));
    return use({ length: size, subarray });
  } finally {
    nodeFs.closeSync(handle);
  }
}

/** A file whose parts are read at each request and not kept in memory. */
export function sourceOf(path: string, where: string): ByteSource {
  return {
    length: withFile(path, where, ({ length }) => length),
    subarray: (from, to) => withFile(path, where, (source) => source.subarray(from, to)),
  };
}

function readRange(handle: number, from: number, to: number): Uint8Array {
  const bytes = new Uint8Array(Math.max(0, to - from));
  for (let at = 0, count = 1; at < bytes.length; at += count) {
    count = nodeFs.readSync(handle, bytes, at, bytes.length - at, from + at);
    if (count === 0) throw new Error('it became shorter while it was read');
  }
  return bytes;
}

function openRegular(path: string): number {
  // Without O_NONBLOCK, opening a FIFO would wait for a writer.
  const { O_RDONLY, O_NONBLOCK = 0 } = nodeFs.constants;
  const handle = nodeFs.openSync(path, O_RDONLY | O_NONBLOCK);
  const found = nodeFs.fstatSync(handle);
  if (found.isFile()) return handle;
  nodeFs.closeSync(handle);
  throw Object.assign(new Error(notRegular), { code: found.isDirectory() ? 'EISDIR' : undefined });
}

const notRegular = 'it is not a regular file';

export function isFolder(path: string): boolean {
  return nodeFs.existsSync(path) && nodeFs.statSync(path).isDirectory();
}

/** The names in a folder, sorted, without hidden ones. Empty if there is no folder. */
export function namesIn(folder: string, where: string): string[] {
  const names = reading(folder, where, () => (isFolder(folder) ? nodeFs.readdirSync(folder) : []));
  return names.filter((name) => !name.startsWith('.')).sort();
}

/** An unpredictable file name in the folder of `path`. */
function temporaryName(path: string): string {
  return `${path}.${randomBytes(8).toString('hex')}.tmp`;
}

/** Removes temporary files that were left in a folder by killed processes. */
export function removeLeftovers(folder: string): void {
  for (const name of nodeFs.readdirSync(folder))
    if (/\.[0-9a-f]{16}\.tmp$/.test(name)) nodeFs.rmSync(join(folder, name), { force: true });
}

/**
 * Replaces a whole file. Even after a crash, the file has either the old or the new bytes. Writes a temporary file beside it, flushes this
 * file to the disk, renames it, and flushes the folder.
 */
export function writeAtomic(path: string, bytes: Uint8Array | Uint8Array[], fs = operations): void {
  const temporary = temporaryName(path);
  let isOurs = false;
  try {
    const old = nodeFs.statSync(path, { throwIfNoEntry: false });
    if (old && !old.isFile() && !old.isDirectory()) throw new Error(notRegular);
    const file = fs.openSync(temporary, 'wx');
    isOurs = true;
    try {
      for (const part of [bytes].flat())
        for (let at = 0; at < part.length;)
          at += fs.writeSync(file, part, at, Math.min(part.length - at, 2 ** 24));
      fs.fsyncSync(file);
    } finally {
      fs.closeSync(file);
    }
    fs.renameSync(temporary, path);
  } catch (cause) {
    try {
      if (isOurs) fs.unlinkSync(temporary);
    } catch {
      // The temporary file remains, but the file at `path` is intact.
    }
    throw new InputError(`cannot write ${path}: ${reasonOf(cause)}; its previous content is unchanged`, {
      cause,
    });
  }
  flushFolder(dirname(path), fs);
}

/** The code of a system error, such as ENOENT; empty for other errors. */
export function codeOf(cause: unknown): string {
  return (cause as NodeJS.ErrnoException).code ?? ''; // every error of node:fs is an ErrnoException
}

/** Flushes a folder, so that a rename survives a power cut. Some systems cannot do this. */
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

/** Creates a folder. Returns false if it exists. */
export function claimFolder(path: string, where: string): boolean {
  try {
    makeFolder(dirname(path));
    nodeFs.mkdirSync(path);
    return true;
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') return false;
    throw unwritable(path, cause, where);
  }
}

/** Creates a folder. Checks that files of `bytes` bytes can be written there, so that a long run does not fail later. */
export function prepareFolder(path: string, bytes: number, where: string): void {
  const probe = temporaryName(join(path, '.asf-bp'));
  try {
    makeFolder(path);
    nodeFs.writeFileSync(probe, '', { flag: 'wx' });
    nodeFs.unlinkSync(probe);
  } catch (cause) {
    throw unwritable(path, cause, where);
  }
  const { bavail, bsize } = nodeFs.statfsSync(path);
  if (bavail * bsize < bytes) {
    // Needed space is rounded up and free space down, so that the two numbers differ.
    const [needed, free] = [Math.ceil(bytes / 1e5) / 10, Math.floor((bavail * bsize) / 1e5) / 10];
    throw new InputError(
      `${where}: "--out" expected ${needed} MB of free space for the checkpoints, got ${free} MB in ${path}`,
    );
  }
}

/** The error for a folder of results in which no file can be written. */
export function unwritable(path: string, cause: unknown, where: string): InputError {
  return new InputError(
    `${where}: "--out" expected a folder that can be written, got ${path}: ${reasonOf(cause)}`,
    { cause },
  );
}

/** Creates a folder and its parents. The recursive `mkdirSync` of Node 20.20 does not return for a path in /proc. */
function makeFolder(path: string): void {
  if (nodeFs.existsSync(path)) return;
  if (dirname(path) !== path) makeFolder(dirname(path));
  try {
    nodeFs.mkdirSync(path);
  } catch (cause) {
    // Another process may have created the folder in the meantime.
    if (!nodeFs.existsSync(path)) throw cause;
  }
}

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
  const code = codeOf(cause);
  return words[code] ?? (code || messageOf(cause).split('\n')[0]);
}
