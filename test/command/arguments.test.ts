/** The command refuses wrong arguments with exit code 2 and one line, and writes nothing. */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { keyOf, parseOptions } from '../../src/command/options/option.ts';
import { checkOptions } from '../../src/command/options/oracle.ts';
import { trainOptions } from '../../src/command/options/train.ts';
import { asfbp, fresh, home, json, refused } from './command.ts';
import { shortTraining, smallNetwork, writeDataset, writeNetwork } from './world.ts';

const dataset = writeDataset('data', 16, 8);
const model = writeNetwork('small', smallNetwork);
const textFile = join(home, 'text.txt');
writeFileSync(textFile, 'no model\n');
const models = readdirSync('models')
  .filter((file) => file.endsWith('.safetensors'))
  .map((file) => `models/${file.replace(/\.safetensors$/, '')}`);
const shipped = `shipped with asf-bp: ${models.join(', ')}`;

/** What each option says that it expects, and texts that are something else. */
const options: Readonly<Record<string, { expected: string; wrong: readonly string[] }>> = {
  '--window': {
    expected: 'a whole number from 1 to 65535',
    wrong: ['0', '-1', '1.5', 'abc', '1e9', 'NaN', 'Infinity'],
  },
  '--epochs': {
    expected: 'a whole number from 1 to 16777215',
    wrong: ['0', '-1', '1.5', 'abc', '1e9', 'NaN', 'Infinity'],
  },
  '--batch': {
    expected: 'a whole number from 1 to 65535',
    wrong: ['0', '-1', '1.5', 'abc', '1e9', 'NaN', 'Infinity'],
  },
  '--shard': { expected: 'a whole number from 1 to 65535', wrong: ['0'] },
  '--seed': {
    expected: 'a whole number from 0 to 4294967295',
    wrong: ['-1', '1.5', 'abc', '4294967296', 'NaN', 'Infinity'],
  },
  '--limit': {
    expected: 'a whole number from 1 to 4294967296',
    wrong: ['0', '-1', '1.5', 'abc', '1e10', 'NaN', 'Infinity'],
  },
  '--threshold': {
    expected: 'a finite number',
    wrong: ['0', '-1', 'abc', '1e300', 'NaN', 'Infinity'],
  },
  '--leak': {
    expected: 'a finite number',
    wrong: ['0', '-1', '1.5', 'abc', '1e9', 'NaN', 'Infinity'],
  },
  '--lr': { expected: 'a finite number above 0', wrong: ['0', '-1', 'abc', '1e300', 'NaN', 'Infinity'] },
  '--lr-steps': { expected: 'a whole number', wrong: ['1,'] },
  '--weight-decay': { expected: 'a finite number from 0 to 1', wrong: ['2'] },
  '--threads': { expected: 'a whole number from 1 to 256', wrong: ['0', '-1', '1.5', 'abc', '1e9'] },
  '--variant': { expected: 'one of paper, authors', wrong: ['xyz'] },
  '--backend': { expected: 'one of wasm, reference, webgpu, auto', wrong: ['xyz'] },
  '--optimiser': { expected: 'one of adam, sgd', wrong: ['xyz'] },
};

test('several threads are refused for the reference backend', async () => {
  const args = [...shortTraining(dataset, model), '--backend', 'reference', '--threads', '3'];
  expect(await refused(args)).toBe('train: "--threads" expected 1 with the reference backend, got 3');
});

describe.concurrent('train refuses', () => {
  for (const [option, { expected, wrong }] of Object.entries(options)) {
    for (const value of wrong) {
      test(`${option} ${value}`, async () => {
        const line = await refused(['train', '--dataset', dataset, '--out', 'out', option, value]);
        expect(line).toContain(`train: "${option}" expected ${expected}`);
        const got = /^-?[\d.]+(e\d+)?$/.test(value) ? String(Number(value)) : value;
        if (option !== '--lr-steps') expect(line).toContain(`, got ${got}`);
      });
    }
    test(`an empty ${option}`, () => {
      const given = { [keyOf(option)]: '' };
      expect(() => parseOptions('train', trainOptions, given)).toThrow(`train: "${option}" expected a value`);
    });
    test(`${option} without a value`, async () => {
      expect(await refused(['train', '--out', 'out', option])).toContain(`option '${option} <`);
    });
  }

  test('an empty value, in a process of its own', async () => {
    expect(await refused(['train', '--out', ''])).toBe('train: "--out" expected a value, got ');
  });

  test.each(['65536', '0x10', '4 ', ' 4', '1e', '1e1e1', '٤', '--', '1_000', '4n', 'true', '1,5', '+', '.'])(
    'a window of %j',
    (text) => {
      expect(() => parseOptions('train', trainOptions, { window: text })).toThrow(
        /^train: "--window" expected a whole number from 1 to 65535, got/,
      );
    },
  );

  test('the window of the issue in these words', async () => {
    expect(await refused(['train', '--window', '1.5'])).toBe(
      'train: "--window" expected a whole number from 1 to 65535, got 1.5',
    );
  });
});

