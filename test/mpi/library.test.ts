/** The command refuses an MPI library that is too old, another one, or one that its first thread alone may call. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fresh, refusalOf, start } from '../processes/process.ts';

/** A folder with a package koffi that calls nothing: every call succeeds, and says what it is told to. */
function folderWith(version: string, level: number): string {
  const folder = fresh('koffi');
  const own = join(folder, 'node_modules', 'koffi');
  mkdirSync(own, { recursive: true });
  writeFileSync(join(own, 'package.json'), '{ "name": "koffi", "version": "0.0.0", "main": "index.cjs" }');
  const code = `
    const calls = {
      MPI_Get_library_version: (bytes, length) => {
        length[0] = new TextEncoder().encodeInto(${JSON.stringify(version)}, bytes).written;
      },
      MPI_Init_thread: (argc, argv, asked, level) => { level[0] = ${level}; },
      MPI_Comm_size: (world, size) => { size[0] = 1; },
    };
    const func = (name) => (...values) => { calls[name]?.(...values); return 0; };
    exports.load = () => ({ func, symbol: () => 0n });
  `;
  writeFileSync(join(own, 'index.cjs'), code);
  return folder;
}

const open = { OMPI_COMM_WORLD_SIZE: '1' };
const mpich = { PMI_RANK: '0' };

test.each<[string, object, string, number, string]>([
  [
    'an old Open MPI',
    open,
    'Open MPI v3.1.6, package: Debian',
    2,
    'Open MPI 4 or later, got Open MPI v3.1.6, package: Debian',
  ],
  ['an old MPICH', mpich, 'MPICH Version:\t2.1.5', 2, 'MPICH 3 or later, got MPICH Version:\t2.1.5'],
  [
    'another library under the name',
    open,
    'MPICH Version:\t4.2.1',
    2,
    'Open MPI 4 or later, got MPICH Version:\t4.2.1',
  ],
  ['no word of a version', open, '', 2, 'Open MPI 4 or later, got a library without a version'],
  [
    'a library that its first thread alone may call',
    open,
    'Open MPI v5.0.7',
    1,
    'an MPI library of thread level SERIALIZED, got Open MPI v5.0.7, of level FUNNELED',
  ],
])('%s is refused', async (_, env, version, level, expected) => {
  const args = ['train', '--out', fresh(), '--distributed', 'mpi'];
  const line = refusalOf(await start(args, { cwd: folderWith(version, level), env }).ended);
  expect(line).toBe(`"--distributed" expected ${expected.replace(/\t/, ' ')}`);
});
