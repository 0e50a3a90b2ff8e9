import { keys } from '../../oracle/keys.ts';

/** The table of keys. */
export function keyTable(): string {
  const rows = keys.map(({ name, dimensions, type, stage, equation, meaning }) => [
    name,
    `(${dimensions.map((each) => ({ map: 'C,H,W', weight: 'out,in,…' })[each as string] ?? each).join(',')})`,
    type,
    stage ?? 'given',
    equation,
    meaning,
  ]);
  const all = [['key', 'shape', 'type', 'stage', 'equation', 'meaning'], ...rows];
  const wide = all[0].map((_, place) => Math.max(...all.map((texts) => texts[place].length)));
  return all
    .map((texts) =>
      texts
        .map((text, place) => text.padEnd(wide[place]))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
