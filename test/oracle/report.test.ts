/** The report of all steps: the verdict, what would decide, what explains, and which other record of choices fits. */
import { describe, expect, it } from 'vitest';
import { authors, paper, type Variant } from '../../spec/variant.ts';
import type { Diagnosis, Explanation } from '../../src/oracle/diagnosis.ts';
import type { Finding } from '../../src/oracle/findings.ts';
import { otherRecord } from '../../src/oracle/otherChoices.ts';
import { conclude, type Report } from '../../src/oracle/report.ts';

const finding = (changes: Partial<Finding>): Finding => ({
  key: 'layer1.dw',
  stage: 'backward',
  n: 1,
  equation: '11',
  part: 'backward.1.dw',
  verdict: 'agrees',
  power: 1,
  class: 'exact',
  compared: 4,
  differing: 0,
  open: 0,
  ulp: 0,
  bounds: 0,
  ...changes,
});

type Step = Report['steps'][number];
const step = (changes: Partial<Step>): Step => ({
  step: 1,
  unknown: [],
  misspelt: [],
  findings: [],
  notChecked: [],
  diagnoses: [],
  ...changes,
});

const report = (...findings: Partial<Finding>[]): Report =>
  conclude([step({ findings: findings.map(finding) })], paper, [], 'check');

describe('the verdict', () => {
  it('is that one differs; else that one is undecided; else that all agree', () => {
    const [agrees, undecided, differs] = (['agrees', 'undecided', 'differs'] as const).map((verdict) => ({
      verdict,
    }));
    expect(report(agrees, agrees).verdict).toBe('agrees');
    expect(report(agrees, undecided).verdict).toBe('undecided');
    expect(report(undecided, differs, agrees).verdict).toBe('differs');
  });

  it('is undecided where something was supplied and could not be judged, and says what that lacks', () => {
    const unjudged = { key: 'layer2.dw', why: 'needs label', needs: ['label'] };
    const right = [finding({})];
    const { verdict, decidedBy } = conclude(
      [step({ findings: right, notChecked: [unjudged] })],
      paper,
      [],
      'check',
    );
    expect([verdict, decidedBy]).toEqual(['undecided', ['label']]);
    const absent = { key: 'loss', why: 'not supplied' };
    expect(conclude([step({ findings: right, notChecked: [absent] })], paper, [], 'check').verdict).toBe(
      'agrees',
    );
    const wrong = [finding({ verdict: 'differs' })];
    expect(conclude([step({ findings: wrong, notChecked: [unjudged] })], paper, [], 'check').verdict).toBe(
      'differs',
    );
  });

  it('is undecided where a key is misspelt; names of other arrays are nobody’s business', () => {
    const misspelt = [{ name: 'layer1.spike', meant: 'layer1.spikes' }];
    const unknown = ['layer1.spike', 'epoch'];
    const verdict = (changes: Partial<Step>) =>
      conclude([step({ findings: [finding({})], unknown, ...changes })], paper, [], 'check').verdict;
    expect([verdict({ misspelt }), verdict({})]).toEqual(['undecided', 'agrees']);
  });

  it('comes with the least power, the numbers that were compared, and each key or explanation once', () => {
    const { power, compared, decidedBy, explanations } = report(
      { power: 0.5, decidedBy: ['layer1.FI', 'layer1.S'] },
      { power: 0.25, decidedBy: ['layer1.S'], compared: 7 },
      { explanations: ['loss=whole', 'batch=sum'] },
      { explanations: ['loss=whole'] },
    );
    expect({ power, compared, decidedBy, explanations }).toEqual({
      power: 0.25,
      compared: 19,
      decidedBy: ['layer1.FI', 'layer1.S'],
      explanations: ['loss=whole', 'batch=sum'],
    });
  });

  it('comes with the words of the first array that differs by itself', () => {
    const said = report(
      { description: 'it agrees' },
      { verdict: 'differs', follows: true, description: 'it follows' },
      { verdict: 'differs', description: 'the first' },
      { verdict: 'differs', description: 'the second' },
    );
    expect(said.description).toBe('the first');
    expect(report({ verdict: 'differs' })).not.toHaveProperty('description');
    expect(report({})).not.toHaveProperty('description');
  });
});

