/** Figure 3 times the trainings of the paper, computes its numbers from what was measured, and describes them truly. */
import { describe, expect, test } from 'vitest';
import { drawFigure } from '../../src/command/draw/figure.ts';
import { sizes, type Laboratory, type Timed, type Training } from '../../src/experiment/experiment.ts';
import { figure3 } from '../../src/experiment/figure3.ts';
import { computeRows, panels, windows, type Pair, type TimingRow } from '../../src/experiment/figure3.ts';
import { textOf } from '../../src/experiment/experiment.ts';

const settings = { size: 'small', seed: 1, variant: 'authors' } as const;

/** A laboratory that keeps what it is asked to time. */
function listening(): { laboratory: Laboratory; asked: { training: Training; batches: number }[] } {
  const asked: { training: Training; batches: number }[] = [];
  const time: Laboratory['time'] = (training, batches) => {
    asked.push({ training, batches });
    return Promise.resolve(timed(1));
  };
  return { laboratory: { time } as Laboratory, asked };
}

function timed(seconds: number, more: Partial<Timed> = {}): Timed {
  return { seconds, threads: 2, bytes: 3e8, bytesOneThread: 1e8, batches: 1000, ...more };
}

/** Pairs whose ratio is that of the panel (from 0) and window. */
function pairsOf(ratio: (panel: number, timeWindow: number) => number): Pair[] {
  return panels.flatMap((_, panel) =>
    windows.map((T) => ({ asf: timed(0.001 * T), lee: timed(0.001 * T * ratio(panel, T)) })),
  );
}

const textFor = (pairs: readonly Pair[]): string =>
  textOf(figure3.report(settings, pairs).content).replace(/\s+/g, ' ');

describe.each(sizes)('size %s', (size) => {
  test('four panels, one of MNIST and three of CIFAR-10, over windows from 50 to 300', async () => {
    expect(panels.map(({ dataset }) => dataset)).toEqual(['mnist', 'cifar10', 'cifar10', 'cifar10']);
    expect([windows[0], windows.at(-1)]).toEqual([50, 300]);
    const rows = computeRows(
      { size },
      pairsOf(() => 2),
    );
    for (const panel of [1, 2, 3, 4]) {
      const own = rows.filter((row) => row.panel === panel);
      expect(own.map(({ timeWindow }) => timeWindow)).toEqual(windows);
      expect(new Set(own.map(({ batch }) => batch)).size).toBe(1);
    }
    expect(new Set(rows.map(({ dataset, batch }) => `${dataset} ${batch}`)).size).toBe(4);
  });

  test('a part times both rules, one right after the other, and they differ in nothing else', async () => {
    const rows = computeRows(
      { size },
      pairsOf(() => 2),
    );
    for (const [place, part] of figure3.parts({ ...settings, size }).entries()) {
      const { laboratory, asked } = listening();
      await part.run(laboratory);
      expect(asked.map(({ training }) => training.options.rule)).toEqual(['asf', 'lee']);
      const [asf, lee] = asked.map(({ training, batches }) => ({
        training: { ...training, options: { ...training.options, rule: '' } },
        batches,
      }));
      expect(asf).toEqual(lee);
      const { dataset, options, settings: own, model } = asked[0]!.training;
      const row = rows[place]!;
      expect({ dataset, model: model.name, batch: own.batch, timeWindow: options.timeWindow }).toEqual({
        dataset: row.dataset,
        model: row.model,
        batch: row.batch,
        timeWindow: row.timeWindow,
      });
      expect(options.leak).toBe(0.99);
    }
  });

  test('guesses the time of what is timed, not of an epoch', async () => {
    const samples: unknown[] = [];
    const laboratory = {
      estimate: (training: Training) => {
        samples.push([training.samples.train, training.samples.test, training.settings.epochs]);
        return Promise.resolve(2);
      },
    } as Laboratory;
    const [part] = figure3.parts({ ...settings, size });
    expect(await part!.estimate(laboratory)).toBe(4);
    const batches = size === 'small' ? 4 : 21;
    expect(samples).toEqual([
      [60 * batches, 0, 1],
      [60 * batches, 0, 1],
    ]);
  });
});

test('an epoch is its batches; the ratio is of epochs', () => {
  const pairs = pairsOf(() => 1).map(() => ({
    asf: timed(0.25, { batches: 400, bytes: 2e8, bytesOneThread: 1e8 }),
    lee: timed(1.5, { batches: 400, bytes: 4e8, bytesOneThread: 3e8 }),
  }));
  const [row] = computeRows(settings, pairs);
  expect(row).toEqual({
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
  } satisfies TimingRow);
  const { lines } = figure3.report(settings, pairs);
  expect(lines.slice(1)).toEqual(computeRows(settings, pairs));
  expect(lines[0]).toMatchObject({ paper: expect.stringMatching(/3\.0.*up to 6/) });
});

describe('the words are true of', () => {
  test('ratios that grow', () => {
    const text = textFor(pairsOf((panel, T) => (T / 50) * (1 + panel)));
    expect(text).toContain('takes 1.0 to 4.0 times as long as with ASF-BP at T = 50, and 6.0 to 24.0 times');
    expect(text).toContain('grows from the first to the last in all panels.');
  });

  test('ratios that fall, and ASF-BP slower', () => {
    const text = textFor(pairsOf((_, T) => 40 / T));
    expect(text).toContain('takes 0.8 times as long as with ASF-BP at T = 50, and 0.1 times at T = 300');
    expect(text).toContain('grows from the first to the last in no panel.');
  });

  test('some that grow', () => {
    const text = textFor(pairsOf((panel, T) => (panel === 2 ? T : 1000 - T)));
    expect(text).toContain('grows from the first to the last in 1 of 4 panels.');
  });

  test('the panel of MNIST alone, where another is not whole', () => {
    const some = pairsOf((_, T) => T).map((pair, place) => (place < 6 ? pair : undefined));
    const { lines, content } = figure3.report(settings, some);
    expect(lines).toHaveLength(1 + 4);
    const text = textOf(content).replace(/\s+/g, ' ');
    expect(text).toContain('with `--data DIR`, the folder of CIFAR-10, measures them too.');
    expect(text).toContain('grows from the first to the last in all panels.');
  });

  test('one thread', () => {
    const one = { threads: 1 };
    const pairs = pairsOf(() => 2).map(() => ({ asf: timed(1, one), lee: timed(2, one) }));
    const text = textFor(pairs);
    expect(text).toContain('with 1 thread.');
    expect(text).toContain('by their buffers, on one thread:');
  });
});

test('a figure of four panels, each with bars of both rules and the ratio', async () => {
  const { figure } = figure3.report(
    settings,
    pairsOf((panel, T) => 1 + panel + T / 37),
  );
  const svg = await drawFigure(figure);
  expect(svg.match(/role="graphics-symbol"[^>]*aria-roledescription="bar"/g)).toHaveLength(4 * 4 * 2);
  for (const [place, { title, batch }] of panels.entries())
    expect(svg).toContain(`${place + 1}. ${title}, batch ${batch.small}`);
  for (const { ratio } of computeRows(
    settings,
    pairsOf((panel, T) => 1 + panel + T / 37),
  ))
    expect(svg).toContain(`>${ratio.toFixed(1)}<`);
});
