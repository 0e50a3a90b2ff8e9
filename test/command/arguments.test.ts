/** The command refuses wrong arguments with exit code 2 and one line, and writes nothing. */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ruleNames } from '../../spec/rule.ts';
import { flagOf, parseOptions, type Option } from '../../src/command/options/option.ts';
import { InputError } from '../../src/errors.ts';
import { asfbp, fresh, home, json, optionTables, refused } from './command.ts';
import { shortTraining, smallNetwork, writeDataset, writeNetwork } from './world.ts';

const dataset = writeDataset('data', 16, 8);
const model = writeNetwork('small', smallNetwork);
const textFile = join(home, 'text.txt');
writeFileSync(textFile, 'no model\n');
const models = readdirSync('models')
  .filter((file) => file.endsWith('.safetensors'))
  .map((file) => `models/${file.replace(/\.safetensors$/, '')}`);
const shipped = `shipped with asf-bp: ${models.join(', ')}`;

const allOptions = [...optionTables].flatMap(([name, options]) =>
  Object.entries(options).map(([key, option]): [string, string, Option] => [name, key, option]),
);
const optionsOf = (command: string) => optionTables.get(command)!;

test.each(allOptions.filter(([, , { parse }]) => parse))(
  '%s refuses a wrong text of its option %s, and names it',
  (command, key) => {
    for (const text of ['', 'x\u001b y', 'NaN', '-1']) {
      const parse = () => parseOptions(command, optionsOf(command), { [key]: text });
      expect(parse).toThrow(InputError);
      expect(parse).toThrow(`${command}: "${flagOf(key)}" expected `);
    }
  },
);

const noWholeNumbers = '0 -1 1.5 65536 1e9 NaN Infinity 0x10 1e 1e1e1 ٤ -- 1_000 4n true 1,5 + . abc'.split(
  ' ',
);
test.each([...noWholeNumbers, '4 ', ' 4'])('a whole number from 1 to 65535 is not %j', (text) => {
  expect(() => parseOptions('train', optionsOf('train'), { window: text })).toThrow(
    'train: "--window" expected a whole number from 1 to 65535, got',
  );
});

test.each([
  ['train', 'lr', '0', '"--lr" expected a finite number above 0 to 1099511627776, got 0'],
  ['train', 'weightDecay', '2', '"--weight-decay" expected a finite number from 0 to 1, got 2'],
  ['train', 'lrSteps', '1,', '"--lr-steps" expected a whole number from 0 to 16777215, got '],
  ['train', 'leak', '1.5', '"--leak" expected a finite number above 0 to 1, the factor on the potential'],
  ['train', 'rule', 'bptt', `"--rule" expected one of ${ruleNames.join(', ')}, got bptt; stbp is BPTT with`],
  ['train', 'variant', 'authors,gate=x', `"--variant" expected a name, or choices as in '{"from":`],
  ['train', 'variant', '{"from":"paper"', '"--variant": expected JSON, got {"from":"paper"; '],
  ['check', 'variant', '{"gaet":"always"}', '"variant" expected only from, input, '],
  ['export', 'grid', '100', '"--grid" expected a power of two, got 100'],
  ['show', 'out', 'seven.jpg', '"--out" expected a file that ends in .png, got seven.jpg'],
])('%s, option %s: %s', (command, key, text, expected) => {
  expect(() => parseOptions(command, optionsOf(command), { [key]: text })).toThrow(`${command}: ${expected}`);
});

test('numbers are taken up to their bounds, and with an exponent', async () => {
  for (const more of [
    ['--seed', '4294967295', '--limit', '1e9', '--threshold', '15e-1', '--lr', '1.5E-3'],
    ['--seed', '0', '--batch', '65535', '--shard', '65535', '--lr-steps', 'none'],
  ]) {
    const lines = await json([...shortTraining(dataset, model), '--out', fresh(), ...more]);
    expect(lines.at(-1)).toHaveProperty('digest');
  }
});

