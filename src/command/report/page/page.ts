/** The page: one HTML file that loads nothing. The same data gives the same bytes. */
import { basename } from 'node:path';
import { paperTables } from '../../../experiment/paper.ts';
import type { Figure } from '../../../experiment/experiment.ts';
import { percent, signed } from '../../../experiment/text.ts';
import {
  bestEpoch,
  epochsDone,
  type ExperimentPart,
  type KeptReport,
  type PageData,
  type RunPart,
} from './data.ts';
import { html, trusted, type Html } from './html.ts';
import { commandBlock, runSection, traitsOf, windowed, type DrawFigure } from './run.ts';
import { css } from './style.ts';
import { inlineSvg } from './svg.ts';
import { factsOf, tableOf } from './table.ts';
import { wordsOf } from './words.ts';

/**
 * The text of the page.
 *
 * @param drawFigure turns a Vega-Lite description into SVG
 * @param onPart called after each part
 */
export async function buildPage(
  given: PageData,
  drawFigure: (figure: Figure) => Promise<string>,
  onPart: (name: string) => void = () => {},
): Promise<string> {
  const data = {
    ...given,
    runs: [...given.runs].sort(byRank),
    experiments: [...given.experiments].sort(byPlace),
  };
  let figures = 0;
  const draw: DrawFigure = async (figure, label) =>
    inlineSvg(await drawFigure(figure), `figure${++figures}`, label);
  const parts: Html[] = [];
  const begins: Html[] = [];
  const { experiments } = data;
  for (const [place, run] of data.runs.entries()) {
    parts.push(await runSection(run, runId(place), draw));
    onPart(run.name);
  }
  for (const [place, experiment] of experiments.entries()) {
    const title = titleOf(experiment, experiments);
    const section = await experimentSection(experiment, { id: experimentId(place), title }, draw);
    (isOpen(experiment) ? begins : parts).push(section);
    onPart(experiment.name);
  }
  return `${pageOf(data, begins, parts).text}\n`;
}

/** Runs with a number of the paper come first, ranked by their difference from it; then the others by accuracy. */
function byRank(one: RunPart, other: RunPart): number {
  const rank = ({ accuracy = 0, paper }: RunPart): number =>
    paper ? 2 + accuracy - paper.row.accuracy : accuracy;
  return rank(other) - rank(one);
}

/** The experiments that a talk begins with come first; the others keep their order. */
const first = ['figure3', 'table1'];
const isOpen = ({ experiment, report }: ExperimentPart): boolean =>
  experiment === first[0] && !('missing' in report);
function byPlace(one: ExperimentPart, other: ExperimentPart): number {
  const place = ({ experiment }: ExperimentPart): number => {
    const at = first.indexOf(experiment);
    return at < 0 ? first.length : at;
  };
  return place(one) - place(other);
}

/** `Figure 3`; with its folder where there are several of it. */
function titleOf({ name, experiment }: ExperimentPart, all: readonly ExperimentPart[]): string {
  const [word = '', number = ''] = experiment.split(/(?=\d)/);
  const known = wordsOf(word);
  const title = [known.charAt(0).toUpperCase() + known.slice(1), number].filter(Boolean).join(' ');
  return all.filter((each) => each.experiment === experiment).length > 1 ? `${title}, ${name}` : title;
}

const runId = (place: number): string => `run-${place + 1}`;
const experimentId = (place: number): string => `experiment-${place + 1}`;

/** The policy makes the browser enforce what this file promises: no scripts, nothing from elsewhere. */
const policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";

