/** The code that a user bundles stays within its size limits. */
import { describe, expect, it } from 'vitest';
import { bundles, byEsbuild, byVite } from '../../docs/sizes.mjs';
import { isWhole } from '../support.ts';

describe.each(bundles)('$name', ({ text, most, beyond = Infinity, whole = false }) => {
  // Vite takes seconds. Outside whole runs, it therefore bundles only the entries marked `whole`.
  const bundlers = [
    ['esbuild', byEsbuild],
    ['Vite', byVite],
  ] as const;
  it.each(bundlers.slice(0, isWhole || whole ? 2 : 1))(
    'fits with its kernels, bundled by %s',
    { timeout: 120_000 },
    async (_, weigh) => {
      const size = await weigh(text, whole);
      expect(size).toBeLessThan(most);
      // Vite adds half a KB of code that preloads later parts.
      if (weigh === byEsbuild) expect(size - (await weigh(bundles[0]!.text))).toBeLessThan(beyond);
    },
  );
});
