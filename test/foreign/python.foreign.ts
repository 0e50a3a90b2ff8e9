/** The oracle accepts each Python implementation, and names the mistakes planted into it. */
import { describe, expect, test } from 'vitest';
import { make, missing, verdict } from './programs.ts';

test('what this tier needs is there', () => {
  expect(missing(), 'apt-get install it').toEqual([]);
});

/** A planted mistake, the stage where it shows, and its id in the catalogue: `unknown` if no catalogue has it. */
type Row = readonly [mistake: string, stage: string, id: string];

const ofPaper: readonly Row[] = [
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
];
const ofAuthors: readonly Row[] = [
  ['other-comparison', 'neuron', 'fires=atThreshold'],
  ['stale-scale', 'backward', 'stale-scale'],
  ['other-batch', 'loss', 'batch=mean'],
  ['other-gate', 'backward', 'gate=always'],
  ['other-loss', 'loss', 'loss=half'],
];
const ofLeNet: readonly Row[] = [
  ['strict-threshold', 'neuron', 'fires=aboveThreshold'],
  ['stale-scale', 'backward', 'stale-scale'],
  ['selected-scale', 'scale', 'scaleOver=inputAtLeastOutput'],
  ['gate', 'backward', 'gate=positiveInput'],
  ['no-half', 'loss', 'loss=whole'],
];

describe.each([
  ['numpy_asfbp.py', ['--variant', 'paper'], [], ofPaper],
  ['numpy_asfbp.py', ['--variant', 'authors'], [], ofAuthors],
  ['torch_asfbp.py', [], ['--gradients', 'batch'], ofLeNet],
] as const)('%s %j', (program, args, options, rows) => {
  const judged = (...mistake: string[]) =>
    verdict(make(program, ['step', ...args, ...mistake].join('-'), ...args, ...mistake), ...options);

  test('is right', () => {
    expect(judged().code).toBe(0);
  });

  test.each(rows)('%s is found in %s, named %s', (mistake, stage, id) => {
    const { named, ...found } = judged('--mistake', mistake);
    expect(found).toMatchObject({ code: 1, stage });
    if (id === 'unknown') expect([...named]).toEqual([]);
    else expect([...named]).toContain(id);
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
