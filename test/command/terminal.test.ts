/** A second Ctrl-C ends the process. Lines fit the terminal, help has examples, and colour depends on the terminal. */
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { commands } from '../../src/command/main.ts';
import { flagOf } from '../../src/command/options/option.ts';
import { ProgressLine } from '../../src/command/output.ts';
import { type Terminal, isColoured, onInterrupt, painted, strong } from '../../src/command/io.ts';
import { wrapped } from '../../src/printable.ts';
import { drawing } from '../support.ts';
import { asfbp, fresh, optionTables, Process } from './command.ts';
import { shortTraining, smallNetwork, writeDataset, writeNetwork } from './world.ts';

const [lenet, tiny] = ['lenet-mnist', 'tiny'].map((name) =>
  fileURLToPath(new URL(`../../models/${name}.safetensors`, import.meta.url)),
);

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  'a second %s ends the process, but not its echo',
  (name) => {
    const io = new Process();
    const exit = vi.spyOn(io, 'exit').mockImplementation(() => {});
    const clock = vi.spyOn(performance, 'now');
    onInterrupt(io).release();
    expect(io.listenerCount('SIGINT')).toBe(0);
    const { signal, release } = onInterrupt(io);
    for (const now of [0, 3, 999, 1001]) {
      clock.mockReturnValue(5000 + now);
      io.emit(name);
      expect(signal.aborted).toBe(true);
      expect(exit).toHaveBeenCalledTimes(Number(now > 1000));
    }
    expect(exit).toHaveBeenCalledWith(130);
    vi.restoreAllMocks();
    release();
    // The listener stays, because a second copy of the signal may still arrive.
    expect(io.listenerCount('SIGINT')).toBe(1);
  },
);

