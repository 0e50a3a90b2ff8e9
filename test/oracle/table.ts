/** The table of the diagnosis: how often each mistake, planted in drawn networks, is detected and named. */
import { mistakes } from '../../src/oracle/asf/mistakes/mistakes.ts';
import { drawWorld, emptyTally, tallyOne, type Tally } from './planted.ts';

/** For each mistake whose id matches `only`: plants it in drawn worlds, until `enough` worlds show it or `most` are drawn. */
export function tallies(enough: number, most: number, only = ''): Map<string, Tally & { notes: string[] }> {
  const all = new Map<string, Tally & { notes: string[] }>();
  for (const mistake of mistakes) {
    if (mistake.stages.length === 0 || !new RegExp(only).test(mistake.id)) continue;
    const tally = { ...emptyTally(), notes: [] as string[] };
    for (let seed = 0; seed < most && tally.planted < enough; seed++)
      tallyOne(mistake, drawWorld(seed), tally, (note) => tally.notes.push(note));
    all.set(mistake.id, tally);
  }
  return all;
}

const head = ['mistake', 'stage', 'planted', 'detected', 'named', 'wrongly', 'together'];
const rowOf = ([id, tally]: readonly [string, Tally]): readonly unknown[] => {
  const { stages } = mistakes.find((each) => each.id === id)!;
  const { planted, detected, named, wrongly, together } = tally;
  return [id, stages.join(', '), planted, detected, named, wrongly, together];
};

/** One line per mistake. */
export function listOf(all: ReadonlyMap<string, Tally>): string {
  const rows = [head, ...[...all].map(rowOf)].map((row) => row.map(String));
  const widths = head.map((_, place) => Math.max(...rows.map((row) => row[place]!.length)));
  return rows.map((row) => row.map((cell, place) => cell.padEnd(widths[place]!)).join('  ')).join('\n');
}

/** The sums in Markdown, and a row for each mistake that was planted more often than named. */
export function tableOf(all: ReadonlyMap<string, Tally>): string {
  const sum = (key: 'planted' | 'detected' | 'named' | 'wrongly'): number =>
    [...all.values()].reduce((total, tally) => total + tally[key], 0);
  const missed = [...all].filter(([, { planted, named }]) => named < planted);
  const planted = [...all.values()].filter((tally) => tally.planted > 0).length;
  const line = (cells: readonly unknown[]): string => `| ${cells.join(' | ')} |`;
  return [
    line(['mistakes', ...head.slice(2, 6)]),
    line(['---', '--:', '--:', '--:', '--:']),
    line([`all ${planted}`, sum('planted'), sum('detected'), sum('named'), sum('wrongly')]),
    ...missed.map(rowOf).map(([id, , ...cells]) => line([`\`${String(id)}\``, ...cells.slice(0, 4)])),
  ].join('\n');
}
