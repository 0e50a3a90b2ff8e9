/** Two machines (network namespaces) give the digest of one process. If their cable is cut, the ranks of both machines end. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { lenet, network } from '../../src/index.ts';
import { openBackend } from '../../src/backend/open.ts';
import { reportRow } from '../../src/backend/backend.ts';
import { bytesOf } from '../../docs/clusterCost.mjs';
import { fresh, home, json, start, until, type Running } from '../processes/process.ts';
import { here, isTraining, lastOf, most, must, ourLines, quick, ranksWith, rankOf, words } from './job.ts';
import { goesOn } from './long.ts';

const names = ['a', 'b'].map((name) => `asfbp-${process.pid}-${name}`);
const [a, b] = names as [string, string];
const cables = ['a', 'b'].map((name) => `asf${process.pid}${name}`);
const subnet = '10.78.0.0/24';

beforeAll(() => {
  for (const name of names) {
    must('ip', 'netns', 'add', name);
    must('ip', '-n', name, 'link', 'set', 'lo', 'up');
  }
  must('ip', 'link', 'add', cables[0]!, 'netns', a, 'type', 'veth', 'peer', 'name', cables[1]!, 'netns', b);
  for (const [k, name] of names.entries()) {
    must('ip', '-n', name, 'addr', 'add', `10.78.0.${k + 1}/24`, 'dev', cables[k]!);
    must('ip', '-n', name, 'link', 'set', cables[k]!, 'up');
    mkdirSync(join(home, name));
  }
  // mpirun calls this script instead of ssh: agent HOST COMMAND…
  const agent = `#!/bin/sh\nshift\nexec ip netns exec ${b} unshare --uts sh -c "hostname ${b}; export TMPDIR=${join(home, b)}; $*"\n`;
  writeFileSync(join(home, 'agent'), agent);
  chmodSync(join(home, 'agent'), 0o755);
});
afterAll(() => names.forEach((name) => spawnSync('ip', ['netns', 'del', name])));

/** Starts one rank on each machine. */
function startPair(args: readonly string[], env: object = {}): Running {
  const mpirun = words(
    `mpirun --allow-run-as-root --bind-to none --map-by node -H ${a}:1,10.78.0.2:1 -np 2
     --prtemca plm_ssh_agent ${join(home, 'agent')} --prtemca prte_if_include ${subnet}
     --mca btl self,tcp --mca btl_tcp_if_include ${subnet} --wdir ${here}`,
  );
  const within = [...words(`netns exec ${a} unshare --uts sh -c`), `hostname ${a}; exec "$@"`, 'sh'];
  return start([...within, ...mpirun, ...rankOf(args)], {
    command: 'ip',
    cwd: here,
    env: { TMPDIR: join(home, a), ...env },
  });
}

/** Bytes that machine `a` has sent. */
function bytesOut(): number {
  const { stdout } = spawnSync('ip', ['netns', 'exec', a, 'cat', '/proc/net/dev'], { encoding: 'utf8' });
  const line = stdout.split('\n').find((each) => each.trim().startsWith(`${cables[0]}:`))!;
  return Number(line.split(':')[1]!.trim().split(/\s+/)[8]);
}

test('two machines give the digest of one process', async () => {
  const [one] = (await json([...quick, '--out', fresh()])).slice(-1);
  const outcome = await startPair([...quick, '--out', fresh()]).ended;
  expect(outcome.code, outcome.err).toBe(0);
  expect(outcome.out).toContain('2 ranks on 2 machines');
  expect(outcome.out).toContain(`digest  ${one!['digest']}`);
});

test('as many bytes go out as are predicted', async () => {
  const { plan } = network(lenet);
  const backend = openBackend('wasm', plan);
  const weighted = plan.layers.filter(({ weightShape }) => weightShape.length > 0);
  const weights = weighted.reduce((sum, { n }) => sum + backend.bytesOf('gradient', n) / 4, 0);
  const report = reportRow(plan).length;
  const args = (limit: number): string[] =>
    words(`train --limit ${limit} --batch 16 --shard 8 --epochs 1 --threads 1 --out ${fresh()}`);
  // The two jobs differ by 50 batches. Evaluating more samples adds only rows. On a busy machine a job sends a few frames
  // twice, 400 KB in all, which is a fifth of a batch. Therefore the jobs must differ by many batches.
  const sent: number[] = [];
  for (const limit of [80, 880]) {
    const before = bytesOut();
    lastOf(await startPair([...args(limit), '--json']).ended);
    sent.push(bytesOut() - before);
  }
  const { mean } = bytesOf({ weights, report, samples: 16, shard: 8, ranks: 2 });
  const measured = (sent[1]! - sent[0]!) / 50;
  console.log(`bytes a batch: ${mean} predicted, ${measured} measured on the cable, headers included`);
  // A frame has 66 bytes of headers for up to 64 KB. Acknowledgements and the launcher's messages add a little.
  expect(measured / mean).toBeGreaterThan(0.99);
  expect(measured / mean).toBeLessThan(1.06);
});

/** Sends all frames to an address that no machine has. Nothing arrives any more, and no error is reported. */
function cut(): void {
  for (const [k, name] of names.entries()) {
    const [other, nowhere] = [`10.78.0.${2 - k}`, `02:00:00:00:00:9${k}`];
    const entry = [other, 'lladdr', nowhere, 'dev', cables[k]!, 'nud', 'permanent'];
    must('ip', '-n', name, 'neigh', 'replace', ...entry);
  }
}
function mend(): void {
  for (const [k, name] of names.entries())
    must('ip', '-n', name, 'neigh', 'del', `10.78.0.${2 - k}`, 'dev', cables[k]!);
}

function processesOf(machine: string): string[] {
  const { stdout } = spawnSync('ip', ['netns', 'pids', machine], { encoding: 'utf8' });
  return stdout.split('\n').filter(Boolean);
}

/** Ends all processes on both machines, because a daemon of mpirun may outlive its job and keep its output open. */
function killRest(): void {
  for (const pid of names.flatMap(processesOf)) spawnSync('kill', ['-9', pid]);
}

describe('a cable that is cut', () => {
  const args = [...quick, '--epochs', '300'];
  const ours =
    /^train: (no answer from another rank for \d+ s: .*|another rank cannot be reached: .*); resume with: mpirun -np 2 /;
  afterEach(mend);

  test('ranks of both sides end with our line, whatever the kernel waits; mpirun itself waits for the kernel', async () => {
    const out = fresh();
    const job = startPair([...args, '--out', out]);
    await isTraining(out);
    cut();
    const began = Date.now();
    await until(() => ranksWith(out).length === 0, 'the end of both ranks');
    expect((Date.now() - began) / 1000).toBeLessThan(most);
    expect(job.child.exitCode).toBe(null);
    killRest();
    const lines = ourLines(await job.ended);
    expect(lines).toEqual([expect.stringMatching(ours)]);
    await goesOn(out, { args });
  });
});
