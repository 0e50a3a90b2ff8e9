/**
 * `asf-bp check` accepts all arrays of the authors' code under variant `authors`, and rejects them under `paper`. Arrays
 * without rounding agree bit for bit.
 */
import { expect, test } from 'vitest';
import { asfbp, authorsFile } from './programs.ts';

interface Report {
  readonly otherVariant?: string;
  readonly steps: readonly {
    readonly findings: readonly { readonly key: string; readonly verdict: string; readonly class: string }[];
  }[];
}

const check = (name: string, variant: string) =>
  asfbp('check', '--json', '--keys', 'authors', '--variant', variant, authorsFile(name));

/** The number of arrays of a file, and which of them may be rounded in several ways. */
const files = [
  ['grid_lenet_exactgrad_f32', 54, /\.(ratio|m|v|weight\.after)$/],
  ['grid_vgg7_small_f32', 82, /\.(ratio|S|dw|dFO|m|v|weight\.after)$|^(output|loss)$/],
] as const;

test.each(files)('%s agrees with authors in %i arrays', (name, count, isRounded) => {
  const { code, out, err } = check(name, 'authors');
  expect(code, err).toBe(0);
  const { findings } = (JSON.parse(out) as Report).steps[0]!;
  expect(findings).toHaveLength(count);
  for (const { key, verdict, class: kind } of findings) {
    expect(verdict, key).toBe('agrees');
    if (!isRounded.test(key)) expect(kind, key).toBe('exact');
  }
});

// All arrays differ, and each is described: two minutes on a busy machine.
test.each(files)('%s does not with paper', { timeout: 400_000 }, (name) => {
  const { code, out } = check(name, 'paper');
  expect(code).toBe(1);
  const { steps, otherVariant } = JSON.parse(out) as Report;
  const first = steps[0]!.findings.find(({ verdict }) => verdict === 'differs')!;
  expect(first.key).toMatch(/^layer1\./);
  expect(otherVariant).toBe('authors');
});