function pageOf(data: PageData, begins: readonly Html[], parts: readonly Html[]): Html {
  const { title, version, runs } = data;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${policy}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>asf-bp: ${title}</title>
        <style>
          ${trusted(css)}
        </style>
      </head>
      <body>
        <main>
          <h1>asf-bp: ${title}</h1>
          <p>
            Spiking networks trained by ${rulesOf(runs)}
            <a href="https://doi.org/10.1609/aaai.v35i12.17236">Wu et al., AAAI 2021</a>)${
              hasNumbers(data) && ', with the numbers of the paper beside ours'
            }.
            Each part begins with its command (in a clone, after npx), which trains the same bits again: the
            digest is the SHA-256 of the weights, or of an experiment's lines, which differ where they hold
            seconds. Made by asf-bp ${version}.
          </p>
          ${cards(runs)}${contents(data)}${begins}${tablesOfPaper(runs)}${
            runs.length > 0 &&
            html`<section id="runs">
              <h2>Runs</h2>
              ${overview(runs)}
            </section> `
          }${parts}
        </main>
      </body>
    </html>`;
}

const hasNumbers = ({ runs, experiments }: PageData): boolean =>
  experiments.length > 0 || runs.some(({ paper }) => paper);

/** The learning rules, up to the paper's address. */
function rulesOf(runs: readonly RunPart[]): string {
  const paper = 'accumulated spiking flow (ASF-BP,';
  const others = [...new Set(runs.map(({ rule = 'asf' }) => rule))]
    .filter((rule) => rule !== 'asf')
    .map(wordsOf);
  if (others.length === 0) return paper;
  const isAsf = runs.some(({ rule = 'asf' }) => rule === 'asf');
  return isAsf
    ? `${others.join(', ')} and ${paper}`
    : `${others.join(', ')}, by an implementation of ${paper}`;
}

/** Limit on the runs shown as cards, and how far below the paper's number they may be. */
const [mostCards, close] = [4, 0.05];

/** The best runs that have a number of the paper, with that number. */
function cards(runs: readonly RunPart[]): Html | undefined {
  const best = runs
    .flatMap((run) => {
      const { paper, accuracy } = run;
      const isNear = paper && accuracy !== undefined && accuracy > paper.row.accuracy - close;
      return isNear ? [{ run, paper, accuracy }] : [];
    })
    .slice(0, mostCards);
  if (best.length === 0) return undefined;
  return html`<ul class="cards">
    ${best.map(
      ({ run, paper, accuracy }) =>
        html`<li>
          <strong>${percent(accuracy)}</strong>
          <span>${traitsOf(run)}, ${epochsDone(run)}</span>
          <span>after the last epoch; best epoch ${bestOf(run)}</span>
          <span>the paper's best: ${percent(paper.row.accuracy)}</span>
        </li> `,
    )}
  </ul> `;
}

function contents({ runs, experiments }: PageData): Html {
  const link = (id: string, name: string): Html => html`<li><a href="#${id}">${name}</a></li> `;
  return html`<nav aria-label="contents">
    <ul>
      ${runs.some(({ paper }) => paper) && link('paper', 'Beside the paper')}${runs.length > 0 && link('runs', 'Runs')}${runs.map(
        ({ name }, place) => link(runId(place), name),
      )}${experiments.map((each, place) => link(experimentId(place), titleOf(each, experiments)))}
    </ul>
  </nav> `;
}

function overview(runs: readonly RunPart[]): Html {
  const hasPaper = runs.some(({ paper }) => paper);
  const rows = runs.map((run, place) => {
    const { name, dataset, network, neuron, timeWindow, epochs, planned, accuracy, digest, paper } = run;
    const beside = [
      paper ? percent(paper.row.accuracy) : '–',
      paper && accuracy !== undefined ? signed(100 * (accuracy - paper.row.accuracy), 2) : '–',
    ];
    return [
      html`<a href="#${runId(place)}">${name}</a>`,
      accuracy === undefined ? '' : percent(accuracy),
      bestOf(run),
      ...(hasPaper ? beside : []),
      dataset === undefined ? '' : basename(wordsOf(dataset)),
      [network && wordsOf(network), neuron, ...otherVariant(run)].filter(Boolean).join(', '),
      timeWindow ?? '',
      planned === undefined ? epochs.length : `${epochs.length} of ${planned}`,
      planned === undefined ? html`<code>${digest.slice(0, 12)}…</code>` : 'not yet',
    ];
  });
  const columns = [
    'run',
    'last epoch',
    'best epoch',
    ...(hasPaper ? ['paper', 'difference'] : []),
    'data',
    'network',
    'T',
    'epochs',
    'digest',
  ];
  return html`${tableOf({ columns, rows })}
    <p class="note">
      Accuracies are of the test samples. The best epoch is chosen by these same samples, as the authors do;
      the last one is not
      chosen${hasPaper && html`, and the difference is between it and the paper, in points`}.
    </p> `;
}

/** The semantics of a run, where they are not the default. */
function otherVariant({ facts }: RunPart): string[] {
  return facts.flatMap(([fact, value]) =>
    fact === 'variant' && value !== 'authors' ? [`variant ${value}`] : [],
  );
}

function bestOf({ epochs }: RunPart): string {
  const best = bestEpoch(epochs);
  return best ? percent(best.accuracy) : '';
}

/** The paper's tables in which some of the runs have a place. */
function tablesOfPaper(runs: readonly RunPart[]): Html | undefined {
  const tables = Object.entries(paperTables).flatMap(([name, { title, rows }]) => {
    const mine = runs.flatMap((run) => (run.paper?.table === name ? [{ run, paper: run.paper }] : []));
    if (mine.length === 0) return [];
    const theirs = rows.map(({ model, method, accuracy, timeWindow }) => [
      method === undefined ? model : `${model}, ${method}`,
      timeWindow ?? '',
      percent(accuracy),
      '',
      '',
    ]);
    const ours = mine.map(({ run, paper }) => [
      [
        `here: ${run.name}`,
        ...otherVariant(run),
        ...(run.planned === undefined ? [] : [epochsDone(run)]),
      ].join(', '),
      run.timeWindow ?? '',
      run.accuracy === undefined ? '' : percent(run.accuracy),
      bestOf(run),
      windowed(paper),
    ]);
    const own = new Set(ours.map((_, place) => theirs.length + place));
    const columns = ['model', 'T', 'accuracy', 'best epoch', 'compared with'];
    return [
      tableOf({ title: `Table ${name.slice(-1)}: ${title}`, columns, rows: [...theirs, ...ours], own }),
    ];
  });
  if (tables.length === 0) return undefined;
  return html`<section id="paper">
    <h2>Beside the paper</h2>
    ${tables}
    <p class="note">
      A run with all training samples stands below the table whose data and network it has; what else differs
      (epochs, window) is in its own part.
    </p>
  </section> `;
}

async function experimentSection(
  experiment: ExperimentPart,
  { id, title }: { id: string; title: string },
  draw: DrawFigure,
): Promise<Html> {
  const { name, help, command, report } = experiment;
  const isMissing = 'missing' in report;
  const figure =
    !isMissing &&
    html`<figure class="wide">
      <div class="plot">${await draw(report.figure, `${title}: ${help}`)}</div>
    </figure> `;
  const stands = isOpen(experiment);
  return html`<section id="${id}">
    <h2>${title}${isMissing && ', unfinished'} <span>${help}</span></h2>
    ${stands && figure}
    <details>
      <summary>
        ${stands ? 'numbers and command' : isMissing ? 'command' : 'figure, numbers and command'}
      </summary>
      ${commandBlock(command)}
      ${isMissing ? html`<p class="note">${report.missing}</p>` : html`${factsOf(factsIn(report, name))}${!stands && figure}${report.content.map(contentOf)}`}
    </details>
  </section> `;
}

const factsIn = ({ digest }: KeptReport, name: string): [string, Html][] => [
  ['digest of its lines', html`<code>${digest}</code>`],
  ['kept in', html`<code>${name}</code>`],
];

function contentOf(part: KeptReport['content'][number]): Html {
  // `code`, as the terminal has it.
  if (typeof part === 'string')
    return html`<p>
      ${part.split('`').map((piece, k) => (k % 2 === 1 ? html`<code>${piece}</code>` : piece))}
    </p> `;
  if ('block' in part) return html`<pre class="block">${part.block.join('\n')}</pre> `;
  return tableOf(part);
}
