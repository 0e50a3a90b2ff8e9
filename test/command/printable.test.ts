/** The output in a terminal is printable for all names and file contents. JSON keeps the values. */
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { writePng } from '../../src/formats/png.ts';
import { oneLine, printable } from '../../src/printable.ts';
import { law } from '../spec/support.ts';
import { anyText } from '../texts.ts';
import { asfbp, fresh, linesOf, type Outcome } from './command.ts';
import { shortTraining, smallNetwork, writeDataset, writeNetwork } from './world.ts';

/** An escape sequence, a C1 control, a change of text direction, a line separator and a bell. */
const hostile = '\u001b[31m\u009b2J\u202eX\u2028\u0007';
// eslint-disable-next-line no-control-regex
const bad = /[^\n\t -~\u00a0-\u061b\u061d-\u200d\u2010-\u2027\u202f-\u2065\u206a-\uffff]/;

function expectPrintable({ out, err }: Outcome): void {
  for (const text of [out, err]) expect(bad.exec(text)?.[0].codePointAt(0)).toBeUndefined();
}

const dataset = writeDataset('data', 12, 4);
const model = writeNetwork('hostile', { ...smallNetwork, name: `${hostile}\ntest accuracy 100 %` });
const train = shortTraining(dataset, model);

/** Runs a command and checks that its output is printable. */
async function printed(...args: string[]): Promise<Outcome> {
  const outcome = await asfbp(args);
  expectPrintable(outcome);
  return outcome;
}

describe('a name full of controls', () => {
  const out = fresh();
  let trained: Outcome;
  beforeAll(async () => (trained = await printed(...train, '--out', out)));

  test('of a network', async () => {
    expect(trained.code).toBe(0);
    expect(trained.out.match(/^test accuracy/gm)).toHaveLength(1);
    expect(await printed('info', out)).toMatchObject({ code: 0 });
    expect(await printed('evaluate', out, '--dataset', dataset)).toMatchObject({ code: 0 });
    const [facts] = linesOf(await printed('info', out, '--json'));
    expect(facts!['name']).toBe(`${hostile}\ntest accuracy 100 %`);
  });

  test('of a file or an option', async () => {
    const file = fresh(`${hostile}\nb.png`);
    writeFileSync(file, writePng(8, 8, new Uint8Array(64).fill(200)));
    const { code, out: said } = await printed('predict', out, file);
    expect(code).toBe(0);
    expect(said).toMatch(/b\.png-\d+: \d, ahead of \d by \d+\.\d\d/);
    await printed('info', `${file}x`);
    await printed('train', `--${hostile}`);
    await printed('report', `${file}x`);
  });

  test('of a run in a report', async () => {
    const folder = fresh('kept');
    mkdirSync(join(folder, hostile), { recursive: true });
    copyFileSync(join(out, 'model.safetensors'), join(folder, hostile, 'model.safetensors'));
    expect(await printed('report', folder)).toMatchObject({ code: 0 });
    expect(await printed('report', folder, '--json')).toMatchObject({ code: 0 });
  });
});

law('any text becomes printable; JSON keeps its values, a line stays a line', anyText(), 4000, (text) => {
  expect(bad.exec(printable(text))).toBe(null);
  expect(JSON.parse(printable(JSON.stringify(text)))).toBe(text);
  expect(/[\n\t]/.exec(oneLine(text))).toBe(null);
  expect(oneLine(text)).toHaveLength(text.length);
});
