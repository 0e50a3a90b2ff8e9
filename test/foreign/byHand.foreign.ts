/**
 * The oracle checks a PyTorch LeNet with a hand-written backward pass, as docs/oracle.md describes: first as it is, then with
 * each of ten mistakes.
 */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { examples, home, python, root, run, verdict } from './programs.ts';

const folder = join(root, 'test', 'foreign', 'byHand');
const read = (...path: string[]): string => readFileSync(join(...path), 'utf8');

/** A shorter window and batch, so that the test takes seconds. */
const program = read(examples, 'mine.py').replace('T, VTH, BATCH = 20, 1.0, 4', 'T, VTH, BATCH = 6, 1.0, 2');
const walk = read(root, 'docs', 'oracle.md');
const [recipe] = /(?<=```python\n)from mine import[^]*?(?=```)/.exec(walk)!;
const mistakes = JSON.parse(read(folder, 'mistakes.json')) as readonly Record<
  'find' | 'replace' | 'what' | 'named',
  string
>[];

beforeAll(() => {
  const lenet = read(examples, 'lenet.json').replace('"timeWindow": 20', '"timeWindow": 6');
  mkdirSync(join(home, 'byHand'));
  writeFileSync(join(home, 'byHand', 'lenet.json'), lenet);
  copyFileSync(join(examples, 'asfbp_record.py'), join(home, 'byHand', 'asfbp_record.py'));
});

/** Records a step of the program by the recipe, after `before` other steps. The program's loss is a sum over the batch. */
function recorded(text: string, before = 0): string {
  const at = join(home, 'byHand');
  writeFileSync(join(at, 'mine.py'), text);
  const later = recipe.replace(/(?=^record = )/m, 'train_step(net, opt, spikes, labels)\n'.repeat(before));
  writeFileSync(join(at, 'step.py'), `import os; os.chdir(${JSON.stringify(at)})\n${later}`);
  const { code, err } = run(python, [join(at, 'step.py')]);
  if (code !== 0) throw new Error(err);
  return join(at, 'recorded.npz');
}

const theirs = ['--variant', '{"from":"paper","batch":"sum"}'];

test('is right, where it is known to sum over the batch', () => {
  const file = recorded(program);
  expect(verdict(file, ...theirs).code).toBe(0);
  const { code, named, otherChoices } = verdict(file);
  // Variant `authors` also sums over the batch, but `batch: 'sum'` alone explains the difference.
  expect({ code, otherChoices, isNamed: named.has('batch=sum') }).toEqual({
    code: 1,
    otherChoices: { batch: 'sum' },
    isNamed: true,
  });
});

test('is right in a later step, too', () => {
  expect(verdict(recorded(program, 3), ...theirs).code).toBe(0);
});

test.each(mistakes)('$what: $named', ({ find, replace, named: expected }) => {
  expect(program.split(find)).toHaveLength(2);
  const { code, named } = verdict(recorded(program.replace(find, replace)), ...theirs);
  expect({ code, isNamed: named.has(expected), named: [...named] }).toMatchObject({
    code: 1,
    isNamed: true,
  });
});
