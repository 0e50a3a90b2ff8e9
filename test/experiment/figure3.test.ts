/** Figure 3 describes its timings correctly. kept.test.ts tests its trainings and numbers. */
import { expect, test } from 'vitest';
import { sizes, textOf, type Laboratory, type Timed } from '../../src/experiment/experiment.ts';
import { figure3, panels, windows, type Pair } from '../../src/experiment/figure3.ts';
import { settings } from './laboratory.ts';

function timed(seconds: number, more: Partial<Timed> = {}): Timed {
  return { seconds, threads: 2, bytes: 3e8, bytesOneThread: 1e8, batches: 1000, ...more };
}

/** Timings with a given ratio for each panel (counted from 0) and window. */
function pairsOf(ratio: (panel: number, timeWindow: number) => number): Pair[] {
  return panels.flatMap((_, panel) =>
    windows.map((T) => ({ asf: timed(0.001 * T), lee: timed(0.001 * T * ratio(panel, T)) })),
  );
}

const said = (pairs: readonly (Pair | undefined)[]): string =>
  textOf(figure3.summarise(settings, pairs).content).replace(/\s+/g, ' ');

test.each(sizes)('size %s: times each rule, and guesses the time of that, not of an epoch', async (size) => {
  const asked: unknown[] = [];
  const estimate: Laboratory['estimate'] = ({ samples, settings: { epochs } }) => {
    asked.push([samples, epochs]);
    return Promise.resolve(2);
  };
  const [part] = figure3.parts({ ...settings, size });
  expect(await part!.estimate({ estimate } as Laboratory)).toBe(4);
  const time: Laboratory['time'] = ({ options }) => Promise.resolve(timed(options.rule === 'lee' ? 2 : 1));
  expect(await part!.run({ time } as Laboratory)).toEqual({ asf: timed(1), lee: timed(2) });
  const train = 60 * (size === 'small' ? 4 : 21);
  const one = [{ train, validation: 0, test: 0 }, 1];
  expect(asked).toEqual([one, one]);
});

type Ratio = (panel: number, T: number) => number;
test.each<[string, Ratio, short: string, long: string, growing: string]>([
  ['that grow', (panel, T) => (T / 50) * (1 + panel), '1.0 to 4.0', '6.0 to 24.0', '4 of 4'],
  ['that fall, and ASF-BP slower', (_, T) => 40 / T, '0.8', '0.1', '0 of 4'],
  [
    'of which some grow',
    (panel, T) => (panel === 2 ? T : 1000 - T),
    '50.0 to 950.0',
    '300.0 to 700.0',
    '1 of 4',
  ],
])('the words are true of ratios %s', (_, ratio, short, long, growing) => {
  const text = said(pairsOf(ratio));
  expect(text).toContain(
    `takes ${short} times as long as with ASF-BP at T = 50, and ${long} times at T = 300`,
  );
  expect(text).toContain(`grows from the first to the last window in ${growing}`);
});

test('the words are true of the panel of MNIST alone, where another is not whole', () => {
  const some = pairsOf((_, T) => T).map((pair, place) => (place < 6 ? pair : undefined));
  expect(figure3.summarise(settings, some).lines).toHaveLength(1 + 4);
  const text = said(some);
  expect(text).toContain('with `--data DIR`, the folder of CIFAR-10, measures the rest.');
  expect(text).toContain('grows from the first to the last window in 1 of 1 panels.');
});
