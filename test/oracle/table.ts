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

const head = ['planted', 'detected', 'named', 'wrongly'] as const;

/** The sums in Markdown, and a row for each mistake that was planted more often than named. */
export function tableOf(all: ReadonlyMap<string, Tally>): string {
  const line = (name: string, of: (column: (typeof head)[number]) => number | string): string =>
    `| ${[name, ...head.map(of)].join(' | ')} |`;
  const counts = [...all.values()];
  const missed = [...all].filter(([, { planted, named }]) => named < planted);
  return [
    line('mistakes', (column) => column),
    line('---', () => '--:'),
    line(`all ${counts.filter(({ planted }) => planted > 0).length}`, (column) =>
      counts.reduce((sum, tally) => sum + tally[column], 0),
    ),
    ...missed.map(([id, tally]) => line(`\`${id}\``, (column) => tally[column])),
  ].join('\n');
}
