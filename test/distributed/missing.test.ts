/** The command says in one line which library or launcher is missing for a job. */
import { realpathSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { fresh, home, program, refusalOf, start } from '../processes/process.ts';
import { here, ourLines, quick, startJob } from './job.ts';

const args = [...quick, '--out', fresh(), '--distributed', 'mpi'];

test('no mpirun', async () => {
  expect(refusalOf(await start(args, { cwd: here }).ended)).toBe(
    '"--distributed" expected to be started by mpirun or srun, got neither; call: mpirun -np 4 npx asf-bp train … --distributed mpi',
  );
});

test('no koffi', async () => {
  const env = { OMPI_COMM_WORLD_SIZE: '1' };
  expect(refusalOf(await start(args, { cwd: home, env }).ended)).toBe(
    '"--distributed" expected the package koffi, got none; npm i koffi',
  );
});

test('no MPI library', async () => {
  const listed = execFileSync('ldconfig', ['-p'], { encoding: 'utf8' });
  const [, library] = /libmpi\.so\.40 .*=> (\S+)/.exec(listed)!;
  // In a namespace of its own the library is an empty file.
  const hide = `mount --bind /dev/null ${realpathSync(library!)}; exec "$@"`;
  const command = ['-m', 'sh', '-c', hide, 'sh', process.execPath, program, ...args];
  const env = { OMPI_COMM_WORLD_SIZE: '1' };
  expect(refusalOf(await start(command, { command: 'unshare', cwd: here, env }).ended)).toBe(
    '"--distributed" expected the library of Open MPI, libmpi.so.40, got none; Debian: apt-get install openmpi-bin, else add its folder to LD_LIBRARY_PATH',
  );
});

test('what is no way to distribute', async () => {
  const bad = [...args.slice(0, -1), 'nccl'];
  expect(refusalOf(await start(bad, { cwd: here }).ended)).toBe(
    'train: "--distributed" expected one of mpi, got nccl',
  );
});

test('a GPU, whose gradients do not leave it', async () => {
  const outcome = await startJob(2, [...quick, '--out', fresh(), '--backend', 'webgpu']).ended;
  expect(outcome.code).not.toBe(0);
  expect(ourLines(outcome)).toEqual([
    'train: "--distributed" expected --backend wasm or reference, got --backend webgpu',
  ]);
});
