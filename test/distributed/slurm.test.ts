/** The scripts of docs/cluster.md work with two ranks under Slurm. These tests start a Slurm of one node. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fresh, home, pause, start, until, type Running } from '../processes/process.ts';
import { here, isTraining, jobOf, lastOf, lineOf, quick, rankOf, ranksWith } from './job.ts';
import { digestOf, goesOn, long, pidOf } from './long.ts';

const folder = join(home, 'slurm');
const environment = { ...process.env, SLURM_CONF: join(folder, 'slurm.conf') };
const daemons: ChildProcess[] = [];

function ask(command: string, ...args: string[]): string {
  const { stdout, stderr, status } = spawnSync(command, args, { env: environment, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
  return stdout.trim();
}

/** Whether the node has no job, not even one that is ending. */
function isIdle(): boolean {
  const { stdout } = spawnSync('sinfo', ['-h', '-o', '%T'], { env: environment, encoding: 'utf8' });
  return stdout.trim() === 'idle';
}

beforeAll(async () => {
  for (const name of ['munged', 'slurmctld', 'slurmd', 'srun'])
    if (spawnSync('which', [name]).status !== 0)
      throw new Error(`no ${name}; apt-get install munge slurmctld slurmd slurm-client`);
  mkdirSync(folder, { mode: 0o700 });
  const key = join(folder, 'key');
  writeFileSync(key, randomBytes(128), { mode: 0o600 });
  const [node] = hostname().split('.');
  const port = 20_000 + (process.pid % 20_000);
  writeFileSync(join(folder, 'cgroup.conf'), 'CgroupPlugin=disabled\n');
  writeFileSync(
    environment.SLURM_CONF,
    `ClusterName=test
SlurmctldHost=${node}(127.0.0.1)
SlurmctldPort=${port}
SlurmdPort=${port + 1}
AuthType=auth/munge
AuthInfo=socket=${folder}/munge
SlurmUser=root
StateSaveLocation=${folder}/state
SlurmdSpoolDir=${folder}/spool
SlurmctldPidFile=${folder}/slurmctld.pid
SlurmdPidFile=${folder}/slurmd.pid
SchedulerParameters=batch_sched_delay=0,sched_interval=1
ProctrackType=proctrack/pgid
SlurmdParameters=config_overrides
NodeName=${node} NodeAddr=127.0.0.1 CPUs=4 CoresPerSocket=4
PartitionName=all Nodes=ALL Default=YES
`,
  );
  for (const name of ['state', 'spool']) mkdirSync(join(folder, name));
  const launch = (command: string, ...args: string[]): void => {
    const child = spawn(command, args, { env: environment, stdio: 'ignore' });
    child.on('error', () => {});
    daemons.push(child);
  };
  const munge = {
    socket: 'munge',
    'key-file': 'key',
    'log-file': 'log',
    'pid-file': 'pid',
    'seed-file': 'seed',
  };
  const places = Object.entries(munge).map(([name, file]) => `--${name}=${join(folder, file)}`);
  launch('munged', '--foreground', '--force', ...places);
  launch('slurmctld', '-D');
  launch('slurmd', '-D');
  await until(isIdle, 'a node that is idle', { every: 200 });
});
afterAll(async () => {
  for (const child of daemons.reverse()) {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    if (child.exitCode === null && child.kill()) await ended;
  }
});

/** A training that is long enough for Slurm to interrupt it. */
const longer = long.map((word) => (word === '30' ? '150' : word));

const srunOf = (args: readonly string[]): string[] => ['srun', '--mpi=pmix', '-n', '2', ...rankOf(args)];
function startSrun(args: readonly string[]): Running {
  const [command, ...words] = srunOf(args);
  return start(words, { command: command!, cwd: here, env: environment });
}

test('srun gives the digest of one process', async () => {
  const outcome = await startSrun([...quick, '--out', fresh(), '--json']).ended;
  expect(lastOf(outcome)['digest']).toBe(await digestOf(quick));
});

test('a rank is killed under srun', async () => {
  const out = fresh();
  const job = startSrun([...longer, '--out', out]);
  await isTraining(out);
  process.kill(pidOf(out, 1), 'SIGKILL');
  expect(await lineOf(job, out)).toMatch(/^train: rank 1 ended while others waited; resume with: /);
  await goesOn(out, { args: longer });
});

/** The shell scripts in the document. The tests replace their jobs. */
const scripts = [
  ...readFileSync(new URL('../../docs/cluster.md', import.meta.url), 'utf8').matchAll(
    /^```sh\n([^`]*)^```$/gm,
  ),
].map(([, script]) => script!);
const batch = scripts.find((script) => script.includes('scontrol requeue'))!;
const handsOn = scripts.find((script) => script.includes('trap '))!;

/** The call of the job in the script for Slurm. The test replaces this call. */
const call = /^srun [^]*? mpi$/m;

test.each<[string, (args: string[]) => string, string[]]>([
  ['srun', (args) => batch.replace(call, () => srunOf(args).join(' ')), ['--signal=TERM']],
  [
    'mpirun',
    (args) => {
      const { command, args: words } = jobOf(2, args);
      const lines = handsOn.replace(/^mpirun .* &$/m, () => `${[command, ...words].join(' ')} &`);
      return batch.replace(call, () => lines.trimEnd());
    },
    ['--batch', '--signal=USR2'],
  ],
])(
  'the script with %s is stopped with a checkpoint, queued again, and goes on',
  async (name, scriptOf, signal) => {
    const out = fresh();
    const script = join(home, `${name}.sh`);
    const one = '#SBATCH --nodes=1 --ntasks-per-node=2';
    const text = scriptOf([...longer, '--out', out, '--resume']).replace(/^#SBATCH --nodes.*$/m, one);
    writeFileSync(script, text);
    const log = join(home, `${name}.log`);
    const id = ask('sbatch', '--parsable', '--chdir', here, '--output', log, script);
    await isTraining(out);
    ask('scancel', ...signal, id);
    const state = (): string => ask('squeue', '-h', '-t', 'all', '-j', id, '-o', '%T');
    await until(() => state() !== 'RUNNING' && isIdle(), 'the end of the job', { every: 200 });
    expect(state(), readFileSync(log, 'utf8')).toBe('PENDING');
    expect(ranksWith(out)).toEqual([]);
    expect(readFileSync(log, 'utf8')).toMatch(/^stopped; resume with: /m);
    // If the job started again within a second after its end, the node would treat it as revoked, so the test waits. After
    // this wait, the update avoids Slurm's delay of two minutes.
    await pause(3000);
    ask('scontrol', 'update', `JobId=${id}`, 'StartTime=now');
    await until(() => /^(COMPLETED|FAILED)/.test(state()), 'the end of the job', { every: 200 });
    expect(state(), readFileSync(log, 'utf8')).toBe('COMPLETED');
    expect(readFileSync(log, 'utf8')).toContain(`digest  ${await digestOf(longer)}`);
  },
);
