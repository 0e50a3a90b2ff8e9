/** A process of the command has the streams and the exit code of `run`, and it handles a closed pipe and a full disk. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { writeNpz } from '../../src/formats/npz.ts';
import { asfbp, fresh, freshFolder, namesIn, program, start } from './process.ts';
import { smallNetwork, writeDataset, writeNetwork } from '../command/world.ts';

const dataset = writeDataset('data', 50, 20);
const model = writeNetwork('small', smallNetwork);

/** Runs the command in a shell. `line` has the arguments, and whatever follows them in the shell line. */
const inShell = (line: string) =>
  start(['-c', `"${process.execPath}" "${program}" ${line}`], { command: '/bin/sh' }).ended;

test('a negative answer is code 1', async () => {
  const wrong = `${fresh('wrong')}.npz`;
  const loss = { dtype: 'F32', shape: [], data: Float32Array.of(0) } as const;
  writeFileSync(wrong, writeNpz([['loss', loss]]));
  const inputs = fileURLToPath(new URL('../../spec/vectors/paper/step/any-dense/case.npz', import.meta.url));
  const { code, out, err } = await asfbp(['check', wrong, '--inputs', inputs]);
  expect({ code, err }).toEqual({ code: 1, err: '' });
  expect(out).toContain('loss');
});

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
