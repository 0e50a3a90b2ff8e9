/** The page section that checks a training step: small steps, mistakes, equations and pictures. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { lineOfArray, lineOfMistake, linesOf } from '../../examples/site/src/lines.js';
import { frameworks, planted } from '../../examples/site/src/planted.js';
import { checkStep, pictureOf, plantStep, smallStep } from '../../examples/site/src/work/step.js';
import { surrogateMistakes } from 'asf-bp/oracle';
import { writeNpz } from '../../src/formats/npz.ts';
import type { AnyTensor } from '../../src/formats/tensor.ts';

const text = readFileSync(new URL('../../spec/surrogateGradient.ts', import.meta.url), 'utf8');
const parts = linesOf(text).flatMap((line) => line.parts);

it.each(Object.keys(frameworks))(
  'of %s, each of ten mistakes is named, and none where there is none',
  (framework) => {
    expect(plantStep({ framework }).verdict).toBe('agrees');
    const its = frameworks[framework]!;
    const { arrays, words } = smallStep(framework);
    const known = surrogateMistakes(arrays, words).map(({ id }) => id);
    expect(planted).toHaveLength(10);
    for (const { id, numbers } of planted) {
      const mistake = id(its);
      expect(known).toContain(mistake);
      const { verdict, diagnoses, findings } = plantStep({ framework, mistake, numbers: numbers(its) });
      expect(verdict, mistake).toBe('differs');
      expect(diagnoses[0]!.explains[0]?.id).toBe(mistake);
      // The array and the mistake each have a line in the shown equations.
      const first = findings.find((finding) => finding.verdict === 'differs')!;
      for (const line of [lineOfArray(first.key, 2), lineOfMistake(mistake)])
        expect(
          parts.filter((part) => part.startsWith(line!)),
          `${mistake}, ${first.key}`,
        ).toHaveLength(1);
      expect(pictureOf({ key: first.key, at: first.first }).expected).toBeDefined();
    }
  },
);

it('each array of a step has a line of the equations', () => {
  const keys = plantStep({ framework: 'norse' }).findings.map(({ key }) => key);
  expect(keys).toHaveLength(15);
  for (const key of keys)
    expect(
      parts.filter((part) => part.startsWith(lineOfArray(key, 2)!)),
      key,
    ).toHaveLength(1);
});

it('a picture has the numbers of its array, with the first that differs in its place', () => {
  const { findings } = plantStep({ framework: 'sinabs', mistake: 'first-step-dropped' });
  for (const { key, first } of findings.filter(({ verdict }) => verdict === 'differs')) {
    const { rows, columns, got, expected, first: place } = pictureOf({ key, at: first });
    expect([rows[1] - rows[0], columns[1] - columns[0]], key).toEqual([rows[2], columns[2]]);
    expect(got).toHaveLength(rows[2] * columns[2]);
    expect(got[place!.row * columns[2] + place!.column], key).toBe(first!.got);
    // Expected values of later arrays are computed from the recorded arrays.
    if (key === 'layer1.current') expect(expected![place!.row * columns[2]]).toBeCloseTo(first!.expected, 5);
  }
});

const { arrays, words } = smallStep('snntorch');
const file = (own: object): File => {
  const meta: AnyTensor = { dtype: 'STR', shape: [], data: [JSON.stringify(own)] };
  return new File([Uint8Array.from(writeNpz([...arrays, ['meta', meta]]))], 'step.npz');
};
const noStep = 'step.npz: expected a step by surrogate gradients';
it.each([
  [file(words), 'step.npz: "arrays" expected'],
  [file({}), noStep],
  [file({ ops: [null] }), noStep],
  [file({ ...words, ops: [{ op: 'transformer' }] }), 'step.npz: "ops" expected'],
  [new File([], 'none.npz'), 'none.npz: '],
  [new File([Uint8Array.of(0x80, 2)], 'net.pt'), 'net.pt: "file" expected'],
  [new File([Uint8Array.of(0x50, 0x4b, 3, 4)], 'cut.npz'), 'cut.npz: '],
  [new File(['T = 20, and more'], 'notes.txt'), 'notes.txt: '],
])('a file is refused in one line (%#): %s', async (one, begin) => {
  const error = await checkStep({ file: one }).then(String, ({ message }: Error) => message);
  expect(error.startsWith(begin), error).toBe(true);
  expect(error).not.toContain('\n');
});
