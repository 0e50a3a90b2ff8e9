/** The oracle accepts each Python implementation, and names the mistakes planted into it. */
import { describe, expect, test } from 'vitest';
import { make, missing, verdict } from './programs.ts';

test('what this tier needs is there', () => {
  expect(missing(), 'apt-get install it').toEqual([]);
});

/** A planted mistake, the stage where it shows, and its id in the catalogue: `unknown` if no catalogue has it. */
type Row = readonly [mistake: string, stage: string, id: string];

const numpy: Readonly<Record<string, readonly Row[]>> = {
  paper: [
    ['other-comparison', 'neuron', 'fires=aboveThreshold'],
    ['stale-scale', 'backward', 'stale-scale'],
    ['other-batch', 'loss', 'batch=sum'],
    ['other-gate', 'backward', 'gate=positiveInput'],
    ['other-loss', 'loss', 'loss=whole'],
    ['reset-by-subtraction', 'neuron', 'reset-by-subtraction'],
    ['scale-inverted', 'scale', 'scale-inverted'],
    ['max-pool-ties-to-last', 'backward', 'max-pool-ties-to-last'],
    ['kernel-flipped', 'current', 'kernel-flipped'],
    ['gradient-without-threshold', 'backward', 'gradient-without-threshold'],
    ['adam-epsilon-inside-root', 'update', 'adam-epsilon-inside-root'],
    ['pool-without-neuron', 'neuron', 'pool-without-neuron'],
    ['old-flow', 'backward', 'unknown'],
  ],
  authors: [
    ['other-comparison', 'neuron', 'fires=atThreshold'],
    ['stale-scale', 'backward', 'stale-scale'],
    ['other-batch', 'loss', 'batch=mean'],
    ['other-gate', 'backward', 'gate=always'],
    ['other-loss', 'loss', 'loss=half'],
  ],
};

describe.each(Object.entries(numpy))('NumPy, %s', (variant, rows) => {
  test('is right', () => {
    expect(verdict(make('numpy_asfbp.py', `right-${variant}`, '--variant', variant)).code).toBe(0);
  });

  test.each(rows)('%s is found in %s, named %s', (mistake, stage, id) => {
    const file = make('numpy_asfbp.py', `${mistake}-${variant}`, '--variant', variant, '--mistake', mistake);
    const found = verdict(file);
    expect({ code: found.code, stage: found.stage }).toEqual({ code: 1, stage });
    if (id === 'unknown') expect([...found.named]).toEqual([]);
    else expect([...found.named]).toContain(id);
  });
});

const torch: readonly Row[] = [
  ['strict-threshold', 'neuron', 'fires=aboveThreshold'],
  ['stale-scale', 'backward', 'stale-scale'],
  ['selected-scale', 'scale', 'scaleOver=inputAtLeastOutput'],
  ['gate', 'backward', 'gate=positiveInput'],
  ['no-half', 'loss', 'loss=whole'],
];

describe('PyTorch', () => {
  const judged = (file: string) => verdict(file, '--gradients', 'batch');

  test('a LeNet is right', () => {
    expect(judged(make('torch_asfbp.py', 'lenet')).code).toBe(0);
  });

  test.each(torch)('%s is found in %s, named %s', (mistake, stage, id) => {
    const found = judged(make('torch_asfbp.py', mistake, '--mistake', mistake));
    expect({ code: found.code, stage: found.stage }).toEqual({ code: 1, stage });
    if (id === 'unknown') expect([...found.named]).toEqual([]);
    else expect([...found.named]).toContain(id);
  });
});

describe("other libraries' neurons", () => {
  test.each(['snntorch', 'snntorch-zero', 'snntorch-zero-0.7', 'norse'])(
    '%s differs in the neuron',
    (library) => {
      const { code, stage } = verdict(make('other_semantics.py', library, library));
      expect({ code, stage }).toEqual({ code: 1, stage: 'neuron' });
    },
  );
});