describe('check refuses', () => {
  test.each([
    ['layout', 'NCWH', '"--layout" expected one of NCHW, NHWC'],
    ['weights', 'io', '"--weights" expected one of out-in, in-out'],
    ['gradients', 'mean', '"--gradients" expected one of sample, batch'],
    ['variant', 'xyz', '"--variant" expected one of paper, authors'],
    ['window', '0', '"--window" expected a whole number from 1'],
    ['lr', '0', '"--lr" expected a finite number above 0'],
    ['network', '', '"--network" expected a value'],
  ])('--%s %s', (option, value, expected) => {
    expect(() => parseOptions('check', checkOptions, { [option]: value })).toThrow(expected);
  });
});

describe('train takes', () => {
  test('the greatest seed, a limit beyond the data, and numbers with an exponent', async () => {
    const args = ['--seed', '4294967295', '--limit', '1e9', '--threshold', '15e-1', '--lr', '1.5E-3'];
    const lines = await json([...shortTraining(dataset, model), '--out', fresh(), ...args]);
    expect(lines.at(-1)).toHaveProperty('digest');
  });

  test('seed 0 and a batch beyond the data', async () => {
    const args = ['--seed', '0', '--batch', '65535', '--shard', '65535', '--lr-steps', 'none'];
    const lines = await json([...shortTraining(dataset, model), '--out', fresh(), ...args]);
    expect(lines.at(-1)).toHaveProperty('digest');
  });
});

test('without a word the command shows its help', async () => {
  const [bare, asked] = await Promise.all([asfbp([]), asfbp(['--help'])]);
  expect(bare).toEqual(asked);
  expect(bare).toMatchObject({ code: 0, err: '', out: expect.stringMatching(/^Usage: asf-bp/) });
});

