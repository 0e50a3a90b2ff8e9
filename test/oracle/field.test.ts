/**
 * Tests on recordings of other people's programs and of frameworks. Recordings of correct programs agree, and reports on wrong
 * programs are true.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openCase } from '../../src/command/oracle/oracleFiles.ts';
import { openChunks } from '../../src/formats/hdf5Chunks.ts';
import { chainOf } from '../../src/nir/import/chain.ts';
import { readNirGraph } from '../../src/nir/import/graph.ts';
import { checkConvention } from '../../src/nir/convention.ts';
import { readSupplied } from '../../src/oracle/files/supplied.ts';
import { checkSurrogate, type CheckAnswer } from '../../src/oracle.ts';
import { checkTraces } from '../../src/oracle/nir/check.ts';
import { readTraces } from '../../src/oracle/nir/traces.ts';
import { check } from '../../src/oracle/oracle.ts';
import type { Report } from '../../src/oracle/report.ts';
import { isWhole } from '../support.ts';

const folder = fileURLToPath(new URL('../fixtures/oracle', import.meta.url));
const pathOf = (name: string): string => join(folder, name);
const read = (name: string): Buffer => readFileSync(pathOf(name));

interface Recording {
  readonly file: string;
  readonly planted: string;
  readonly optimiser?: 'adam' | 'sgd';
  readonly gradients?: 'batch';
  /** Ids that may be named: that of the mistake, and those that the recorded arrays do not distinguish from it. */
  readonly names: readonly string[];
  /** A part of the expected description. */
  readonly says?: string;
}

const recordings = (name: string): readonly Recording[] =>
  JSON.parse(read(name).toString()) as readonly Recording[]; // the file is written by hand

function reportOn({ file, gradients, ...options }: Partial<Recording> & { readonly file: string }): Report {
  const { expected: _, fixed: __, ...own } = openCase(pathOf(file), options, 'check');
  return check({ ...own, gradients });
}

it.each(recordings('right.json'))('$file agrees: $planted', (recording) => {
  const { verdict, steps } = reportOn(recording);
  expect([verdict, ...steps.flatMap(({ notChecked }) => notChecked.filter(({ needs }) => needs))]).toEqual([
    'agrees',
  ]);
});

it.each(recordings('wrong.json'))('$file differs: $planted', (recording) => {
  const { verdict, explanations, description = '' } = reportOn(recording);
  expect(verdict).toBe('differs');
  expect(explanations.filter((id) => !recording.names.includes(id))).toEqual([]);
  expect(explanations.length > 0 || description !== '').toBe(true);
  expect(description).toContain(recording.says ?? '');
});

// Each file has the arrays of one stage, from a program whose author had not seen the catalogue.
it.each([
  ['pool_strided.npz', 'pool-windows-strided'],
  ['windows_overwritten.npz', 'windows-to-first'],
  ['max_pool_turned.npz', 'max-pool-place-turned'],
  ['max_pool_spread.npz', 'max-pool-gradient-spread'],
])('%s has the name %s', (file, id) => {
  expect(reportOn({ file }).explanations).toEqual([id]);
});

describe('what was answered wrongly once', () => {
  it('gradients that are too large by one factor do not show in the first step of Adam', () => {
    const { verdict, untold } = reportOn({ file: 'W3_s_of_next.npz' });
    expect(verdict !== 'agrees' || untold.some(({ id }) => id === 'gradient-scaled')).toBe(true);
  });

  it('an output that is W·FO, beside potentials that are sums over the steps, agrees', () => {
    const { steps } = reportOn({ file: 'output_by_equation8.npz' });
    const found = steps.flatMap(({ findings }) => findings.map(({ key, verdict }) => [key, verdict]));
    expect(found).toEqual([['output', 'agrees']]);
  });

  it('one sign of 400 weights has no name', () => {
    expect(reportOn({ file: 'W4_leak.npz' })).toMatchObject({ verdict: 'differs', explanations: [] });
  });

  it('gradients that are all half of the expected are one factor for all', () => {
    const report = reportOn({ file: 'W5_clip.npz', gradients: 'batch' });
    const said = report.steps.flatMap(({ findings }) => findings.map(({ description }) => description));
    expect(report.verdict).toBe('differs');
    expect([...said, ...report.explanations].join('; ')).toMatch(/every number|clipped|gradient-scaled/);
  });
});

