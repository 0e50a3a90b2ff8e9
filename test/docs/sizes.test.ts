/** The code that a user bundles stays within its sizes. */
import { describe, expect, it } from 'vitest';
import { bundles, byEsbuild, byVite } from '../../docs/sizes.mjs';

describe.each(bundles)('$name', ({ text, most, whole }) => {
  it.each([
    ['esbuild', byEsbuild],
    ['Vite', byVite],
  ])('fits with its kernels, bundled by %s', { timeout: 120_000 }, async (_, weigh) => {
    expect(await weigh(text, whole)).toBeLessThan(most);
  });
});
