/** C includes a vector's header, Verilog reads the vector's memory files, and NumPy reads the vector's arrays without Node. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { asfbp, examples, home, python, root, run, verdict } from './programs.ts';

const vectors = join(root, 'spec', 'vectors');
const vector = join(vectors, 'paper', 'neuron', 'at-threshold');
/** The folder into which the vector is exported as text. */
const atThreshold = join(home, 'at-threshold');

const exported = (from: string, format: string, to: string) =>
  asfbp('oracle', 'export', from, '--format', format, '--out', to);

beforeAll(() => {
  for (const format of ['hex', 'h']) expect(exported(vector, format, atThreshold)).toMatchObject({ code: 0 });
});

/** A program's own verdict, and the file that it wrote for the oracle. */
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

/** The number of a mistake in the program, and the oracle's name for the mistake. */
const neuronMistakes: readonly (readonly [mistake: number, id: string])[] = [
  [1, 'fires=aboveThreshold'],
  [2, 'reset-by-subtraction'],
  [3, 'reset-missing'],
  [4, 'negative-potential-forgotten'],
  [5, 'neuron-one-step-late'],
];

describe.each([
  ['C', inC],
  ['Verilog', inVerilog],
] as const)('a neuron in %s', (_, build) => {
  const judged = ({ file }: Made) => verdict(file, '--inputs', join(vector, 'case.npz'));

  test('is right', () => {
    const made = build(0);
    expect({ own: made.code, ...judged(made) }).toMatchObject({ own: 0, code: 0 });
  });

  test.each(neuronMistakes)('mistake %i is found, named %s', (mistake, id) => {
    const { code, stage, named } = judged(build(mistake));
    expect({ code, stage, named: [...named] }).toEqual({ code: 1, stage: 'neuron', named: [id] });
  });
});

describe.each([
  ['truncate-saturate', { NEAREST: 0, WRAP: 0 }, neuronMistakes],
  // No potential of this case equals Vth, so the case cannot distinguish > from ≥.
  ['nearest-wrap', { NEAREST: 1, WRAP: 1 }, neuronMistakes.slice(1)],
])('a neuron in Verilog, fixed point, %s', (name, flags, caught) => {
  const from = join(vectors, 'paper', 'neuron', `fixed-8-4-${name}`);

  /**
   * Two verdicts: the program's own, which it derives from the memory files, and that of `asf-bp check` on a copy of the case
   * that contains the program's result.
   */
  function judged(mistake: number): { own: number | null; code: number | null; named: readonly string[] } {
    const folder = join(home, `fixed-${name}-${mistake}`);
    cpSync(from, folder, { recursive: true });
    expect(exported(from, 'hex', folder)).toMatchObject({ code: 0 });
    const { constants } = JSON.parse(readFileSync(join(from, 'manifest.json'), 'utf8')) as Manifest;
    const { Vth: VTH, leak: LEAK } = constants.layer1;
    const set = Object.entries({ ...flags, VTH, LEAK, MISTAKE: mistake }).map(
      ([key, value]) => `-Pneuron_fixed_test.${key}=${value}`,
    );
    const sources = ['neuron_fixed_test.v', 'neuron.v'].map((file) => join(examples, file));
    const program = join(folder, 'neuron.vvp');
    expect(run('iverilog', ['-g2012', ...set, '-o', program, ...sources])).toMatchObject({ code: 0 });
    const { code } = run('sh', ['-c', 'cd "$1" && exec vvp -n neuron.vvp +out=result.json', 'sh', folder]);
    const checked = asfbp('check', folder, '--json');
    const { explanation } = JSON.parse(checked.out.split('\n')[0]!) as {
      explanation?: { explains: readonly { id: string }[] };
    };
    return { own: code, code: checked.code, named: (explanation?.explains ?? []).map(({ id }) => id) };
  }

  test('is right', () => {
    expect(judged(0)).toEqual({ own: 0, code: 0, named: [] });
  });

  test.each(caught)('mistake %i is found, named %s', (mistake, id) => {
    expect(judged(mistake)).toEqual({ own: 1, code: 1, named: [id] });
  });
});

interface Manifest {
  readonly constants: { readonly layer1: { readonly Vth: number; readonly leak: number } };
}

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
    // All cases of class exact, margin and interval. The others are for programs of other kinds.
    expect(out).toMatch(/^\d+ cases right, 0 cases wrong, 0 cases skipped\nnot for this program: /);
  });

  test.each([
    'other-comparison',
    'reset-by-subtraction',
    'kernel-flipped',
    'max-pool-ties-to-last',
    'other-gate',
  ])('%s is wrong', (mistake) => {
    expect(judged(mistake).code).toBe(1);
  });
});