const alone = 'train: "arguments" expected options alone, got';
const noFolder = 'train: "--out" expected a folder that can be written, got';
const begin = shortTraining(dataset, model);
test.each<[readonly string[], string]>([
  [['train', '--out', ''], 'train: "--out" expected a value, got '],
  [['train', '--out', 'out', '--lr'], "option '--lr <"],
  [[...begin, '--backend', 'reference', '--threads', '3'], '"--threads" expected 1 with the reference'],
  [[...begin, '--surrogate', 'rectangle'], 'train: "--surrogate" expected --rule stbp, got --rule asf'],
  [[...begin, '--rule', 'lee', '--surrogate-width', '2'], '"--surrogate-width" expected --rule stbp, got'],
  [['trian'], 'report, show, check, oracle, got trian; did you mean train?'],
  [['help', 'trian'], 'got trian; did you mean train?'],
  [['train', '--widow', '4'], 'got --widow; did you mean --window?; see asf-bp train --help'],
  [['train', '--batch-size', '8'], 'got --batch-size; did you mean --batch?'],
  [['train', '--device', 'cuda'], 'got --device; did you mean --backend?'],
  [['info', '--device', 'cuda'], 'info: "option" expected one of --json, --debug, got --device; see'],
  [['train', '--frobnicate'], 'expected an option of train, got --frobnicate; see'],
  [['--jsn', 'info', 'x'], 'got --jsn; did you mean --json?'],
  [['train', '--model', 'lenett'], 'lenet-nmnist, or a JSON file, got lenett: no such name or file;'],
  [['train', '--model', home], `train: cannot read ${home}: it is a folder`],
  [['train', '--dataset', 'mnits'], 'got mnits; did you mean mnist?'],
  [['train', '--dataset', 'digits'], 'got digits; there is no such file or folder'],
  [['train', '--dataset', 'digits', '--data', 'nope'], 'got digits; nope does not exist'],
  [['show', 'mnist', '7', '8'], "too many arguments for 'show'"],
  [['train', 'p.npz'], `${alone} p.npz; did you mean --dataset p.npz?; see asf-bp train --help`],
  [['train', 'lenet'], `${alone} lenet; did you mean --model lenet?`],
  [['train', 'mine.json'], `${alone} mine.json; did you mean --model mine.json?`],
  [['predict', textFile], "predict: missing required argument 'FILE'"],
  [['info', 'a\nb'], `info: cannot read a b: no such file or folder; ${shipped}`],
  [[...begin, '--out', '/proc/x/y'], `${noFolder} /proc/x/y: no such file or folder`],
  [[...begin, '--out', `${textFile}/x`], `${noFolder} ${textFile}/x: a part of the path is not a folder`],
  ...[['evaluate'], ['info'], ['predict', 'x.png']].flatMap(([command, ...more]): [string[], string][] => [
    [[command!], `${command}: missing required argument 'MODEL'; see asf-bp ${command} --help`],
    [[command!, home, ...more], `cannot read ${home}: it is a folder without model.safetensors; ${shipped}`],
    [[command!, textFile, ...more], 'text.txt: "safetensors file" expected'],
  ]),
])('%j is refused in one line', async (args, words) => {
  expect(await refused(args)).toContain(words);
});

test('--debug shows where an error comes from', async () => {
  const { code, out, err } = await asfbp(['info', '/no/such', '--debug']);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  const [line, ...stack] = err.split('\n');
  expect(line).toBe(`info: cannot read /no/such: no such file or folder; ${shipped}`);
  expect(stack.join('\n')).toMatch(/^ +at /);
  expect(err.split('cannot read')).toHaveLength(2);
  expect((await asfbp(['--debug', 'info', '/no/such'])).err).toBe(err);
});

test('help and version are answers, not errors; without a word the command shows its help', async () => {
  const bare = await asfbp([]);
  expect(bare).toMatchObject({ code: 0, err: '', out: expect.stringMatching(/^Usage: asf-bp/) });
  expect(await asfbp(['--help'])).toEqual(bare);
  for (const args of [['help', 'train'], ['info', '--help'], ['--version']])
    expect(await asfbp(args)).toMatchObject({ code: 0, err: '', out: expect.stringMatching(/./) });
});
