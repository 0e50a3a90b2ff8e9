/** `asf-bp check` finds the authors' own arrays right for `authors` and wrong for `paper`. */
import { expect, test } from 'vitest';
import { asfbp, authorsFile } from './programs.ts';

const names = ['grid_lenet_exactgrad_f32', 'grid_vgg7_small_f32'];

/** Lines are wrapped at 80 columns. */
const oneLine = (text: string): string => text.replace(/\s+/g, ' ');

test.each(names)('%s agrees with authors', (name) => {
  const { code, out, err } = asfbp('check', '--keys', 'authors', '--variant', 'authors', authorsFile(name));
  expect(code, err).toBe(0);
  expect(oneLine(out)).toMatch(/✓ agrees: .*variant authors, \d+ numbers/);
});

test.each(names)('%s does not with paper', (name) => {
  const { code, out } = asfbp('check', '--keys', 'authors', '--variant', 'paper', authorsFile(name));
  expect(code).toBe(1);
  expect(oneLine(out)).toMatch(/✗ \d+ arrays differ, first layer1\.[a-z.]+ \(neuron, Eq\. 3\)/);
  expect(oneLine(out)).toContain('The data agrees with --variant authors;');
});
