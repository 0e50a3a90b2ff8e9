/** A second Ctrl-C ends the process; lines fit the terminal, help has examples, colour is for terminals that want it. */
import { fileURLToPath } from 'node:url';
import { describe, expect, test, vi } from 'vitest';
import { onInterrupt } from '../../src/command/interrupt.ts';
import type { Terminal } from '../../src/command/io.ts';
import { fitting, ProgressLine } from '../../src/command/output.ts';
import { commands } from '../../src/command/main.ts';
import { isColoured, painted, strong, wrapped } from '../../src/command/paint.ts';
import { asfbp, Process } from './command.ts';

const [lenet, tiny] = ['lenet-mnist', 'tiny'].map((name) =>
  fileURLToPath(new URL(`../../models/${name}.safetensors`, import.meta.url)),
);

test('a second Ctrl-C ends the process at once, but not the echo of the first', () => {
  const io = new Process();
  const exit = vi.spyOn(io, 'exit').mockImplementation(() => {});
  const clock = vi.spyOn(performance, 'now');
  onInterrupt(io).release();
  expect(io.listenerCount('SIGINT')).toBe(0);
  const { signal, release } = onInterrupt(io);
  for (const [now, exits] of [
    [0, 0],
    [3, 0],
    [999, 0],
    [1001, 1],
  ] as const) {
    clock.mockReturnValue(5000 + now);
    io.emit('SIGINT');
    expect(signal.aborted).toBe(true);
    expect(exit).toHaveBeenCalledTimes(exits);
  }
  expect(exit).toHaveBeenCalledWith(130);
  vi.restoreAllMocks();
  release();
  // It stays, for the echo that may still come.
  expect(io.listenerCount('SIGINT')).toBe(1);
});

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s asks for an end', (name) => {
  const io = new Process();
  const { signal, release } = onInterrupt(io);
  expect(signal.aborted).toBe(false);
  io.emit(name);
  expect(signal.aborted).toBe(true);
  release();
});

describe('a line of progress', () => {
  test.each([
    [80, 'training ██ 50 % · 3 s left · loss 0.1'],
    [39, 'training ██ 50 % · 3 s left · loss 0.1'],
    [38, 'training ██ 50 % · 3 s left'],
    [20, 'training ██ 50 %'],
    [9, 'training'],
  ])('of a terminal of %i columns', (columns, expected) => {
    expect(fitting(['training ██ 50 %', '3 s left', 'loss 0.1'], columns)).toBe(expected);
  });
});

test('the remaining time is of the work that is shown, from where it began', () => {
  const clock = vi.spyOn(performance, 'now').mockReturnValue(0);
  const lines: string[] = [];
  const stderr = { write: (text: string) => lines.push(text) > 0 } as unknown as Terminal;
  const line = new ProgressLine(stderr, false);
  const show = (seconds: number, title: string, done: number, of: number): string | undefined => {
    clock.mockReturnValue(1000 * seconds);
    line.show(title, done, of);
    return lines
      .pop()
      ?.replace(/[█░]+ /, '')
      .trimEnd();
  };
  // What was done before a process began is not its pace.
  expect(show(20, 'training', 400, 500)).toBe('training 80 %');
  expect(show(40, 'training', 420, 500)).toBe('training 84 % · 1 min 20 s left');
  expect(show(60, 'testing', 10, 100)).toBe('testing 10 %');
  expect(show(80, 'testing', 20, 100)).toBe('testing 20 % · 2 min 40 s left');
  expect(show(85, 'testing', 30, 100)).toBeUndefined();
  expect(show(100, 'testing', 15, 100)).toBe('testing 15 %');
  vi.restoreAllMocks();
});

