/** The command finds a model by its file, by its name without the ending, in the folder of a run, and among those shipped. */
import { cpSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { asfbp, fresh } from './command.ts';

const file = resolve('models/lenet-mnist.safetensors');

test('a shipped model is found in any folder; all ways to name one give the same', async () => {
  const cwd = fresh('cwd');
  mkdirSync(join(cwd, 'run'), { recursive: true });
  cpSync(file, join(cwd, 'run', 'model.safetensors'));
  cpSync(file, join(cwd, 'mine.safetensors'));
  const digestOf = async (model: string): Promise<unknown> => {
    const { code, out } = await asfbp(['info', model, '--json'], cwd);
    expect(code).toBe(0);
    return JSON.parse(out).digest;
  };
  const digest = await digestOf(file);
  for (const model of ['models/lenet-mnist', 'lenet-mnist', 'run', 'mine', 'mine.safetensors', './run/model'])
    expect(await digestOf(model), model).toBe(digest);
});
