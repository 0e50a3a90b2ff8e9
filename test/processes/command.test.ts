/** A process of the command has the streams and the exit code of `run`, and it handles a closed pipe and a full disk. */
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { fresh, freshFolder, namesIn, program, start } from './process.ts';
import { smallNetwork, writeDataset, writeNetwork } from '../command/world.ts';

const dataset = writeDataset('data', 50, 20);
const model = writeNetwork('small', smallNetwork);

/** Runs the command in a shell. `line` has the arguments, and whatever follows them in the shell line. */
const inShell = (line: string) =>
  start(['-c', `"${process.execPath}" "${program}" ${line}`], { command: '/bin/sh' }).ended;

test('a reader that stops reading neither stops the training nor shows a stack', async () => {
  const out = fresh();
  const { err } = await inShell(
    `train --model '${model}' --dataset '${dataset}' --epochs 3 --out '${out}' --json | head -n 0; true`,
  );
  expect(err).not.toContain('EPIPE');
  expect(namesIn(out)).toEqual(['checkpoint.safetensors', 'model.safetensors']);
});

test('an answer that cannot be written is an error', async () => {
  expect(await inShell('info models/tiny > /dev/full')).toMatchObject({
    code: 2,
    err: 'cannot write standard output: the disk is full\n',
  });
});

test('a clone is installed into another folder, as the documents say, and its command works there', async () => {
  const folder = freshFolder('elsewhere');
  const root = fileURLToPath(new URL('../../', import.meta.url));
  const line = `cd '${folder}' && npm i --offline --no-audit --no-fund '${root}' && npx --no asf-bp info models/tiny`;
  const { code, out } = await start(['-c', line], { command: '/bin/sh' }).ended;
  expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining('tiny: model') });
});
