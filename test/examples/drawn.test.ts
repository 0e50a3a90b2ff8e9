/** The page recognises drawn digits, in 32 styles under 10 conditions, and is not sure about scribbles. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { digitFromStrokes, tiny } from 'asf-bp/models/tiny';
import { look } from '../../examples/site/src/work/look.js';
import { isWhole } from '../support.ts';
import { conditions, scribbles, styles, type Point } from './drawings.ts';

const net = tiny();
/** The pen width of the page, in units of the pad. */
const pen = 16;
const read = (strokes: Point[][]) => look(net, digitFromStrokes(strokes, pen));

/** All styles in whole runs, otherwise a quarter. */
const share = isWhole ? 1 : 1 / 4;

describe('drawn digits', { timeout: 60_000 }, () => {
  const found = Object.entries(conditions).flatMap(([condition, draw]) =>
    styles
      .map((style, place) => [style, place] as const)
      .filter(([, place]) => (place * share) % 1 === 0)
      .map(([style, place]) => ({ condition, style, ...read(draw(style, place)) })),
  );
  const scribbled = scribbles(100 * share).map(read);
  const isRight = ({ label, style }: (typeof found)[number]): boolean => label === style.label;
  const shareOf = (some: typeof found): number => some.filter(isRight).length / some.length;

  it('are 32 styles of ten digits under 10 conditions', () => {
    expect(new Set(styles.map(({ label }) => label)).size).toBe(10);
    expect(found).toHaveLength(320 * share);
  });

  it('are read, also small ones under a thick pen', () => {
    expect(shareOf(found.filter(({ condition }) => condition !== 'thick pen'))).toBeGreaterThanOrEqual(0.95);
    expect(shareOf(found.filter(({ condition }) => condition === 'thick pen'))).toBeGreaterThanOrEqual(0.8);
  });

  it('are not sure where they are wrong, more often than not, and sure where they are right', () => {
    const wrong = found.filter((each) => !isRight(each));
    expect(wrong.filter(({ isSure }) => isSure).length).toBeLessThan(Math.max(1, wrong.length / 2));
    const right = found.filter(isRight);
    expect(right.filter(({ isSure }) => isSure).length / right.length).toBeGreaterThan(0.9);
  });

  it('and scribbles are not sure', () => {
    expect(scribbled.filter(({ isSure }) => isSure).length).toBeLessThan(12 * share);
  });

  it.runIf(isWhole)('are counted in the README of the page, condition by condition', () => {
    const rowOf = (name: string, some: readonly { isSure: boolean; isRight: boolean }[]): string => {
      const wrong = some.filter((each) => !each.isRight);
      const right = some.length - wrong.length;
      return `| ${name} | ${right} of ${some.length} | ${wrong.filter(({ isSure }) => !isSure).length} of ${wrong.length} |`;
    };
    const judged = found.map((each) => ({ ...each, isRight: isRight(each) }));
    const rows = Object.keys(conditions).map((name) =>
      rowOf(
        name,
        judged.filter(({ condition }) => condition === name),
      ),
    );
    const sure = scribbled.filter(({ isSure }) => isSure).length;
    const table = [
      '| condition | correct | wrong answers with `isSure` false |',
      '|---|--:|--:|',
      ...rows,
      rowOf('all', judged),
      `| scribbles, no digits | | ${100 - sure} of 100 |`,
    ].join('\n');
    expect(readFileSync('examples/site/README.md', 'utf8')).toContain(table);
  });

  it('an asterisk is not sure: its class reaches less than half of what a digit aims at', () => {
    const corners: Point[] = [[80, 180], [290, 390], [80, 390], [290, 180], [180, 180], [180, 400], [60, 290], [300, 290]]; // prettier-ignore
    const { ahead, isSure } = read([corners]);
    expect(ahead).toBeGreaterThan(4);
    expect(isSure).toBe(false);
  });
});
