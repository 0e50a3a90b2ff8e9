/** `asf-bp train --rule` trains by the rules `stbp` and `lee`, resumes, and refuses options of another rule. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { asfbp, fresh, home, json, linesOf, modelOf, refusalOf, refused } from './command.ts';
import { shortTraining, smallNetwork, writeDataset, writeNetwork } from './world.ts';

const dataset = writeDataset('data', 24, 8);
const model = writeNetwork('small', { ...smallNetwork, leak: 0.9 });
const begin = [...shortTraining(dataset, model), '--batch', '10'];
const lee = ['--rule', 'lee', '--optimiser', 'sgd', '--lr', '0.0085'];
const stbp = ['--rule', 'stbp', '--surrogate', 'fastSigmoid', '--surrogate-width', '2'];

describe.each([
  ['lee', lee],
  ['stbp', stbp],
])('rule %s', (rule, options) => {
  test('trains, goes on from its checkpoint to the same digest, and is told by info', async () => {
    const [whole, parts] = [fresh(), fresh()];
    const more = [...options, '--threads', '1'];
    const expected = await json([...begin, ...more, '--epochs', '2', '--lr-steps', '1', '--out', whole]);
    await json([...begin, ...more, '--epochs', '1', '--lr-steps', '1', '--out', parts]);
    const rest = await json(['train', '--resume', '--epochs', '2', '--threads', '1', '--out', parts]);
    expect(rest.at(-1)!['digest']).toBe(expected.at(-1)!['digest']);

    const path = join(whole, 'model.safetensors');
    expect(modelOf(path).net.rule).toBe(rule);
    const [facts] = linesOf(await asfbp(['info', path, '--json']));
    expect(facts).toMatchObject({ rule, variant: 'authors' });
    for (const layer of facts!['layers']) expect(layer).not.toHaveProperty('S');
    expect((await asfbp(['info', path])).out).toContain(`variant authors, rule ${rule}, window 4\n`);
    expect((await json(['evaluate', path, '--dataset', dataset])).at(-1)).toMatchObject({
      accuracy: expected.at(-1)!['accuracy'],
    });
  });
});

test('options of another rule are refused in one line, and so is a run that goes on with another rule', async () => {
  const beside = 'expected --rule stbp, got --rule';
  expect(await refused([...begin, '--surrogate', 'rectangle'])).toBe(`train: "--surrogate" ${beside} asf`);
  expect(await refused([...begin, ...lee, '--surrogate-width', '2'])).toBe(
    `train: "--surrogate-width" ${beside} lee`,
  );
  const out = fresh();
  await json([...begin, '--epochs', '1', '--out', out]);
  const line = refusalOf(await asfbp(['train', '--resume', '--out', out, '--rule', 'lee'], home));
  expect(line).toContain(`train: "--rule" expected asf, as the run in ${out} has, got lee`);
});
