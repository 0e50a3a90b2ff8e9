/** A rank reports a recording that it cannot read, and the job ends with a checkpoint. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { copied } from '../command/sets.ts';
import { fresh } from '../processes/process.ts';
import { writeNetwork } from '../command/world.ts';
import { encodeEvents } from '../formats/encoders.ts';
import { isTraining, lineOf, startUnlike, told, words } from './job.ts';
import { goesOn } from './long.ts';

/** Recordings per class. */
const recordings = { Train: 8, Test: 2 };

/** A data set in the form of N-MNIST, with 80 recordings for training and 20 for testing. Each class has its own columns. */
function writeRecordings(): string {
  const folder = fresh('recordings');
  for (const [part, count] of Object.entries(recordings)) {
    for (let label = 0; label < 10; label++) {
      mkdirSync(join(folder, part, `${label}`), { recursive: true });
      for (let k = 0; k < count; k++) {
        const number = 10 * k + label + 1;
        const events = Array.from(
          { length: 60 },
          (_, i) => [3 * label + (i % 3), (7 * i + number) % 34, i & 1, 4000 * i] as const,
        );
        const name = `${number}`.padStart(5, '0');
        writeFileSync(join(folder, part, `${label}`, `${name}.bin`), encodeEvents(events));
      }
    }
  }
  return folder;
}

const folder = writeRecordings();
const model = writeNetwork('events', {
  name: 'events',
  variant: 'authors',
  input: { channels: 2, height: 34, width: 34 },
  timeWindow: 3,
  threshold: 1,
  layers: [
    { kind: 'averagePool', size: 2 },
    { kind: 'linear', units: 10 },
  ],
});
const argsWith = (data: string): string[] =>
  words(
    `train --dataset nmnist --model ${model} --batch 16 --shard 4 --data ${data}
     --threads 1 --lr-steps 2 --epochs 100`,
  );
const args = argsWith(folder);

test.each([
  ['a training recording', 'Train/3/00034.bin', 'train', 3],
  ['a test recording', 'Test/9/00020.bin', 'test', 2],
])('%s that one rank alone can no longer read', async (_, file, part, ranks) => {
  const out = fresh();
  const copies = Array.from({ length: ranks }, (__, rank) => (rank === 0 ? folder : copied(folder)));
  const job = startUnlike(copies.map((copy) => ({ args: [...argsWith(copy), '--out', out] })));
  await isTraining(out);
  const lost = join(copies[1]!, file);
  rmSync(lost);
  const began = Date.now();
  const line = await lineOf(job, out);
  expect((Date.now() - began) / 1000).toBeLessThan(told);
  expect(line).toMatch(new RegExp(`^rank 1: nmnist ${part}\\[\\d+\\]: cannot read .*: no such file`));
  expect(line).toContain(lost);
  expect((await job.ended).code).toBe(2);
  await goesOn(out, { args });
});
