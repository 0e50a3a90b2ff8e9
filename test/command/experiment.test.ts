/** `asf-bp experiment` prints and writes the rows of an experiment, resumes where it stopped, and refuses wrong arguments. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { ExperimentSummary, ExperimentSettings, Laboratory } from '../../src/experiment/experiment.ts';
import { experiments } from '../../src/experiment/index.ts';
import { textOf } from '../../src/experiment/experiment.ts';
import { madeUp } from '../experiment/laboratory.ts';
import { isWhole } from '../support.ts';
import { asfbp, fresh, home, json, namesIn, Process, refusalOf, refused, refuses } from './command.ts';

const names = Object.keys(experiments);
/** Experiments without training: `figure1` has a single part, `table4` has many. */
const quick = isWhole ? ['figure1', 'table4'] : ['figure1'];

/** The expected result of an experiment that does not train. */
async function reportFor(name: string, seed: number): Promise<ExperimentSummary> {
  const settings = { experiment: name, size: 'small', seed, variant: 'authors' } as const;
  const experiment = experiments[name]!;
  const results = experiment.parts(settings).map(({ run }) => run({} as Laboratory));
  return experiment.summarise(settings, JSON.parse(JSON.stringify(await Promise.all(results))));
}

describe.each(quick)('experiment %s', (name) => {
  const cwd = fresh('cwd');
  const folder = `results/${name}-small-2`;
  const inFolder = (file: string): string => readFileSync(join(cwd, folder, file), 'utf8');
  const parts = (): string[] =>
    namesIn(join(cwd, folder, 'parts')).map((part) => inFolder(join('parts', part)));
  let expected: ExperimentSummary;
  beforeAll(async () => {
    mkdirSync(cwd);
    expected = await reportFor(name, 2);
  });

  test('prints a text and the paths of its files', async () => {
    const { code, out, err } = await asfbp(['experiment', name, '--seed', '2'], cwd);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const text = textOf(expected.content);
    expect(out).toBe(`${text}\n\nsize small:\n${folder}/${name}.jsonl\n${folder}/${name}.svg\n`);
    const files = [`${name}.jsonl`, `${name}.svg`];
    expect(namesIn(join(cwd, folder))).toEqual(['experiment.json', 'parts', ...files].sort());
    expect(inFolder(`${name}.svg`)).toMatch(/^<svg [^]*<\/svg>\n$/);
  });

  test('with --json prints the lines of its file; again, every file has the same bytes', async () => {
    const before = [...parts(), inFolder(`${name}.svg`)];
    const lines = await json(['experiment', name, '--seed', '2'], cwd);
    expect(lines).toEqual(JSON.parse(JSON.stringify(expected.lines)));
    expect(inFolder(`${name}.jsonl`)).toBe(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    expect([...parts(), inFolder(`${name}.svg`)]).toEqual(before);
  });
});

test('an experiment that takes seconds says about how many before it starts; Ctrl-C ends it after the part at hand, and it goes on', async () => {
  const out = fresh();
  const { parts } = experiments['table4']!;
  const inSeconds = (settings: ExperimentSettings) =>
    parts(settings).map((part) => ({ ...part, estimate: () => 1 }));
  vi.spyOn(experiments['table4']!, 'parts').mockImplementation(inSeconds);
  /** Runs the experiment, and interrupts it at its first output on standard error. */
  const stopped = async (): Promise<string> => {
    const io = new Process();
    io.stderr.once('said', () => io.emit('SIGINT'));
    const command = ['experiment', 'table4', '--json', '--out', out];
    const { code, out: said, err } = await asfbp(command, home, io);
    expect({ code, said }).toEqual({ code: 130, said: '' });
    return err;
  };
  const results = (): number =>
    namesIn(join(out, 'parts')).filter((part) =>
      readFileSync(join(out, 'parts', part), 'utf8').includes('"result"'),
    ).length;
  const end = 'stopped; the same command resumes .*\\n$';
  expect(await stopped()).toMatch(new RegExp(`^table4, size small: about 8 s, into .*\\n${end}`));
  expect(results()).toBe(1);
  expect(await stopped()).toMatch(
    new RegExp(`^table4, size small: about 7 s for 7 of 8 parts, into .*\\n${end}`),
  );
  expect(results()).toBe(1);
  vi.restoreAllMocks();
});

describe.each([
  ['figure3', 4, 16, 'Not all panels of CIFAR-10 are measured', 'VGG7, batch'],
  ['figure4', 5, 10, 'VGG7 on CIFAR-10 is not trained with all windows', 'VGG7 on CIFAR-10, best'],
])('%s without CIFAR-10', (name, some, all, absent, ofCifar) => {
  const out = fresh();
  const timed = { seconds: 1, threads: 1, bytes: 1e6, bytesOneThread: 1e6, batches: 10 };
  const result = name === 'figure3' ? { asf: timed, lee: timed } : madeUp([0.5, 0.6]);
  let seconds = 5;
  const { parts } = experiments[name]!;
  const inNoTime = (settings: ExperimentSettings) =>
    parts(settings).map((part) => ({ ...part, estimate: () => seconds, run: () => result }));
  beforeAll(() => {
    vi.spyOn(experiments[name]!, 'parts').mockImplementation(inNoTime);
  });
  afterAll(() => void vi.restoreAllMocks());
  const run = (...more: string[]) => asfbp(['experiment', name, '--out', out, ...more], home);

  test('carries out the parts of MNIST, after it has named the others; then nothing, which it says; with --data the others', async () => {
    const first = await run();
    const [left, need] = [
      `${5 * some} s for ${some} of ${all} parts`,
      `${all - some} need --data DIR, the folder of cifar10`,
    ];
    expect(first.code).toBe(0);
    expect(first.err).toContain(`${name}, size small: about ${left}, into ${out}; ${need}\n`);
    expect(first.out.replace(/\s+/g, ' ')).toContain(absent);
    expect(first.out).not.toContain(ofCifar);
    expect(namesIn(join(out, 'parts')).map((part) => part.split('-')[0])).toEqual(Array(some).fill('mnist'));

    seconds = 0;
    const words = `results from ${out}, nothing was run; --out NEW runs it on this machine (add --data DIR if cifar10 is not installed)\n`;
    expect(await run()).toMatchObject({ code: 0, err: '', out: words + first.out });
    const lines = await run('--json');
    expect(lines.err).toBe(words);
    expect(lines.out.split('\n').slice(0, -1)).toHaveLength(1 + some);

    const whole = await run('--data', '.');
    expect(whole).toMatchObject({ code: 0, err: '' });
    expect(whole.out.replace(/\s+/g, ' ')).not.toContain(absent);
    expect(whole.out).toContain(ofCifar);
    expect(namesIn(join(out, 'parts'))).toHaveLength(all);
  });
});

test('without --size, the size is paper where its results alone are kept', async () => {
  const cwd = fresh('kept');
  mkdirSync(cwd);
  const run = async (...more: string[]): Promise<string> => {
    const { code, out, err } = await asfbp(['experiment', 'figure1', ...more], cwd);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    return out;
  };
  const paper = await run('--size', 'paper');
  const words = 'results from results/figure1-paper-1, nothing was run; --out NEW runs it on this machine\n';
  expect(await run()).toBe(words + paper);
  // The folder `new` has no results, so the command computes them there.
  const anew = await run('--out', 'new');
  expect(anew).not.toContain('nothing was run');
  expect(anew.replaceAll('new/', 'results/figure1-paper-1/')).toBe(paper);
  expect(paper).toMatch(/\n\nsize paper:\nresults\/figure1-paper-1\/figure1\.jsonl\n/);
  expect(await run('--size', 'small')).not.toContain('nothing was run');
  expect(await run()).toMatch(/^results from results\/figure1-small-1, nothing was run; --out NEW/);
  expect(namesIn(join(cwd, 'results'))).toEqual(['figure1-paper-1', 'figure1-small-1']);
  // `--out` alone would now use size small, but a run resumes with the size of its folder.
  expect(await run('--size', 'paper')).toMatch(/^results from \S+, nothing was run; --size paper --out NEW/);
  expect(await run('--out', 'new')).toMatch(/^results from new, nothing was run; --size paper --out NEW/);
});

test('without a name, it lists every one with what it is', async () => {
  const { code, out, err } = await asfbp(['experiment']);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out.trim().split('\n')).toEqual(names.map((name) => `${name.padEnd(10)}${experiments[name]!.help}`));
  expect((await json(['experiment'])).map(({ name }) => name)).toEqual(names);
});

