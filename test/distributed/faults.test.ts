/** If a rank fails, the job prints one error line and leaves no process. The resumed run has an uninterrupted run's digest. */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { version } from '../../src/version.ts';
import { fresh, home, namesIn, program, refusalOf, start } from '../processes/process.ts';
import { writeDataset } from '../command/world.ts';
import {
  here,
  isTraining,
  lineOf,
  must,
  ourLines,
  quick,
  rankOf,
  startJob,
  startUnlike,
  told,
  type Way,
} from './job.ts';
import { goesOn, long, pidOf, wide } from './long.ts';

test.each<[number, Way]>([
  [1, 'shared memory'],
  [0, 'shared memory'],
  [2, 'TCP'],
])('rank %i is killed in mid-batch, over %s', async (rank, way) => {
  const out = fresh();
  const job = startJob(3, [...long, '--out', out], { way });
  await isTraining(out);
  process.kill(pidOf(out, rank), 'SIGKILL');
  expect(await lineOf(job, out)).toMatch(
    new RegExp(
      `^train: rank ${rank} ended while others waited; resume with: mpirun -np 3 npx asf-bp train --out .* --resume --distributed mpi$`,
    ),
  );
  await goesOn(out, { ranks: rank });
});

test('a rank hangs, or nothing of it comes any more', { timeout: 200_000 }, async () => {
  const out = fresh();
  const job = startJob(3, [...long, '--out', out]);
  await isTraining(out);
  const pid = pidOf(out, 2);
  process.kill(pid, 'SIGSTOP');
  const line = lineOf(job, out);
  // A stopped process does not receive the signal that ends the others.
  expect(await line).toMatch(
    /^train: no answer from another rank for \d+ s: it has ended, hangs, or its connection is cut; resume with/,
  );
  await goesOn(out);
});

test('a rank cannot read its data', async () => {
  const out = fresh();
  const [all, other] = [
    [...quick, '--out', out],
    [...quick, '--out', out, '--dataset', join(home, 'nowhere')],
  ];
  const line = await lineOf(startUnlike([{ args: all }, { args: other }]), out);
  expect(line).toMatch(/^rank 1: train: "--dataset" expected .*, got .*nowhere/);
  expect(namesIn(out)).toEqual([]);
});

test.each<[string, string[], RegExp]>([
  ['seed', ['--seed', '2'], /^train: "seed" expected 1, as rank 0 has, got 2 at rank 1; start all/],
  ['batch', ['--batch', '44'], /^train: "batch" expected 43, as rank 0 has, got 44 at rank 1; /],
  [
    'window',
    ['--window', '5'],
    /"network" expected small, T 4: \w+, as rank 0 has, got small, T 5: \w+ at rank 1/,
  ],
  [
    'data',
    ['--dataset', writeDataset('other', 90, 31)],
    /^train: "training data" expected|^train: "test data" expected \w+, as rank 0 has, got \w+ at rank 1; /,
  ],
])('a rank has another %s', async (_, more, expected) => {
  const out = fresh();
  const all = [...quick, '--out', out];
  expect(await lineOf(startUnlike([{ args: all }, { args: [...all, ...more] }]), out)).toMatch(expected);
  expect(namesIn(out)).toEqual([]);
});

test('a rank has another version', async () => {
  const out = fresh();
  const folder = join(home, 'other-version');
  mkdirSync(folder);
  cpSync(dirname(program), folder, {
    recursive: true,
    filter: (path) => !/dist\/(src|spec|site|api)$/.test(path),
  });
  const files = ['asf-bp.js', ...readdirSync(join(folder, 'asf-bp')).map((name) => join('asf-bp', name))];
  for (const path of files.map((name) => join(folder, name)))
    writeFileSync(path, readFileSync(path, 'utf8').replace(`version = "${version}"`, 'version = "9.9.9"'));
  const args = [...quick, '--out', out];
  const job = startUnlike([{ args }, { args, program: join(folder, 'asf-bp.js') }]);
  expect(await lineOf(job, out)).toMatch(
    new RegExp(`^train: "version" expected ${version}, as rank 0 has, got 9.9.9 at rank 1; `),
  );
});

test('a rank has no memory', async () => {
  const out = fresh();
  const args = [...quick, '--out', out];
  const before = ['sh', '-c', 'ulimit -v 6000000; exec "$@"', 'sh'];
  const line = await lineOf(startUnlike([{ args }, { args, before }]), out);
  expect(line).toMatch(/^rank 1: wasm: .*address space/);
});

const mounted: string[] = [];
afterAll(() => mounted.forEach((folder) => spawnSync('umount', ['-l', folder])));

test('the disk of rank 0 is full', async () => {
  const disk = fresh('disk');
  mkdirSync(disk);
  must('mount', '-t', 'tmpfs', '-o', 'size=9000k', 'tmpfs', disk);
  mounted.push(disk);
  const out = join(disk, 'run');
  const job = startJob(2, [...wide, '--out', out]);
  await isTraining(out);
  must('sh', '-c', `head -c 9000k /dev/zero > ${join(disk, 'filler')} 2>/dev/null || true`);
  const began = Date.now();
  expect(await lineOf(job, out)).toMatch(/^rank 0: cannot write /);
  expect((Date.now() - began) / 1000).toBeLessThan(told);
  must('rm', join(disk, 'filler'));
  await goesOn(out, { args: wide });
});

test('no MPI library', async () => {
  const listed = execFileSync('ldconfig', ['-p'], { encoding: 'utf8' });
  const [, library] = /libmpi\.so\.40 .*=> (\S+)/.exec(listed)!;
  // In a separate mount namespace, the library is an empty file.
  const hide = `mount --bind /dev/null ${realpathSync(library!)}; exec "$@"`;
  const command = ['-m', 'sh', '-c', hide, 'sh', ...rankOf([...quick, '--out', fresh()])];
  const env = { OMPI_COMM_WORLD_SIZE: '1' };
  expect(refusalOf(await start(command, { command: 'unshare', cwd: here, env }).ended)).toBe(
    '"--distributed" expected the library of Open MPI, libmpi.so.40, got none; Debian: apt-get install openmpi-bin, else add its folder to LD_LIBRARY_PATH',
  );
});

test('a GPU, whose gradients do not leave it', async () => {
  const outcome = await startJob(2, [...quick, '--out', fresh(), '--backend', 'webgpu']).ended;
  expect(outcome.code).not.toBe(0);
  expect(ourLines(outcome)).toEqual([
    'train: "--distributed" expected --backend wasm or reference, got --backend webgpu',
  ]);
});
