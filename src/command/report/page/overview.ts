/** The sections of data sets: accuracy by epoch, and a table. The table has the rows of the paper's table, then the runs. */
import { basename } from 'node:path';
import { paperTables, rowName, type PaperRow } from '../../../experiment/index.ts';
import { percent, signed } from '../../../printable.ts';
import { accuracyCurves } from './curves.ts';
import type { RunData } from './data.ts';
import { html, tableOf, wordsOf, type Piece } from './html.ts';
import { wideFigure, sectionOf, wordsOfRun, type DrawFigure, type Section } from './run.ts';

/** A run, with the id of its section. */
export interface ShownRun extends RunData {
  readonly id: string;
}

/** Orders runs by data set, with the paper's data sets first, and within a data set by falling accuracy. */
export function byRank(one: RunData, other: RunData): number {
  const [a, b] = [one, other].map(({ accuracy = 0, dataset = '' }) => ({ accuracy, dataset }));
  if (a.dataset === b.dataset) return b.accuracy - a.accuracy;
  return rankOf(a.dataset) - rankOf(b.dataset) || (a.dataset < b.dataset ? -1 : 1);
}

/** The rank of a data set among those of the paper's tables. Other data sets share the last rank. */
function rankOf(dataset: string): number {
  const known: string[] = Object.values(paperTables).map((table) => table.dataset);
  return known.includes(dataset) ? known.indexOf(dataset) : known.length;
}

/** Limit on the lines of a figure. More lines would be hard to distinguish. */
const mostLines = 6;

/** One section per data set. If there is only one run, its data set has a section only if the paper has a row for the run. */
export async function dataSections(runs: readonly ShownRun[], draw: DrawFigure): Promise<Section[]> {
  const groups = new Map<string, ShownRun[]>();
  for (const run of runs) {
    // User data has the name of its file or folder.
    const data = run.dataset === undefined ? 'other data' : basename(wordsOf(run.dataset));
    groups.set(data, [...(groups.get(data) ?? []), run]);
  }
  const sections: Section[] = [];
  for (const [data, all] of groups) {
    if (runs.length === 1 && !runs[0].paper) continue;
    const id = `data-${sections.length + 1}`;
    const table = all.find(({ paper }) => paper)?.paper?.table;
    const beside = table && `beside Table ${table.slice(-1)}: ${paperTables[table].title}`;
    const body = [runs.length > 1 && (await curvesOf(data, all, draw)), runsTable(all, table)];
    sections.push(sectionOf(id, data, beside, body));
  }
  return sections;
}

/** Draws test accuracy by epoch for the best runs; undefined if no run has epochs. */
async function curvesOf(data: string, all: readonly ShownRun[], draw: DrawFigure): Promise<Piece> {
  const drawn = all.filter(({ epochs }) => epochs.length > 0);
  if (drawn.length === 0) return undefined;
  const which = drawn.length > mostLines ? `: the best ${mostLines} of ${drawn.length} runs` : '';
  const caption = `Test accuracy by epoch${which}`;
  const figure = accuracyCurves(drawn.slice(0, mostLines));
  return wideFigure(await draw(figure, `${data}: ${caption}`), caption, true);
}

/** A column: its name, and its cells for a run and for a row of the paper. */
type Column = readonly [name: string, ofRun: (run: ShownRun) => Piece, ofPaper?: (row: PaperRow) => Piece];

const columns: readonly Column[] = [
  ['run', ({ id, name }) => html`<a href="#${id}">${name}</a>`, rowName],
  ['last epoch', wordsOfRun.last, ({ accuracy }) => percent(accuracy)],
  ['best epoch', wordsOfRun.best],
  ['paper', ({ paper }) => (paper ? percent(paper.row.accuracy) : '–')],
  [
    'difference',
    ({ paper, accuracy }) =>
      paper && accuracy !== undefined ? signed(100 * (accuracy - paper.row.accuracy), 2) : '–',
  ],
  ['network', ({ network }) => network],
  ['T', ({ timeWindow = '' }) => timeWindow, ({ timeWindow = '' }) => timeWindow],
  ['epochs', wordsOfRun.epochs],
];

/**
 * If the runs belong to a table of the paper, the rows of this table come first. The runs follow; `runs` begins with the most
 * accurate run.
 */
function runsTable(runs: readonly ShownRun[], table: keyof typeof paperTables | undefined): Piece {
  const shown = columns.filter(([name]) => table || (name !== 'paper' && name !== 'difference'));
  const paperRows = table ? paperTables[table].rows : [];
  const rows = [
    ...paperRows.map((row) => shown.map(([, , ofPaper]) => ofPaper?.(row) ?? '')),
    ...runs.map((run) => shown.map(([, ofRun]) => ofRun(run))),
  ];
  const names = shown.map(([name]) => name);
  return html`${tableOf({ columns: names, rows, highlightFrom: paperRows.length })}
    <p class="note">
      The highest accuracy after the last epoch comes first. All accuracies are on the test samples. The best
      epoch is chosen on these same samples, as the authors do; the last epoch is not
      chosen.${table && ' A run with all training samples has the paper’s number for its neuron and the nearest window, and the difference of its last epoch in points.'}
    </p> `;
}