// NIR

function checkTrace(trace: string, as: string, dt?: number, graph = trace) {
  const [file, own] = [`${trace}.npz`, `${graph}.nir`];
  const chain = chainOf(readNirGraph(read(own), own, openChunks), own);
  const timing = { convention: checkConvention('t', as), ...(dt !== undefined && { dt }) };
  return checkTraces(chain, readTraces(read(file), chain, file), timing, 't');
}

describe('a run of a NIR graph by a framework', () => {
  it.each<[string, string, number | undefined, string]>([
    ['F1_norse_lif', 'norse', 5e-4, 'LIF starts at v_leak'],
    ['F1_norse_cubalif', 'norse', 5e-4, 'the synapse has v_leak, too'],
    ['F2_snntorch_cubalif', 'snntorch', undefined, 'θ is divided by the gain of the synapse'],
    ['F3_snntorch_if', 'snntorch', undefined, 'IF leaks and subtracts'],
    ['F4_spikingjelly_r3', 'spikingjelly', undefined, 'of r it reads whether it is 1'],
  ])('%s agrees as %s', (trace, as, dt) => {
    expect(checkTrace(trace, as, dt).verdict).toBe('agrees');
  });

  it('of which all layers were recorded agrees', () => {
    expect(checkTrace('F5_spikes', 'snntorch', undefined, 'F5').verdict).toBe('agrees');
  });

  it('of which a layer was not recorded is open, and names that layer', () => {
    const { verdict, layers } = checkTrace('F5_last', 'snntorch', undefined, 'F5');
    expect(verdict).toBe('undecided');
    expect(layers.map(({ needs }) => needs)).toEqual([expect.stringMatching(/\.spikes$/)]);
  });

  it('of potentials alone that come within rounding of θ does not differ', () => {
    expect(checkTrace('F5_pots', 'snntorch').verdict).not.toBe('differs');
  });

  it('that is silent has no cause', () => {
    const { verdict, differs } = checkTrace('W1_silent', 'norse', 1e-4, '../nir/lif_norse');
    expect(verdict).toBe('differs');
    expect(differs).toMatchObject({ isSilent: true, explains: [] });
  });
});

// surrogate gradients

function answerTo(...path: string[]): CheckAnswer {
  const file = join('..', 'surrogates', ...path);
  const { arrays, words } = readSupplied(read(file), file);
  return checkSurrogate(arrays, words, file);
}

describe('a step by surrogate gradients', () => {
  it.each(readdirSync(pathOf('../surrogates/right')))('%s agrees', (file) => {
    const { verdict, steps, explanations } = answerTo('right', file);
    expect([verdict, explanations, steps[0].notChecked]).toEqual(['agrees', [], []]);
  });

  const wrong = JSON.parse(read('../surrogates/wrong.json').toString()) as readonly Recording[]; // the file is written by hand

  // Each case takes up to a few seconds.
  it.each(wrong.filter((_, k) => isWhole || k % 2 === 0))('$planted: $file', ({ file, names, says = '' }) => {
    const { verdict, explanations, description } = answerTo('wrong', file);
    expect(description ?? '').toContain(says);
    expect([verdict, explanations]).toEqual(['differs', names]);
    expect(explanations.length > 0 || description !== undefined).toBe(true);
  });

  it('is undecided if one factor multiplies all spikes between two layers: a dropout drops some', () => {
    expect(answerTo('doubled_input.npz').verdict).toBe('undecided');
  });

  it('says what it does not tell', () => {
    expect(answerTo('right', 'spikingjelly_lif.npz').untold.map(({ id }) => id)).toContain('fires=above');
  });

  it('says as what it was judged', () => {
    expect(answerTo('right', 'snntorch_leaky.npz').as).toBe(
      'snntorch.Leaky (beta 0.9), snntorch.atan (alpha 2)',
    );
  });
});
