/** All runs of a page: as cards, in figures, in one table, and below the rows of the paper's tables. */
import { basename } from 'node:path';
import { paperTables, rowName, type PaperRow } from '../../../experiment/index.ts';
import { keysOf } from '../../../keysOf.ts';
import { percent, signed } from '../../../printable.ts';
import { accuracyCurves } from './curves.ts';
import type { RunData } from './data.ts';
import { html, type Html, type Piece, byColumns, tableOf, wordsOf, type Column } from './html.ts';
import { figuresOf, wordsOfRun, type DrawFigure } from './run.ts';

export interface Section {
  readonly id: string;
  readonly name: string;
  readonly content: Html;
}

export const runId = (index: number): string => `run-${index + 1}`;

/** Orders runs by data set, the paper's data sets first; within a data set, the highest accuracy comes first. */
export function byRank(one: RunData, other: RunData): number {
  const [a, b] = [one, other].map(({ accuracy = 0, dataset = '' }) => ({ accuracy, dataset }));
  if (a.dataset === b.dataset) return b.accuracy - a.accuracy;
  return rankOf(a.dataset) - rankOf(b.dataset) || (a.dataset < b.dataset ? -1 : 1);
}

/** The rank of a data set among those of the paper's tables; all other data sets share the last rank. */
function rankOf(dataset: string): number {
  const known: string[] = Object.values(paperTables).map((table) => table.dataset);
  return known.includes(dataset) ? known.indexOf(dataset) : known.length;
}

/** One card per network and neuron of the paper's tables: our best run, and the paper's best accuracy. */
export function cards(runs: readonly RunData[]): Html | undefined {
  const best = new Map<string, Html>();
  for (const run of runs) {
    const { paper, net } = run;
    const key = paper && `${paper.table} ${paper.row.thisWork}`;
    // Runs are ordered by accuracy, so the best one with a key comes first.
    if (!key || run.accuracy === undefined || best.has(key)) continue;
    const { accuracy: top, timeWindow: T } = bestRow(paper);
    const facts = [wordsOfRun.traits(run), `T = ${net?.timeWindow}`, ...wordsOfRun.variant(run)];
    best.set(
      key,
      html`<li>
        <strong>${wordsOfRun.last(run)}</strong>
        <span>paper’s best ${percent(top)}${T !== undefined && `, T\u00a0=\u00a0${T}`}</span>
        <span>${[...facts, wordsOfRun.done(run)].join(', ')}</span>
        <span>after the last epoch; best epoch ${wordsOfRun.best(run)}</span>
      </li> `,
    );
  }
  if (best.size === 0) return undefined;
  return html`<ul class="cards">
    ${[...best.values()]}
  </ul> `;
}

/** The paper's best row with this network and neuron. */
function bestRow({ table, row: { thisWork } }: NonNullable<RunData['paper']>): PaperRow {
  return paperTables[table].rows
    .filter((row) => row.thisWork === thisWork)
    .reduce((best, row) => (row.accuracy > best.accuracy ? row : best));
}

/** Limit on the lines of a figure: more cannot be told apart. */
const mostLines = 6;

/** The name of a run's data set; for the user's data, the name of the file or folder. */
const dataOf = ({ dataset }: RunData): string => (dataset === undefined ? '' : basename(wordsOf(dataset)));

/** Test accuracy by epoch: one figure per data set with its best runs; undefined if no run has epochs. */
export async function curvesSection(
  runs: readonly RunData[],
  draw: DrawFigure,
): Promise<Section | undefined> {
  const groups = new Map<string, RunData[]>();
  for (const run of runs) {
    const data = dataOf(run) || 'other data';
    if (run.epochs.length > 0 && !twinOf(run, runs)) groups.set(data, [...(groups.get(data) ?? []), run]);
  }
  if (groups.size === 0) return undefined;
  const figures = [...groups].map(([data, all]) => {
    const caption = all.length > mostLines ? `${data}: the best ${mostLines} of ${all.length} runs` : data;
    const figure = accuracyCurves(all.slice(0, mostLines));
    return [caption, figure, `Test accuracy by epoch, ${caption}`] as const;
  });
  const content = html`<section id="curves">
    <h2>Test accuracy by epoch</h2>
    ${await figuresOf(figures, draw)}
  </section> `;
  return { id: 'curves', name: 'Test accuracy by epoch', content };
}