/** A progress line whose clock the test sets. Returns the last output without the bar. */
function progressOn(stream: object): (seconds: number, ...shown: Parameters<ProgressLine['show']>) => string {
  const clock = vi.spyOn(performance, 'now').mockReturnValue(0);
  let text = '';
  const write = (more: string): boolean => (text += more) !== '';
  const raw = { ...stream, write };
  const line = new ProgressLine({ ...raw, raw } as unknown as Terminal, false);
  return (seconds, ...shown) => {
    text = '';
    clock.mockReturnValue(1000 * seconds);
    line.show(...shown);
    // eslint-disable-next-line no-control-regex
    return text.replaceAll(/\x1b\[[?\d;]*[a-zA-Z]/g, '').replace(/[█░]+ /, '');
  };
}

describe('progress', () => {
  afterEach(() => void vi.restoreAllMocks());

  test('has the remaining time of the pace that it saw, not of a twentieth or of three seconds', () => {
    const show = progressOn({});
    // Work that was done before the process began does not count for the pace.
    expect(show(20, 'training', 400, 500)).toBe('training  80 %\n');
    expect(show(40, 'training', 404, 500)).toBe('training  80 %\n');
    expect(show(60, 'training', 420, 500)).toBe('training  84 % · 2 min 40 s left\n');
    expect(show(80, 'testing', 440, 500, ['a fact'])).toBe('testing  88 % · 1 min 30 s left · a fact\n');
    const terminal = progressOn({ isTTY: true, columns: 80 });
    terminal(1, 'testing', 0, 100);
    expect(terminal(3.9, 'testing', 50, 100)).not.toMatch('left');
  });

  test.each([40, 60, 80, 120])('keeps every fact on %i columns, whatever is left', (columns) => {
    const facts = ['epoch 12/40', 'loss 0.1234', 'accuracy 97.65 %', '12345 images/s'];
    const show = progressOn({ isTTY: true, columns });
    const texts = [1, 3000].map((seconds, k) => show(seconds, 'training', 100 * k, 1000, facts).trimEnd());
    for (const text of texts) {
      for (const fact of facts) expect(text).toContain(fact);
      const lines = text.split('\n').map(({ length }) => length);
      expect([lines.every((length) => length < columns), lines.length === 2]).toEqual([true, columns >= 80]);
    }
  });
});

test('the share of a training that is done grows over training and tests to the whole', async () => {
  const show = vi.spyOn(ProgressLine.prototype, 'show');
  const args = shortTraining(writeDataset('data', 12, 4), writeNetwork('net', smallNetwork));
  expect((await asfbp([...args, '--out', fresh()])).code).toBe(0);
  const shares = show.mock.calls.map(([, done, of]) => done / of);
  vi.restoreAllMocks();
  expect(shares).toHaveLength(4);
  expect(shares).toEqual([...shares].sort());
  expect(shares.at(-1)).toBe(1);
});

describe('colour', () => {
  test('is for a terminal without NO_COLOR, CI or TERM=dumb: an escape there, and nothing elsewhere', () => {
    const others = [{ NO_COLOR: '1' }, { CI: 'true' }, { TERM: 'dumb' }];
    expect([isColoured(true, {}), isColoured(false, {})]).toEqual([true, false]);
    expect(others.map((env) => isColoured(true, env))).toEqual([false, false, false]);
    const text = `a ${strong('b')} c`;
    expect([painted(text, true), painted(text, false)]).toEqual(['a \x1b[1mb\x1b[22m c', 'a b c']);
  });

  test('is not in what is piped, and is in a terminal', async () => {
    // eslint-disable-next-line no-control-regex
    expect((await asfbp(['--help'])).out).not.toMatch(/\u001b|[\ue001-\ue008]/);
    const io = new Process();
    Object.assign(io.stdout, { isTTY: true, columns: 80 });
    for (const [name, value] of Object.entries({ NO_COLOR: '', CI: '', TERM: 'xterm' }))
      vi.stubEnv(name, value);
    const { out } = await asfbp(['--help'], undefined, io);
    vi.unstubAllEnvs();
    expect(out).toContain('\x1b[1mOptions:\x1b[22m');
  });
});

const digest = '0123456789abcdef'.repeat(4);

describe('a line that is wider than the terminal', () => {
  test.each([
    ['one · two · three', 11, 'one · two\n  three'],
    ['  a word and others', 12, '  a word and\n    others'],
    [`digest ${digest}`, 60, `digest ${digest.slice(0, 32)}\n  ${digest.slice(32)}`],
    ['as {"from":"paper","reset":"none"}', 20, 'as {"from":"paper",\n  "reset":"none"}'],
    ['model  runs/of/a/long/path/model.safetensors', 24, 'model  runs/of/a/long/\n  path/model.safetensors'],
    ['use it  npx asf-bp info runs/of/a/path', 24, 'use it\n  npx asf-bp info runs/of/a/path'],
  ])('%j in %i columns', (line, columns, expected) => {
    expect(wrapped(line, columns)).toBe(expected);
  });

  test('loses no word, is too wide for the terminal by one piece alone, and is the same if it is wrapped again', () => {
    const word = fc.stringMatching(/^[a-z0-9,/]{1,30}$/);
    const line = fc.tuple(fc.nat(9), fc.array(fc.tuple(word, fc.constantFrom(' ', ' · ', '  '))));
    const law = fc.property(line, fc.integer({ min: 1, max: 50 }), ([margin, words], columns) => {
      const given = ' '.repeat(margin) + words.flat().join('');
      const lines = wrapped(given, columns).split('\n');
      expect(lines.join('').replaceAll(/[ ·]/g, '')).toBe(given.replaceAll(/[ ·]/g, ''));
      for (const each of lines)
        if (each.trimEnd().length > columns) expect(each.trim()).toMatch(/^[a-z0-9]*[,/]?$/);
      expect(wrapped(lines.join('\n'), columns)).toBe(lines.join('\n'));
      if (given.length <= columns) expect(lines).toHaveLength(1);
    });
    fc.assert(law, drawing(1000));
  });
});

/** The lines that a command prints in a terminal of `columns`, without colours. */
async function linesIn(columns: number, ...args: string[]): Promise<string[]> {
  const io = new Process();
  Object.assign(io.stdout, { isTTY: true, columns });
  const { out, code } = await asfbp(args, undefined, io);
  expect(code).toBe(0);
  // eslint-disable-next-line no-control-regex
  return out.replaceAll(/\x1b\[\d*m/g, '').split('\n');
}

describe.each([40, 60, 80])('in a terminal of %i columns', (columns) => {
  test.each([
    ['info', lenet],
    ['show', 'mnist', '7', '--window', '100'],
    ['check', '--list-keys'],
    ['evaluate', tiny, '--limit', '2'],
    ['experiment'],
  ])('%s: each line fits', async (...args) => {
    const lines = await linesIn(columns, ...args);
    expect(lines.length).toBeGreaterThan(3);
    expect(lines.filter((line) => line.length > columns)).toEqual([]);
  });
});

test('a table becomes several with its keys, and a word is not divided', async () => {
  const text = (await linesIn(60, 'info', lenet)).join('\n');
  expect(text).toMatch(/^n {2}kind {9}output {8}neurons {2}weights {2}threshold$/m);
  expect(text).toMatch(/^n {2}kind {9}leak {3}S {7}spike rate$/m);
  expect(text).toMatch(/^5 {2}linear {7}1\.000 {2}0\.5865 {2}0\.0223$/m);
});

describe.each(commands.map(({ name, examples }) => ({ name, examples })))(
  'help of $name',
  ({ name, examples }) => {
    test.each([40, 60, 80])('fits %i columns without stairs and has its examples', async (columns) => {
      const lines = await linesIn(columns, name, '--help');
      expect(lines.filter((line) => line.length > columns && !line.includes('npx'))).toEqual([]);
      const texts = lines.slice(0, lines.indexOf('Examples:')).filter((line) => /^ {3}/.test(line));
      expect([...new Set(texts.map((line) => line.search(/\S/)))]).toEqual([columns === 40 ? 6 : 24]);
      const said = lines.join(' ').replaceAll(/\s+/g, ' ');
      for (const example of examples) expect(said).toContain(`npx asf-bp ${example}`);
      const flags = Object.keys(optionTables.get(name)!).map(flagOf);
      for (const flag of flags) expect(said).toContain(flag);
      for (const flag of examples.join(' ').match(/--[a-z-]+/g) ?? []) expect(flags).toContain(flag);
    });
  },
);
