/** Whatever names and files have in them, what reaches a terminal is printable, and JSON is the same values. */
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { writeNpz } from '../../src/formats/npz.ts';
import { writePng } from '../../src/formats/png.ts';
import { oneLine, printable } from '../../src/printable.ts';
import { drawing } from '../support.ts';
import { anyText } from '../texts.ts';
import { asfbp, fresh, linesOf, type Outcome } from './command.ts';
import { shortTraining, smallNetwork, writeDataset, writeNetwork } from './world.ts';

/** An escape sequence, C1, an override of the direction, a separator of lines. */
const hostile = '\u001b[31m\u009b2J\u202eX\u2028\u0007';
// eslint-disable-next-line no-control-regex
const bad = /[^\n\t -~\u00a0-\u061b\u061d-\u200d\u2010-\u2027\u202f-\u2065\u206a-\uffff]/;

function expectPrintable({ out, err }: Outcome): void {
  expect([bad.exec(out)?.[0].codePointAt(0), bad.exec(err)?.[0].codePointAt(0)]).toEqual([
    undefined,
    undefined,
  ]);
}

const dataset = writeDataset('data', 12, 4);
const model = writeNetwork('hostile', { ...smallNetwork, name: `${hostile}\ntest accuracy 100 %` });
const train = shortTraining(dataset, model);

describe('a name full of controls', () => {
  test('of a network', async () => {
    const out = fresh();
    const trained = await asfbp([...train, '--out', out]);
    expect(trained.code).toBe(0);
    expectPrintable(trained);
    expect(trained.out.match(/^test accuracy/gm)).toHaveLength(1);
    for (const args of [
      ['info', out],
      ['evaluate', out, '--dataset', dataset],
    ]) {
      const outcome = await asfbp(args);
      expect(outcome.code, outcome.err).toBe(0);
      expectPrintable(outcome);
    }
    const told = await asfbp(['info', out, '--json']);
    expectPrintable(told);
    expect(linesOf(told)[0]!['name']).toBe(`${hostile}\ntest accuracy 100 %`);
  });

  test('of a file', async () => {
    const file = fresh(`${hostile}\nb.png`);
    writeFileSync(file, writePng(8, 8, new Uint8Array(64).fill(200)));
    const out = fresh();
    await asfbp([...train, '--out', out]);
    const outcome = await asfbp(['predict', out, file]);
    expect(outcome.code, outcome.err).toBe(0);
    expectPrintable(outcome);
    expect(outcome.out).toMatch(/b\.png-\d+: \d, ahead of \d by \d+\.\d\d/);
    for (const args of [
      ['info', `${file}x`],
      ['train', `--${hostile}`],
      ['report', `${file}x`],
    ])
      expectPrintable(await asfbp(args));
  });

  test('of an array', async () => {
    const file = fresh('step.npz');
    for (const name of [hostile, 'a\nb']) {
      writeFileSync(file, writeNpz([[name, { dtype: 'F32', shape: [1], data: Float32Array.of(1) }]]));
      const outcome = await asfbp(['check', file, '--network', model]);
      expect(outcome.code, outcome.err).toBe(2);
      expect(outcome.err).toContain('"name of an array" expected printable characters');
      expectPrintable(outcome);
    }
  });

  test('of a run in a report', async () => {
    const folder = fresh('kept');
    const out = fresh();
    await asfbp([...train, '--out', out]);
    mkdirSync(join(folder, hostile), { recursive: true });
    copyFileSync(join(out, 'model.safetensors'), join(folder, hostile, 'model.safetensors'));
    for (const more of [[], ['--json']]) {
      const outcome = await asfbp(['report', folder, ...more]);
      expect(outcome.code, outcome.err).toBe(0);
      expectPrintable(outcome);
    }
  });
});

test('any text becomes printable; JSON keeps its values, a line stays a line', () => {
  fc.assert(
    fc.property(anyText(), (text) => {
      expect(bad.exec(printable(text))).toBe(null);
      expect(JSON.parse(printable(JSON.stringify(text)))).toBe(text);
      expect(/[\n\t]/.exec(oneLine(text))).toBe(null);
      expect(oneLine(text)).toHaveLength(text.length);
    }),
    drawing(4000),
  );
});
