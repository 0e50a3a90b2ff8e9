/** C by a vector's header, Verilog by its memory files, and NumPy without Node. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { examples, home, python, root, run, verdict } from './programs.ts';

const vectors = join(root, 'spec', 'vectors');
const atThreshold = join(vectors, 'paper', 'neuron', 'at-threshold');

test('the vectors are there', () => {
  expect(existsSync(join(atThreshold, 'case.h')), `${atThreshold}: npm run vectors`).toBe(true);
});

/** What a program of a neuron made: its own verdict, and the oracle's. */
type Made = { readonly code: number | null; readonly file: string };

function inC(mistake: number): Made {
  const program = join(home, `neuron-${mistake}`);
  const source = join(examples, 'neuron.c');
  const built = run('gcc', [
    '-Wall',
    '-Werror',
    '-ffp-contract=off',
    `-DMISTAKE=${mistake}`,
    '-I',
    atThreshold,
    source,
    '-o',
    program,
  ]);
  expect(built).toMatchObject({ code: 0 });
  const file = `${program}.json`;
  const { code, out } = run(program, []);
  writeFileSync(file, out);
  return { code, file };
}

function inVerilog(mistake: number): Made {
  const program = join(home, `neuron-${mistake}.vvp`);
  const sources = ['neuron_test.v', 'neuron.v'].map((name) => join(examples, name));
  const set = `-Pneuron_test.MISTAKE=${mistake}`;
  expect(run('iverilog', ['-g2012', set, '-o', program, ...sources])).toMatchObject({ code: 0 });
  const file = `${program}.json`;
  const { code } = run('sh', [
    '-c',
    'cd "$1" && exec vvp -n "$2" "+out=$3"',
    'sh',
    atThreshold,
    program,
    file,
  ]);
  return { code, file };
}

describe.each([
  ['C', inC],
  ['Verilog', inVerilog],
] as const)('a neuron in %s', (_, build) => {
  const judged = ({ file }: Made) => verdict(file, '--inputs', join(atThreshold, 'case.npz'));

  test('is right', () => {
    const made = build(0);
    expect({ own: made.code, ...judged(made) }).toMatchObject({ own: 0, code: 0 });
  });

  test.each([
    [1, 'fires=aboveThreshold'],
    [2, undefined],
    [3, undefined],
    [4, undefined],
    [5, undefined],
  ])('mistake %i is found, named %s', (mistake, id) => {
    const { code, stage, named } = judged(build(mistake));
    expect({ code, stage }).toEqual({ code: 1, stage: 'neuron' });
    if (id !== undefined) expect([...named]).toContain(id);
  });
});

describe('check.py', () => {
  const judged = (mistake: string) =>
    run('env', [
      `MISTAKE=${mistake}`,
      python,
      join(examples, 'check.py'),
      join(examples, 'numpy_step.py'),
      vectors,
    ]);

  test('finds the NumPy step right', () => {
    const { code, out } = judged('');
    expect(code, out).toBe(0);
    // Every case of class exact, margin and interval; the others are for programs of other kinds.
    expect(out).toMatch(/^\d+ cases right, 0 cases wrong, 0 cases skipped\nnot for this program: /);
  });

  test.each(['other-comparison', 'subtract-reset', 'flipped-kernel', 'last-tie', 'other-gate'])(
    '%s is wrong',
    (mistake) => {
      expect(judged(mistake).code).toBe(1);
    },
  );
});
