/** Ctrl-C in a terminal ends the run with a checkpoint, and several signals at once count as one. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isWhole } from '../support.ts';
import { checkpointOf, fresh, home, namesIn, pause, program, start, until } from './process.ts';
import { smallNetwork, writeDataset, writeNetwork } from '../command/world.ts';

const long = ['--dataset', writeDataset('data', 3000, 10), '--model', writeNetwork('small', smallNetwork)];
long.push('--batch', '2', '--lr', '0.01', '--epochs', '1000', '--threads', '1');

/** The terminal's program, of util-linux. */
const hasScript = String(spawnSync('script', ['--version']).stdout).includes('util-linux');
if (!hasScript) console.warn('no terminal: script of util-linux expected; Ctrl-C is only sent as a signal');

describe('Ctrl-C', () => {
  test.runIf(hasScript)('in a terminal ends with a checkpoint and the line that goes on', async () => {
    const out = fresh();
    const words = [process.execPath, program, 'train', ...long, '--out', out].map((word) => `'${word}'`);
    const line = `stty cols 60 rows 24; exec ${words.join(' ')}`;
    const child = spawn('script', ['-qec', line, '/dev/null'], {
      cwd: home,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let shown = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (shown += text));
    const ended = new Promise((resolve) => child.on('close', resolve));
    await until(() => shown.includes('░'), 'the progress line');
    child.stdin.write('\x03');
    expect(await ended, shown).toBe(130);
    expect(shown).toMatch(/stopped; go on with:\s/);
    // In one piece, to be copied, whatever the width.
    expect(shown).toContain(` npx asf-bp train --out ${out} --resume\r\n`);
    expect(namesIn(out)).toEqual(['checkpoint.safetensors']);
    expect(checkpointOf(out).training!.state.batch).toBeGreaterThan(0);
  });

  test.runIf(isWhole)('that comes twice, as npm hands it on, is one', async () => {
    const out = fresh();
    const { child, ended } = start(['train', ...long, '--out', out]);
    await until(() => existsSync(out), 'the beginning of the run');
    await pause(200);
    child.kill('SIGINT');
    child.kill('SIGTERM');
    // At once: a process that has said goodbye is killed by what still comes.
    child.kill('SIGINT');
    const { code, err } = await ended;
    expect({ code, err }).toEqual({ code: 130, err: expect.stringContaining('stopped; go on with: ') });
    expect(statSync(join(out, 'checkpoint.safetensors')).size).toBeGreaterThan(0);
  });
});
