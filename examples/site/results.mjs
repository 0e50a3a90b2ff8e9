/** Numbers of the kept results for the page: seconds of Figure 3's first panel, and the accuracies of the kept model's run. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** @param root the folder of the built repository */
export async function resultsOf(root) {
  const { readRunFile } = await import(join(root, 'dist/src/command/run/kept.js'));
  const { paperTables } = await import(join(root, 'dist/src/experiment/paper.js'));
  const read = (path) => readFileSync(join(root, 'results', path));
  const rows = read('figure3-small-1/figure3.jsonl')
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const { epochs } = readRunFile(read('mnist-if.jsonl'), 'mnist-if.jsonl');
  return {
    seconds: rows
      .filter(({ panel }) => panel === 1)
      .map(({ timeWindow, secondsEpoch: { asf, lee } }) => ({ timeWindow, asf, lee })),
    mnist: {
      last: epochs.at(-1).accuracy,
      paper: paperTables.table1.rows.find(({ thisWork }) => thisWork === 'IF').accuracy,
    },
  };
}
