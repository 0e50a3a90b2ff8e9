/** `asf-bp experiment`: what it prints and writes, and what it refuses. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Laboratory, ExperimentReport } from '../../src/experiment/experiment.ts';
import { experiments } from '../../src/experiment/experiments.ts';
import { textOf } from '../../src/experiment/text.ts';
import { asfbp, fresh, home, json, namesIn, program, refusalOf, start } from './process.ts';

const names = Object.keys(experiments);
/** Those that take no time. */
const quick = ['figure1', 'table4'];

/** What an experiment should give that asks nothing of a laboratory. */
async function reportFor(name: string, seed: number): Promise<ExperimentReport> {
  const settings = { size: 'small', seed, variant: 'authors' } as const;
  const experiment = experiments[name]!;
  const results = experiment.parts(settings).map(({ run }) => run({} as Laboratory));
  return experiment.report(settings, JSON.parse(JSON.stringify(await Promise.all(results))));
}

describe.each(quick)('experiment %s', (name) => {
  test('with --json prints its lines and nothing else, and writes the same lines and a figure', async () => {
    const out = fresh();
    const lines = await json(['experiment', name, '--out', out]);
    const { lines: expected } = await reportFor(name, 1);
    expect(lines).toEqual(JSON.parse(JSON.stringify(expected)));
    const files = [`${name}.jsonl`, `${name}.svg`];
    expect(namesIn(out).sort()).toEqual(['experiment.json', 'parts', ...files].sort());
    const written = readFileSync(join(out, `${name}.jsonl`), 'utf8');
    expect(written).toBe(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    expect(readFileSync(join(out, `${name}.svg`), 'utf8')).toMatch(/^<svg [^]*<\/svg>\n$/);
  });

  test('prints a text and where its files are; again, the same bytes', async () => {
    const cwd = fresh('cwd');
    mkdirSync(cwd);
    const first = await asfbp(['experiment', name, '--seed', '2'], cwd);
    expect({ code: first.code, err: first.err }).toEqual({ code: 0, err: '' });
    const text = textOf((await reportFor(name, 2)).content);
    const folder = `results/${name}-small-2`;
    expect(first.out).toBe(`${text}\n\n${folder}/${name}.jsonl\n${folder}/${name}.svg\n`);
    const bytes = (): string[] =>
      [
        `${name}.jsonl`,
        `${name}.svg`,
        ...namesIn(join(cwd, folder, 'parts')).map((part) => `parts/${part}`),
      ].map((file) => readFileSync(join(cwd, folder, file), 'utf8'));
    const before = bytes();
    expect(await asfbp(['experiment', name, '--seed', '2'], cwd)).toEqual(first);
    expect(bytes()).toEqual(before);
  });
});

test('what takes seconds says about how many before it starts; Ctrl-C ends it after the part at hand, and it goes on', async () => {
  const out = fresh();
  const command = ['experiment', 'table4', '--size', 'paper', '--json', '--out', out];
  const { child, ended } = start(command);
  child.stderr!.once('data', () => child.kill());
  const stopped = await ended;
  expect({ code: stopped.code, out: stopped.out }).toEqual({ code: 130, out: '' });
  expect(stopped.err).toMatch(
    /^table4, size paper: about \d+ s\nstopped; the same command goes on with .*\n$/,
  );
  const again = await asfbp(command);
  expect(again.err).toMatch(/^table4, size paper: about \d+ s for \d of 8 parts\n$/);
  expect(again.out).toContain('U(0.5,1)');
});

test('Vega is loaded where a figure is drawn, not with the program', () => {
  const folder = join(dirname(program), 'asf-bp');
  const files = [program, ...readdirSync(folder).map((name) => join(folder, name))];
  const drawing = files.filter((path) => readFileSync(path, 'utf8').includes('vega'));
  expect(drawing.map((path) => basename(path))).toEqual([expect.stringMatching(/^figure-\w+\.js$/)]);
  const figure = basename(drawing[0]!);
  // Each file that names it does so in an `import()`.
  const mentions = files.flatMap(
    (path) => readFileSync(path, 'utf8').match(new RegExp(`.*${figure}.*`, 'g')) ?? [],
  );
  expect(mentions.length).toBeGreaterThan(0);
  for (const line of mentions) expect(line).toContain(`import("./${figure}")`);
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
    [
      'data where none is used',
      ['figure1', '--data', 'x'],
      'experiment: "--data" expected nothing with figure1, got x; leave it out',
    ],
    [
      'a data set that is not there, before a folder is made',
      ['table1', '--data', 'nowhere'],
      /^experiment: "nowhere" expected the four IDX files.*no such folder/,
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

describe('a folder', () => {
  const out = fresh();
  const begin = (...more: string[]) => asfbp(['experiment', 'table4', '--out', out, ...more]);

  test('belongs to one experiment and its settings', async () => {
    expect((await begin()).code).toBe(0);
    const line = refusalOf(await begin('--seed', '2'));
    expect(line).toMatch(/^experiment: "--out" expected a folder of .*"seed":2.*, got .*"seed":1/);
    expect(refusalOf(await asfbp(['experiment', 'figure1', '--out', out]))).toContain('"figure1"');
  });

  test('has results that are taken, not made again; another version of a part is refused', async () => {
    const path = join(out, 'parts', '25-equal-Poisson-synapses.json');
    const { of, result } = JSON.parse(readFileSync(path, 'utf8'));
    result.rows[0].ours = 0.125;
    writeFileSync(path, JSON.stringify({ of, result }));
    expect((await begin()).out).toContain('0.125');
    writeFileSync(path, JSON.stringify({ of: { other: 1 }, result }));
    expect(refusalOf(await begin())).toMatch(/"--out" expected parts of this version of asf-bp, got another/);
    writeFileSync(path, '{"of":');
    expect(refusalOf(await begin())).toMatch(/synapses\.json: expected JSON/);
  });
});
