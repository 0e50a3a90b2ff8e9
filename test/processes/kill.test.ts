/** A process that is killed at any moment leaves a readable checkpoint, and the resumed training gives the same bits. */
import { existsSync, readdirSync, watch } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isWhole, seedOf } from '../support.ts';
import { checkpointOf, fresh, json, linesOf, modelOf, namesIn, pause, start, until } from './process.ts';
import { shortTraining, wideNetwork, writeDataset, writeNetwork } from '../command/world.ts';

const kills = isWhole ? 20 : 1;
const batches = 5;
/** Each epoch trains for milliseconds and writes a checkpoint of two megabytes. */
const args = shortTraining(writeDataset('data', 40, 10), writeNetwork('wide', wideNetwork));
args.push('--epochs', isWhole ? '20' : '8', '--batch', '8', '--lr', '0.001', '--json');

/** Kills a training after a delay, or while it writes to its folder. Returns true if it had already ended. */
async function killed(out: string, moment: number, between: readonly string[]): Promise<boolean> {
  const { child, ended } = start([...args, ...between, '--out', out, '--resume']);
  const isLocked = (): boolean => namesIn(out).some((name) => name.includes(`lock.${child.pid}.`));
  await until(() => isLocked() || child.exitCode !== null, 'the lock of the run');
  const kill = (): boolean => child.kill('SIGKILL');
  if (moment % 2 === 0) await Promise.race([pause(moment % 250), ended]);
  else {
    // Kills the process while it writes, after `moment % 15` changes in the folder.
    let changes = moment % 15;
    const watcher = watch(out, () => void (--changes < 0 && kill()));
    await Promise.race([pause(1000), ended]);
    watcher.close();
  }
  kill();
  const { signal, code, err } = await ended;
  if (signal === 'SIGKILL') return false;
  expect(code, err).toBe(0);
  return true;
}

test(
  `${kills} kills leave whole checkpoints and the digest of the unbroken run`,
  { timeout: 120_000 },
  async () => {
    const unbroken = (await json([...args, '--out', fresh()])).at(-1)!;
    const seed = seedOf();
    let [done, runs] = [0, 0];
    let halfWritten = 0;
    let withinEpochs = 0;
    for (; done < kills; runs++) {
      const out = fresh('run');
      let place = 0;
      for (let isOver = false; !isOver && done < kills;) {
        const moment = Math.imul(seed + done, 2654435761) >>> 8;
        // Two of three trainings write a checkpoint after each batch.
        const between = done % 3 === 2 ? [] : ['--checkpoint-minutes', '0'];
        isOver = await killed(out, moment, between);
        if (!isOver) done++;
        if (!existsSync(out)) continue;
        const names = readdirSync(out);
        if (names.some((name) => name.endsWith('.tmp'))) halfWritten++;
        for (const name of names.filter((each) => each.endsWith('.safetensors'))) modelOf(join(out, name));
        if (!names.includes('checkpoint.safetensors')) continue;
        const { state } = checkpointOf(out).training!;
        const reached = batches * state.epoch + state.batch;
        expect(reached, `SEED=${seed}`).toBeGreaterThanOrEqual(place);
        place = reached;
        withinEpochs += Number(state.batch > 0);
      }
      const last = linesOf(await start([...args, '--out', out, '--resume']).ended).at(-1)!;
      expect(last, `SEED=${seed}`).toEqual({ ...unbroken, model: join(out, 'model.safetensors') });
      expect(readdirSync(out).sort()).toEqual(['checkpoint.safetensors', 'model.safetensors']);
    }
    console.info(
      `${done} kills over ${runs} runs, ${halfWritten} of them while a file was being written, ${withinEpochs} with a checkpoint within an epoch`,
    );
  },
);
