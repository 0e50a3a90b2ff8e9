/** Recordings of programs that were written by somebody else: right ones agree, and what is said of wrong ones is true. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openCase } from '../../src/command/oracle/oracleFiles.ts';
import { check } from '../../src/oracle/oracle.ts';
import type { Report } from '../../src/oracle/report.ts';

interface Recording {
  readonly file: string;
  readonly planted: string;
  readonly optimiser?: 'adam' | 'sgd';
  readonly gradients?: 'batch';
  /** What may be named: the mistake, or what the recorded arrays do not tell from it. */
  readonly names: readonly string[];
}

const folder = fileURLToPath(new URL('../fixtures/oracle', import.meta.url));
const recordings = (name: string): readonly Recording[] =>
  JSON.parse(readFileSync(join(folder, name), 'utf8')) as readonly Recording[]; // by hand

function reportOn({ file, gradients, ...options }: Partial<Recording> & { readonly file: string }): Report {
  const { expected: _, fixed: __, ...own } = openCase(join(folder, file), options, 'check');
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
});

describe('what was answered wrongly once', () => {
  it('gradients that are too large by one factor do not show in the first step of Adam', () => {
    const { verdict, untold } = reportOn({ file: 'W3_s_of_next.npz' });
    expect(verdict !== 'agrees' || untold.some(({ id }) => id === 'gradient-scaled')).toBe(true);
  });

  it('one sign of 400 weights has no name', () => {
    expect(reportOn({ file: 'W4_leak.npz' })).toMatchObject({ verdict: 'differs', explanations: [] });
  });

  it('gradients that are all half of the expected are one factor for all', () => {
    const {
      verdict,
      steps,
      explanations,
      description = '',
    } = reportOn({ file: 'W5_clip.npz', gradients: 'batch' });
    const said = steps.flatMap(({ findings }) => findings.flatMap((finding) => finding.description ?? []));
    expect([verdict, explanations.includes('other-slope')]).toEqual(['differs', false]);
    expect([description, ...said, ...explanations].join('; ')).toMatch(
      /every number|clipped|gradient-scaled/,
    );
  });
});
