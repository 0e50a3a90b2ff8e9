/** A variant is a record of named choices. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { authors, choices, paper, variants, type Variant } from '../../spec/variant.ts';

const questions = Object.keys(choices) as (keyof Variant)[];

describe('variants', () => {
  it.each(Object.entries(variants))(
    '%s answers every question once, with an answer that is known',
    (_, variant) => {
      expect(Object.keys(variant).sort()).toEqual([...questions].sort());
      for (const question of questions) expect(choices[question]).toContain(variant[question]);
    },
  );

  it('the first answer of each question is the paper’s', () => {
    for (const question of questions) expect(paper[question]).toBe(choices[question][0]);
  });

  it('every question has at least two answers, all different', () => {
    for (const question of questions) {
      const answers: readonly string[] = choices[question];
      expect(answers.length).toBeGreaterThanOrEqual(2);
      expect(new Set(answers).size).toBe(answers.length);
    }
  });

  it('the document of the spec has a row for each question, with the answers of both presets', () => {
    const readme = readFileSync(new URL('../../spec/README.md', import.meta.url), 'utf8');
    for (const question of questions) {
      expect(readme).toContain(`| \`${question}\` | \`${paper[question]}\` | \`${authors[question]}\` |`);
    }
  });

  it('the presets are known by their names', () => {
    expect(variants).toEqual({ paper, authors });
  });
});