const file = join(home, 'file');
writeFileSync(file, '');
const known = `experiment: "NAME" expected one of ${names.join(', ')}, got`;
refuses(
  [
    [['tabel4'], `${known} tabel4; did you mean table4?`],
    [['constructor'], `${known} constructor`],
    [['figure1', '--out', file], '"--out" expected a folder that can be written, got '],
    [['figure1', '--data', 'x'], '"--data" expected nothing with figure1, got x; omit it'],
    [['table1', '--data', 'nowhere', '--out', 'x'], '"--data" expected a folder, got nowhere'],
    [['figure1', '--size', 'papr'], '"--size" expected one of small, paper, got papr'],
    [['figure1', 'table4'], "too many arguments for 'experiment'"],
  ],
  'experiment',
);

test('a name with a wrong option or without its data is refused before anything is written', async () => {
  await refused(['experiment', 'figure1', '--seed', 'x', '--out', 'out']);
  await refused(['experiment', 'table1', '--data', 'nowhere']);
});

describe('a folder', () => {
  const out = fresh();
  const begin = (...more: string[]) => asfbp(['experiment', 'figure1', '--out', out, ...more]);

  test('belongs to one experiment and its settings', async () => {
    expect((await begin()).code).toBe(0);
    const line = refusalOf(await begin('--seed', '2'));
    expect(line).toContain('"--out" expected a folder of figure1, size small, seed 2, ');
    expect(line).toContain(', of figure1, size small, seed 1, ');
    const other = refusalOf(await asfbp(['experiment', 'table4', '--out', out]));
    expect(other).toContain('a folder of table4, size small');
  });

  test('has results that are taken, not made again; another version of a part is refused', async () => {
    const path = join(out, 'parts', 'rows.json');
    const { of, result } = JSON.parse(readFileSync(path, 'utf8'));
    result[0].potential = 0.125;
    writeFileSync(path, JSON.stringify({ of, result }));
    expect((await begin('--json')).out).toContain('"potential":0.125');
    writeFileSync(path, JSON.stringify({ of, result: {} }));
    expect((await begin()).err).toContain('experiment: "parts" expected results of figure1, got ');
    writeFileSync(path, JSON.stringify({ of: { other: 1 }, result }));
    expect(refusalOf(await begin())).toContain('"--out" expected parts of this version of asf-bp, got ');
    writeFileSync(path, '{"of":');
    expect(refusalOf(await begin())).toContain('rows.json: expected JSON');
  });
});
