/** The table of the diagnosis: each mistake planted in drawn networks, how often it is detected, and named. */
import { mistakes } from '../../src/oracle/asf/mistakes/mistakes.ts';
import { drawWorld, emptyTally, tallyOne, type Tally } from './planted.ts';

/** At most so many drawn worlds, until a mistake has shown itself in `enough`; of those whose id has a pattern. */
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

export function tableOf(all: ReadonlyMap<string, Tally>): string {
  const head = ['mistake', 'stage', 'planted', 'detected', 'named', 'wrongly', 'together'];
  const rows = [...all].map(([id, { planted, detected, named, wrongly, together }]) => {
    const { stages } = mistakes.find((each) => each.id === id)!;
    return [`\`${id}\``, stages.join(', '), planted, detected, named, wrongly, together];
  });
  const sums = [...all.values()].reduce(
    (sum, tally) =>
      sum.map((value, place) => value + [tally.planted, tally.detected, tally.named, tally.wrongly][place]),
    [0, 0, 0, 0],
  );
  const line = (cells: readonly unknown[]): string => `| ${cells.join(' | ')} |`;
  return [
    line(head),
    line(head.map((_, place) => (place < 2 ? '---' : '--:'))),
    ...rows.map(line),
    line(['all', '', ...sums, '']),
  ].join('\n');
}