describe('where nothing was compared', () => {
  const refused = (changes: Partial<Step>) => () => conclude([step(changes)], paper, [], 'check');

  it('says what an array needs that was supplied', () => {
    const notChecked = [
      { key: 'layer1.FI', why: 'not supplied' },
      { key: 'layer1.FO', why: 'needs layer1.spikes', needs: ['layer1.spikes'] },
    ];
    expect(refused({ notChecked })).toThrow(
      'check: "layer1.FO" expected what it is made of, got nothing: it needs layer1.spikes; add that to the arrays; of the command, --inputs names a second file',
    );
    // Where something was compared, what is missing is listed and no error.
    expect(conclude([step({ notChecked, findings: [finding({})] })], paper, [], 'check').verdict).toBe(
      'undecided',
    );
  });

  it('names some keys, and what was got in their place', () => {
    const unknown = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    expect(refused({ unknown })).toThrow(/got a, b, c, d, e, f; --list-keys/);
    // Twelve keys of all, separated by eleven commas.
    expect(refused({ unknown })).toThrow(/such as ([^,]+, ){11}[^,]+, got/);
    expect(refused({ notChecked: [{ key: 'layer1.FI', why: 'not supplied' }] })).toThrow(
      /such as .*, got only what enters a step; --list-keys names all, --keys maps others$/,
    );
  });
});

describe('another record of choices', () => {
  const explains = (...all: (Partial<Variant> | string)[]): Explanation[] =>
    all.map((each) => {
      if (typeof each === 'string') return { id: each, says: '' };
      const id = Object.entries(each).map(([question, answer]) => `${question}=${answer}`);
      return { id: id.join(' + '), says: '', choices: each };
    });
  const found = (parts: Explanation[][], agreesWith: (choices: Partial<Variant>) => boolean = () => true) => {
    const diagnoses = parts.map((each, k): Diagnosis => {
      return { part: `loss.${k}`, explains: each, excluded: [], isCutShort: false };
    });
    return otherRecord([step({ diagnoses })], agreesWith);
  };
  const [whole, sum, mean] = [{ loss: 'whole' }, { batch: 'sum' }, { batch: 'mean' }] as const;
  const isOf = (preset: Variant) => (choices: Partial<Variant>) => choices === preset;

  it('is none where nothing differs, or nothing is explained', () => {
    expect(found([])).toEqual({});
    expect(found([explains('weights-transposed')])).toEqual({});
  });

  it('is one answer that explains every part, where all agrees with it', () => {
    expect(found([explains(sum, whole), explains(whole)])).toEqual({ otherChoices: whole });
    expect(
      found([explains({ ...sum, ...whole }), explains({ ...sum, ...whole })], ({ loss }) => !!loss),
    ).not.toEqual({ otherChoices: whole });
    expect(found([explains(whole), explains(whole)], () => false)).toEqual({});
    expect(found([explains(whole), explains('another')], isOf(paper))).not.toHaveProperty('otherChoices');
  });

  it('is no answer of which a part knows nothing, and no set of several', () => {
    const isOne = (choices: Partial<Variant>): boolean => Object.keys(choices).length === 1;
    expect(found([explains(whole), explains(whole), explains('another')], isOne)).toEqual({});
    expect(found([explains(whole), explains('another', whole)], isOne)).toEqual({ otherChoices: whole });
    const two = { gate: authors.gate, loss: authors.loss };
    expect(found([explains(two)])).toEqual({ otherVariant: 'authors' });
  });

  it('is else a preset that has an answer which explains something', () => {
    const answer = { gate: authors.gate };
    const other = { loss: authors.loss };
    expect(authors.gate).not.toBe(paper.gate);
    expect(found([explains(answer), explains(other)], isOf(authors))).toEqual({ otherVariant: 'authors' });
    expect(found([explains('weights-transposed')], isOf(authors))).toEqual({});
    expect(found([explains('another', answer), explains('another')], isOf(authors))).toEqual({
      otherVariant: 'authors',
    });
    // A set of answers is the preset's where all of them are.
    const mixed = { gate: authors.gate, loss: 'no such' as Variant['loss'] };
    expect(found([explains(mixed)], isOf(authors))).toEqual({});
  });

  it('is else a few answers, one for each part, that do not contradict each other', () => {
    const isSeveral = (choices: Partial<Variant>): boolean => Object.keys(choices).length === 2;
    expect(found([explains(whole), explains(sum)], isSeveral)).toEqual({
      otherChoices: { ...whole, ...sum },
    });
    expect(found([explains(whole, sum), explains(sum, mean), explains(whole)], isSeveral)).toEqual({
      otherChoices: { ...whole, ...sum },
    });
    expect(found([explains(sum), explains(mean)], isSeveral)).toEqual({});
    expect(found([explains(sum), explains({ ...whole, ...mean })], isSeveral)).toEqual({});
    expect(found([explains(whole), explains('weights-transposed')], isSeveral)).toEqual({});
    expect(found([explains(whole), explains(sum)], () => false)).toEqual({});
  });
});
