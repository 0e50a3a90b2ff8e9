/** `--distributed` reports what an MPI job lacks, and refuses a library that is too old, of another kind, or for one thread. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fresh, freshFolder, refusalOf, start } from '../processes/process.ts';

/** A folder with a fake koffi package. Every call succeeds; the library reports `version` and the thread level `level`. */
function folderWith(version: string, level = 2): string {
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

const args = ['train', '--out', fresh(), '--distributed', 'mpi'];
const ranked = { OMPI_COMM_WORLD_SIZE: '1' };
const mpich = { PMI_RANK: '0' };
const [nobody, none] = [freshFolder(), ''];

test.each<[string, cwd: string, env: object, string]>([
  [
    'no launcher',
    nobody,
    {},
    'to be started by mpirun or srun, got neither; call: mpirun -np 4 npx asf-bp train … --distributed mpi',
  ],
  ['no koffi', nobody, ranked, 'the package koffi, got none; npm i koffi'],
  [
    'an old Open MPI',
    folderWith('Open MPI v3.1.6, package: Debian'),
    ranked,
    'Open MPI 4 or later, got Open MPI v3.1.6, package: Debian',
  ],
  ['an old MPICH', folderWith('MPICH Version:\t2.1.5'), mpich, 'MPICH 3 or later, got MPICH Version: 2.1.5'],
  [
    'another library under the name',
    folderWith('MPICH Version:\t4.2.1'),
    ranked,
    'Open MPI 4 or later, got MPICH Version: 4.2.1',
  ],
  ['no word of a version', folderWith(none), ranked, 'Open MPI 4 or later, got a library without a version'],
  [
    'a library that its first thread alone may call',
    folderWith('Open MPI v5.0.7', 1),
    ranked,
    'an MPI library of thread level SERIALIZED, got Open MPI v5.0.7, of level FUNNELED',
  ],
])('%s is refused', async (_, cwd, env, expected) => {
  expect(refusalOf(await start(args, { cwd, env }).ended)).toBe(`"--distributed" expected ${expected}`);
});
