/** The vectors in the repository are reproducible, have the class that they claim, and agree with the checker. */
import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { paper } from '../../spec/variant.ts';
import { verdictOf } from '../../src/oracle/report.ts';
import { check } from '../../src/oracle/oracle.ts';
import { fixedSet, smallEpochs, smallSet } from './generator/cases.ts';
import { certify } from './generator/certify.ts';
import { pathOf, type Draft } from './generator/case.ts';
import { documented, flagNames } from './generator/flags.ts';
import { makeSet, recordVersions, versionsFile, type Made } from './generator/set.ts';

const folder = new URL('../../spec/vectors/', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, folder));
const recorded = () => JSON.parse(read(versionsFile).toString());
const drafts = smallSet();
const named = (path: string): Draft => drafts.find((draft) => pathOf(draft) === path)!;

let made: Made;
beforeAll(async () => {
  made = await makeSet(drafts, smallEpochs(), fixedSet());
});

describe('the small set', () => {
  it('is what is in the repository, byte for byte', () => {
    const there = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => `${entry.parentPath}/${entry.name}`.slice(folder.pathname.length).replace(/^\//, ''));
    expect(there.sort()).toEqual([...made.files.keys(), versionsFile].sort());
    const other = [...made.files].filter(([path, bytes]) => !read(path).equals(bytes)).map(([path]) => path);
    expect(other).toEqual([]);
  });

  it('is at most 2 MB', () => {
    const size = [...made.files.values()].reduce((sum, { length }) => sum + length, 0);
    expect(size).toBeLessThan(2e6);
  });

  it('has each stage in each preset, and all classes', () => {
    const cases = [...made.cases.values()].map(({ draft }) => draft);
    for (const preset of ['paper', 'authors']) {
      const own = cases.filter((draft) => draft.folder === preset);
      const stages = 'encode current neuron flow scale loss backward update step epoch'.split(' ');
      expect(new Set(own.map(({ stage }) => stage))).toEqual(new Set(stages));
      for (const kind of ['exact', 'margin', 'either', 'interval', 'digest'])
        expect(own.some((draft) => draft.class === kind)).toBe(true);
    }
  });

  it('shows every flag of docs/vectors.md', () => {
    const ofFixed = ['Rounding', 'Overflow'];
    expect(documented.map(({ name }) => name)).toEqual([...flagNames, ...ofFixed]);
    expect(new Set(made.vectors.flatMap((vector) => vector.flags))).toEqual(new Set(flagNames));
  });
});

describe('versions', () => {
  it('are those that are recorded', () => {
    expect(recordVersions(made, recorded())).toEqual(recorded());
  });

  it('must count up where a case changes', () => {
    const [[path, { draft }]] = made.cases;
    const hashes = Array.from({ length: draft.version + 1 }, (_, k) => String(k).repeat(64));
    expect(() => recordVersions(made, { ...recorded(), [path]: hashes.slice(1) })).toThrow(
      `still is version ${draft.version}`,
    );
    expect(() => recordVersions(made, { ...recorded(), [path]: hashes })).toThrow(
      `does not follow ${hashes.length}`,
    );
  });

  it('keep what was recorded of earlier ones', () => {
    const { draft, hash } = made.cases.get('paper/neuron/either')!;
    const next: Made = {
      files: made.files,
      cases: new Map([['a/b/c', { draft: { ...draft, version: 2 }, hash }]]),
      vectors: [],
    };
    expect(recordVersions(next, { 'a/b/c': ['old'] })).toEqual({ 'a/b/c': ['old', hash] });
  });
});

it('a certificate counts the decisions', () => {
  const { certificate } = certify(named('paper/neuron/dyadic-dense'));
  expect(certificate.atThreshold).toBeGreaterThan(5);
  expect(certificate.open).toBe(0);
  expect(certify(named('paper/neuron/either')).certificate.open).toBeGreaterThan(0);
});

it('the checker agrees with what is expected, and not with another value', () => {
  for (const { draft, inputs, expected } of made.vectors) {
    const supply = [...inputs, ...expected].map(
      ({ key, shape, value }) => [key, { shape, data: value }] as const,
    );
    const { description, variant, optimiser } = draft;
    const options = { network: { ...description, variant }, optimiser, mistakes: [] };
    const { steps } = check({ ...options, arrays: new Map(supply) });
    // The inputs of a vector are not judged.
    const results = new Set(expected.map(({ key }) => key));
    const judged = steps.map((step) => ({
      ...step,
      notChecked: step.notChecked.filter(({ key }) => results.has(key)),
    }));
    expect([pathOf(draft), verdictOf(judged).verdict]).toEqual([pathOf(draft), 'agrees']);
    const [first] = expected;
    const wrong = Float64Array.from(first.value, (x, i) => (i === 0 ? x + 1 : x));
    const arrays = new Map([...supply, [first.key, { shape: first.shape, data: wrong }]]);
    expect([pathOf(draft), check({ ...options, arrays }).verdict]).toEqual([pathOf(draft), 'differs']);
  }
});

it('a variant of a pair differs in one choice', () => {
  for (const { variant, folder: name } of drafts.filter(({ pair }) => pair?.startsWith('paper/'))) {
    const differing = Object.entries(variant).filter(
      ([question, answer]) => paper[question as 'fires'] !== answer,
    );
    expect(differing.map(([question, answer]) => `paper-${question}-${answer}`)).toEqual([name]);
  }
});
