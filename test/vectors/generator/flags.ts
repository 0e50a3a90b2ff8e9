/** All flags, in the order of the data. `docs/vectors.md` has the same table. */
import { backwardFlags } from './backwardFlags.ts';
import { fixedFlags } from './fixedCases.ts';
import type { Flag } from './flag.ts';
import { forwardFlags } from './forwardFlags.ts';
import type { View } from './questions.ts';

export const flags: readonly Flag[] = [...forwardFlags, ...backwardFlags];

/** The table of the documents, in Markdown. */
export function flagTable(): string {
  const rows = [...flags, ...fixedFlags].map(
    ({ name, stages, catches }) => `| \`${name}\` | ${stages.join(', ')} | ${catches} |`,
  );
  return ['| flag | stages | catches |', '|---|---|---|', ...rows].join('\n');
}

/** The flags of a case, in the order of the table. */
export function flagsOf(view: View): string[] {
  const { stage } = view.draft;
  const belongs = ({ stages }: Flag): boolean => stage === 'step' || stages.some((name) => name === stage);
  return flags.filter((row) => belongs(row) && row.isIn(view)).map(({ name }) => name);
}