describe.concurrent('an unknown name lists the known ones and the nearest', () => {
  test.each([
    [
      'a command',
      ['trian'],
      /expected one of train, evaluate, predict, info, export, import, experiment, report, show, check, oracle, got trian; did you mean train\?/,
    ],
    [
      'an option',
      ['train', '--widow', '4'],
      /^train: "option" expected an option of train, got --widow; did you mean --window\?; see asf-bp train --help$/,
    ],
    [
      'the beginning of an option',
      ['train', '--batch-size', '8'],
      /got --batch-size; did you mean --batch\?/,
    ],
    ['another program’s option', ['train', '--device', 'cuda'], /got --device; did you mean --backend\?/],
    ['another program’s option, which there is none for', ['info', '--device', 'cuda'], /got --device; see/],
    ['a far option of many', ['train', '--frobnicate'], /expected an option of train, got --frobnicate; see/],
    ['a short option', ['info', '-j', 'x'], /info: "option" expected one of --json, --debug, got -j/],
    ['another command’s option', ['info', '--window', '4'], /expected one of --json, --debug, got --window/],
    ['an option before the command', ['--jsn', 'info', 'x'], /got --jsn; did you mean --json\?/],
    [
      'a choice without JSON',
      ['train', '--variant', 'authors,gate=always'],
      /^train: "--variant" expected a name, or choices as in '\{"from":"authors","gate":"always"\}', got authors,gate=always$/,
    ],
    [
      'a variant that is no JSON',
      ['train', '--variant', '{"from":"paper"'],
      /^train: "--variant": expected JSON, got \{"from":"paper"; /,
    ],
    [
      'a question of a variant',
      ['train', '--variant', '{"from":"paper","gaet":"always"}'],
      /^train: "variant" expected only from, input, .*, got gaet/,
    ],
    [
      'an answer of a variant',
      ['check', 'x', '--variant', '{"gate":"positiveInptu"}'],
      /^check: "variant.gate" expected one of .*, got positiveInptu; did you mean positiveInput\?/,
    ],
    [
      'a variant',
      ['train', '--variant', 'author'],
      /one of paper, authors, got author; did you mean authors\?/,
    ],
    ['a backend', ['train', '--backend', 'refrence'], /got refrence; did you mean reference\?/],
    [
      'a model',
      ['train', '--model', 'lenett'],
      /one of lenet, tiny, vgg7, vgg7-dvs, lenet-nmnist, or a JSON file, got lenett: .*did you mean lenet\?/,
    ],
    [
      'a data set',
      ['train', '--dataset', 'mnits'],
      /one of mnist, fashion, .*, or a folder .*, got mnits; did you mean mnist\?/,
    ],
  ])('%s', async (_, args, expected) => {
    expect(await refused(args)).toMatch(expected);
  });
});

describe.concurrent('a wrong file is named with the reason', () => {
  const readers: readonly [string, readonly string[]][] = [
    ['evaluate', []],
    ['info', []],
    ['predict', ['x.png']],
  ];
  for (const [command, more] of readers) {
    test(`${command} without a model`, async () => {
      const line = `${command}: missing required argument 'MODEL'; see asf-bp ${command} --help`;
      expect(await refused([command])).toBe(line);
    });
    test(`${command} with a file that is not there`, async () => {
      const line = await refused([command, '/no/such', ...more]);
      expect(line).toBe(`${command}: cannot read /no/such: no such file or folder; ${shipped}`);
    });
    test(`${command} with a folder`, async () => {
      const line = await refused([command, home, ...more]);
      expect(line).toBe(
        `${command}: cannot read ${home}: it is a folder without model.safetensors; ${shipped}`,
      );
    });
    test(`${command} with a text`, async () => {
      expect(await refused([command, textFile, ...more])).toMatch(/text\.txt: "safetensors file" expected/);
    });
  }
  test('predict without a picture', async () => {
    expect(await refused(['predict', textFile])).toContain("predict: missing required argument 'FILE'");
  });
  test('a name with a line break', async () => {
    expect(await refused(['info', 'a\nb'])).toBe(`info: cannot read a b: no such file or folder; ${shipped}`);
  });
  test('an argument too many', async () => {
    expect(await refused(['show', 'mnist', '7', '8'])).toContain("too many arguments for 'show'");
    const line = 'train: "arguments" expected options alone, got';
    for (const [word, flag] of [
      ['p.npz', '--dataset'],
      ['lenet', '--model'],
      ['mine.json', '--model'],
    ])
      expect(await refused(['train', word!])).toBe(
        `${line} ${word}; did you mean ${flag} ${word}?; see asf-bp train --help`,
      );
  });
  test('a network file that is a folder', async () => {
    expect(await refused(['train', '--model', home])).toBe(`train: cannot read ${home}: it is a folder`);
  });
  test('a data set folder without its files', async () => {
    expect(await refused(['train', '--dataset', home])).toContain('or the four IDX files');
  });
});

describe.concurrent('train --out refuses', () => {
  test.each([
    ['a folder that nobody can make', '/proc/x/y', 'no such file or folder'],
    ['a path through a file', `${textFile}/x`, 'a part of the path is not a folder'],
    ['a file', textFile, 'a part of the path is not a folder'],
  ])('%s', async (_, out, reason) => {
    const line = await refused(['train', '--dataset', dataset, '--model', model, '--out', out]);
    expect(line).toBe(`train: "--out" expected a folder that can be written, got ${out}: ${reason}`);
  });
});

describe('--debug', () => {
  test('shows where an error comes from', async () => {
    const { code, out, err } = await asfbp(['info', '/no/such', '--debug']);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    const [line, ...stack] = err.split('\n');
    expect(line).toBe(`info: cannot read /no/such: no such file or folder; ${shipped}`);
    expect(stack.join('\n')).toMatch(/^ +at /);
    expect(err.split('cannot read')).toHaveLength(2);
    expect((await asfbp(['--debug', 'info', '/no/such'])).err).toBe(err);
  });
});

describe('--help and --version', () => {
  test('name every option of a command', async () => {
    const { code, out, err } = await asfbp(['train', '--help']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    for (const option of [...Object.keys(options), '--out', '--resume', '--json'])
      expect(out).toContain(option);
  });
  test.each(['evaluate', 'export'])('%s says which samples it tests on', async (name) => {
    const out = (await asfbp([name, '--help'])).out.replace(/\s+/g, ' ');
    expect(out).toContain('(default: the data that the model was trained on, if it says so; else mnist)');
    expect(out).toContain('the first N test images');
    expect(out).not.toContain('training and the first');
  });
  test('are answers, not errors', async () => {
    for (const args of [['--help'], ['help', 'train'], ['info', '--help'], ['--version']]) {
      const { code, out, err } = await asfbp(args);
      expect({ code, err }).toEqual({ code: 0, err: '' });
      expect(out).not.toBe('');
    }
  });
});