/** A link to the first run with the same weights; undefined if this run is the first, or unfinished. */
function twinOf(run: RunData, runs: readonly RunData[]): Html | undefined {
  if (run.planned !== undefined) return undefined;
  const index = runs.findIndex(({ digest, planned }) => planned === undefined && digest === run.digest);
  if (runs[index] === run) return undefined;
  return html`same weights as <a href="#${runId(index)}">${runs[index].name}</a>`;
}

export function runsSection(runs: readonly RunData[]): Section {
  const hasPaper = runs.some(({ paper }) => paper);
  const beside: Column<RunData>[] = [
    ['paper', ({ paper }) => (paper ? percent(paper.row.accuracy) : '–')],
    [
      'difference',
      ({ paper, accuracy }) =>
        paper && accuracy !== undefined ? signed(100 * (accuracy - paper.row.accuracy), 2) : '–',
    ],
  ];
  const table = byColumns<RunData>(runs, [
    [
      'run',
      (run, index) => {
        const twin = twinOf(run, runs);
        return html`<a href="#${runId(index)}">${run.name}</a>${twin && html`<span>, ${twin}</span>`}`;
      },
    ],
    ['last epoch', wordsOfRun.last],
    ['best epoch', wordsOfRun.best],
    ...(hasPaper ? beside : []),
    ['data', dataOf],
    ['network', networkOf],
    ['T', wordsOfRun.window],
    ['epochs', wordsOfRun.epochs],
  ]);
  const content = html`<section id="runs">
    <h2>Runs</h2>
    ${tableOf(table)}
    <p class="note">
      Runs are ordered by data set, then by accuracy after the last epoch. All accuracies are on the test
      samples. The best epoch is chosen on these same samples, as the authors do; the last epoch is not
      chosen${hasPaper && html`. The difference is that of the last epoch from the paper, in points`}.
    </p>
  </section> `;
  return { id: 'runs', name: 'Runs', content };
}

/** `LeNet, IF, variant paper`. */
const networkOf = (run: RunData): string =>
  [run.net?.name && wordsOf(run.net.name), run.net?.neuron, ...wordsOfRun.variant(run)]
    .filter(Boolean)
    .join(', ');

/** Each of the paper's tables to which a run belongs: its rows, then ours. */
export function paperSections(runs: readonly RunData[]): Section[] {
  return keysOf(paperTables).flatMap((table): Section[] => {
    const { title, rows } = paperTables[table];
    const paperRows = rows.map((row) => [
      rowName(row),
      row.timeWindow ?? '',
      '',
      percent(row.accuracy),
      '',
      '',
    ]);
    const ours = runs.flatMap((run, index) =>
      run.paper?.table === table ? [runRow(run, index, run.paper)] : [],
    );
    if (ours.length === 0) return [];
    const columns = ['model', 'T', 'epochs', 'accuracy', 'best epoch', 'paper'];
    const name = `Table ${table.slice(-1)}`;
    const content = html`<section id="${table}">
      <h2>Beside ${name} <span>${title}</span></h2>
      ${tableOf({ columns, rows: [...paperRows, ...ours], highlightFrom: paperRows.length })}
      <p class="note">
        Our runs with all training samples of this data set, the highest accuracy after the last epoch first,
        and the paper’s number for the neuron and the nearest window.
      </p>
    </section> `;
    return [{ id: table, name: `Beside ${name}`, content }];
  });
}

function runRow(run: RunData, index: number, paper: NonNullable<RunData['paper']>): Piece[] {
  const more = wordsOfRun.variant(run).map((each) => html`<span>, ${each}</span>`);
  return [
    html`${'here: '}<a href="#${runId(index)}">${run.name}</a>${more}`,
    wordsOfRun.window(run),
    wordsOfRun.epochs(run),
    wordsOfRun.last(run),
    wordsOfRun.best(run),
    percent(paper.row.accuracy),
  ];
}
