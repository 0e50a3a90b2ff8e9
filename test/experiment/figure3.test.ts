/** Figure 3 times the trainings of the paper, computes its numbers from the timings, and describes them correctly. */
import { describe, expect, test } from 'vitest';
import {
  sizes,
  textOf,
  type Laboratory,
  type Timed,
  type Training,
} from '../../src/experiment/experiment.ts';
import { computeRows, figure3, panels, windows, type Pair } from '../../src/experiment/figure3.ts';
import { settings } from './laboratory.ts';

function timed(seconds: number, more: Partial<Timed> = {}): Timed {
  return { seconds, threads: 2, bytes: 3e8, bytesOneThread: 1e8, batches: 1000, ...more };
}

/** Pairs with a given ratio for each panel (from 0) and window. */
function pairsOf(ratio: (panel: number, timeWindow: number) => number): Pair[] {
  return panels.flatMap((_, panel) =>
    windows.map((T) => ({ asf: timed(0.001 * T), lee: timed(0.001 * T * ratio(panel, T)) })),
  );
}

const said = (pairs: readonly (Pair | undefined)[]): string =>
  textOf(figure3.summarise(settings, pairs).content).replace(/\s+/g, ' ');

describe.each(sizes)('size %s', (size) => {
  const rows = computeRows(
    { size },
    pairsOf(() => 2),
  );

  test('four panels, one of MNIST and three of CIFAR-10, over windows from 50 to 300', () => {
    expect([windows[0], windows.at(-1)]).toEqual([50, 300]);
    expect(rows.map(({ timeWindow }) => timeWindow)).toEqual([1, 2, 3, 4].flatMap(() => windows));
    const places = new Map(rows.map(({ panel, dataset, batch }) => [`${panel} ${batch}`, dataset]));
    expect([...places.values()]).toEqual(['mnist', 'cifar10', 'cifar10', 'cifar10']);
  });

  test('a part times both rules, one right after the other, and they differ in nothing else', async () => {
    for (const [place, part] of figure3.parts({ ...settings, size }).entries()) {
      const asked: [Training, number][] = [];
      const time: Laboratory['time'] = (...training) => Promise.resolve(timed(asked.push(training)));
      await part.run({ time } as Laboratory);
      const [asf, lee] = asked.map(([one, batches]) => ({ ...one, batches }));
      expect(asf!.options.rule).toBe('asf');
      expect(lee).toEqual({ ...asf, options: { ...asf!.options, rule: 'lee' } });
      const { dataset, model: name, batch, timeWindow } = rows[place]!;
      const options = { timeWindow, leak: 0.99 };
      expect(asf).toMatchObject({ dataset, model: { name }, settings: { batch }, options });
    }
  });

  test('guesses the time of what is timed, not of an epoch', async () => {
    const asked: unknown[] = [];
    const estimate: Laboratory['estimate'] = ({ samples, settings: { epochs } }) => {
      asked.push([samples, epochs]);
      return Promise.resolve(2);
    };
    const [part] = figure3.parts({ ...settings, size });
    expect(await part!.estimate({ estimate } as Laboratory)).toBe(4);
    const train = 60 * (size === 'small' ? 4 : 21);
    const one = [{ train, validation: 0, test: 0 }, 1];
    expect(asked).toEqual([one, one]);
  });
});

test('an epoch is its batches; the ratio is of epochs', () => {
  const pairs = pairsOf(() => 1).map(() => ({
    asf: timed(0.25, { batches: 400, bytes: 2e8, bytesOneThread: 1e8 }),
    lee: timed(1.5, { batches: 400, bytes: 4e8, bytesOneThread: 3e8 }),
  }));
  const { lines } = figure3.summarise(settings, pairs);
  expect(lines[0]).toMatchObject({ paper: expect.stringMatching(/3\.0.*up to 6/) });
  expect(lines[1]).toEqual({
    panel: 1,
    dataset: 'mnist',
    model: 'lenet',
    batch: 60,
    timeWindow: 50,
    threads: 2,
    secondsEpoch: { asf: 100, lee: 600 },
    ratio: 6,
    bytes: { asf: 2e8, lee: 4e8 },
    bytesOneThread: { asf: 1e8, lee: 3e8 },
  });
});

type Ratio = (panel: number, T: number) => number;
test.each<[string, Ratio, short: string, long: string, growing: string]>([
  ['that grow', (panel, T) => (T / 50) * (1 + panel), '1.0 to 4.0', '6.0 to 24.0', 'all panels'],
  ['that fall, and ASF-BP slower', (_, T) => 40 / T, '0.8', '0.1', 'no panel'],
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
  expect(text).toContain('grows from the first to the last window in all panels.');
});

test('the words are true of one thread', () => {
  const one = { threads: 1 };
  const text = said(pairsOf(() => 2).map(() => ({ asf: timed(1, one), lee: timed(2, one) })));
  expect(text).toContain('with 1 thread.');
  expect(text).toContain('the sum of their buffers, on one thread:');
});
