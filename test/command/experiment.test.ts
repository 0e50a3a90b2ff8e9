/** `asf-bp experiment`: what it prints and writes, and what it refuses. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { experiments } from '../../src/experiment/experiments.ts';
import { asfbp, fresh, home, json, namesIn, program, refusalOf, start } from './process.ts';

const names = Object.keys(experiments);

describe.each(names)('experiment %s', (name) => {
  test('with --json prints its lines and nothing else, and writes the same lines and a figure', async () => {
    const out = fresh();
    const lines = await json(['experiment', name, '--out', out]);
    const { lines: expected } = await experiments[name]!.run({ size: 'small', seed: 1 });
    expect(lines).toEqual(JSON.parse(JSON.stringify(expected)));
    expect(namesIn(out)).toEqual([`${name}.jsonl`, `${name}.svg`]);
    const written = readFileSync(join(out, `${name}.jsonl`), 'utf8');
    expect(written).toBe(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    expect(readFileSync(join(out, `${name}.svg`), 'utf8')).toMatch(/^<svg [^]*<\/svg>\n$/);
  });

  test('prints a text and where its files are; again, the same bytes', async () => {
    const cwd = fresh('cwd');
    mkdirSync(cwd);
    const first = await asfbp(['experiment', name, '--seed', '2'], cwd);
    expect({ code: first.code, err: first.err }).toEqual({ code: 0, err: '' });
    const { text } = await experiments[name]!.run({ size: 'small', seed: 2 });
    const folder = `results/${name}-small-2`;
    expect(first.out).toBe(`${text}\n\n${folder}/${name}.jsonl\n${folder}/${name}.svg\n`);
    const bytes = (): string[] =>
      namesIn(join(cwd, folder)).map((file) => readFileSync(join(cwd, folder, file), 'utf8'));
    const before = bytes();
    expect(await asfbp(['experiment', name, '--seed', '2'], cwd)).toEqual(first);
    expect(bytes()).toEqual(before);
  });
});

test('what takes seconds says about how many before it starts', async () => {
  const { child, ended } = start(['experiment', 'table4', '--size', 'paper', '--json', '--out', fresh()]);
  child.stderr!.once('data', () => child.kill());
  const { signal, out, err } = await ended;
  expect({ signal, out }).toEqual({ signal: 'SIGTERM', out: '' });
  expect(err).toMatch(/^table4, size paper: about \d+ s\n$/);
});

test('Vega is loaded where a figure is drawn, not with the program', () => {
  const bundle = readFileSync(program, 'utf8');
  expect(bundle).toMatch(/import\("\.\/asf-bp\/figure-\w+\.js"\)/);
  expect(bundle).not.toMatch(/^import .*figure/m);
  expect(bundle).not.toContain('vega');
});

describe.concurrent('experiment refuses', () => {
  const known = `experiment: "NAME" expected one of ${names.join(', ')}, got`;
  const file = join(home, 'file');
  writeFileSync(file, '');
  test.each([
    ['an unknown name, with the nearest', ['tabel4'], `${known} tabel4; did you mean table4?`],
    ['a name like no other', ['frobnicate'], `${known} frobnicate`],
    ['no name', [], `${known} nothing`],
    ['a name of the language', ['constructor'], `${known} constructor`],
    [
      'another size',
      ['figure1', '--size', 'papr'],
      'experiment: "--size" expected one of small, paper, got papr; did you mean paper?',
    ],
    [
      'a wrong seed',
      ['figure1', '--seed', '-1'],
      'experiment: "--seed" expected a whole number from 0 to 4294967295, got -1',
    ],
    [
      'a folder that is a file',
      ['figure1', '--out', file],
      `experiment: "--out" expected a folder that can be written, got ${file}: a part of the path is not a folder`,
    ],
    ['two names', ['figure1', 'table4'], /^experiment: too many arguments for 'experiment'/],
    ['an unknown option', ['figure1', '--sise', 'small'], /got --sise; did you mean --size\?/],
  ])('%s', async (_, args, expected) => {
    const cwd = fresh('empty');
    mkdirSync(cwd);
    const line = refusalOf(await asfbp(['experiment', ...args], cwd));
    if (typeof expected === 'string') expect(line).toBe(expected);
    else expect(line).toMatch(expected);
    expect(namesIn(cwd)).toEqual([]);
  });
});

test('a name with a wrong option is refused before anything is written', async () => {
  const out = fresh();
  refusalOf(await asfbp(['experiment', 'figure1', '--seed', 'x', '--out', out]));
  expect(namesIn(out)).toEqual([]);
});