describe('colour', () => {
  test.each([
    [true, {}, true],
    [false, {}, false],
    [true, { NO_COLOR: '1' }, false],
    [true, { CI: 'true' }, false],
    [true, { TERM: 'dumb' }, false],
  ])('of a terminal: %s, with %j: %s', (isTerminal, env, expected) => {
    expect(isColoured(isTerminal, env)).toBe(expected);
  });

  test('is an escape where it is shown, and nothing elsewhere', () => {
    expect(painted(`a ${strong('b')} c`, true)).toBe('a \x1b[1mb\x1b[22m c');
    expect(painted(`a ${strong('b')} c`, false)).toBe('a b c');
  });

  test('is not in what is piped, and is in a terminal', async () => {
    // eslint-disable-next-line no-control-regex
    expect((await asfbp(['--help'])).out).not.toMatch(/\u001b|[\ue001-\ue008]/);
    const io = new Process();
    Object.assign(io.stdout, { isTTY: true, columns: 80 });
    const before = { NO_COLOR: process.env['NO_COLOR'], CI: process.env['CI'], TERM: process.env['TERM'] };
    Object.assign(process.env, { NO_COLOR: '', CI: '', TERM: 'xterm' });
    const { out } = await asfbp(['--help'], undefined, io);
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    expect(out).toContain('\x1b[1mOptions:\x1b[22m');
  });
});

const digest = '0123456789abcdef'.repeat(4);

describe('a line that is wider than the terminal', () => {
  test.each([
    ['one · two · three', 11, 'one · two\n  three'],
    ['a word and others', 10, 'a word and\n  others'],
    ['  a word and others', 12, '  a word and\n    others'],
    ['unbreakable', 5, 'unbreakable'],
    [`digest ${digest}`, 60, `digest ${digest.slice(0, 32)}\n  ${digest.slice(32)}`],
    [`digest  ${digest}`, 72, `digest  ${digest}`],
    ['as {"from":"paper","reset":"none"}', 20, 'as {"from":"paper",\n  "reset":"none"}'],
    ['short', 60, 'short'],
  ])('%j in %i columns', (line, columns, expected) => {
    expect(wrapped(line, columns)).toBe(expected);
  });
});

describe('in a terminal of 60 columns', () => {
  const narrow = async (...args: string[]): Promise<string[]> => {
    const io = new Process();
    Object.assign(io.stdout, { isTTY: true, columns: 60 });
    const { out } = await asfbp(args, undefined, io);
    // eslint-disable-next-line no-control-regex
    return out.replaceAll(/\x1b\[\d*m/g, '').split('\n');
  };
  test.each([
    ['info', lenet],
    ['show', 'mnist', '7', '--window', '100'],
    ['check', '--list-keys'],
    ['evaluate', tiny, '--limit', '2'],
  ])('%s: each line fits', async (...args) => {
    const lines = await narrow(...args);
    expect(lines.length).toBeGreaterThan(3);
    expect(lines.filter((line) => line.length > 60)).toEqual([]);
  });

  test('a table becomes several with its keys, and a word is not divided', async () => {
    const text = (await narrow('info', lenet)).join('\n');
    expect(text).toMatch(/^n {2}kind {9}output {8}neurons {2}weights {2}threshold$/m);
    expect(text).toMatch(/^n {2}kind {9}leak {3}S {7}spike rate$/m);
    expect(text).toMatch(/^5 {2}linear {7}1\.000 {2}0\.5865 {2}0\.0223$/m);
  });
});

describe.each(commands.map(({ name, options, examples }) => ({ name, options, examples })))(
  'help of $name',
  ({ name, options, examples }) => {
    test.each([60, 80])('fits %i columns and has its examples', async (columns) => {
      const io = new Process();
      Object.assign(io.stdout, { isTTY: true, columns });
      const { out, code } = await asfbp([name, '--help'], undefined, io);
      expect(code).toBe(0);
      expect(
        out
          .split('\n')
          .filter((line) => line.length > columns && !line.includes('npx'))
          .join('\n'),
      ).toBe('');
      for (const example of examples) expect(out.replaceAll(/\s+/g, ' ')).toContain(`npx asf-bp ${example}`);
    });

    test('has examples with options that it has', () => {
      const known = options.map(({ flag }) => flag);
      for (const example of examples) {
        expect(example.split(' ')[0]).toBe(name);
        for (const flag of example.match(/--[a-z-]+/g) ?? []) expect(known).toContain(flag);
      }
    });
  },
);
