/** The page: one HTML file that loads nothing. The same data gives the same bytes. */
import { paperTables } from '../../../experiment/paper.ts';
import type { Figure } from '../../../experiment/experiment.ts';
import { percent, signed } from '../../../experiment/text.ts';
import { bestEpoch, type ExperimentPart, type KeptReport, type PageData, type RunPart } from './data.ts';
import { html, trusted, type Html } from './html.ts';
import { runSection, windowed, type DrawFigure } from './run.ts';
import { css } from './style.ts';
import { inlineSvg } from './svg.ts';
import { factsOf, tableOf } from './table.ts';

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
  for (const [place, run] of data.runs.entries()) {
    parts.push(await runSection(run, runId(place), draw));
    onPart(run.name);
  }
  for (const [place, experiment] of data.experiments.entries()) {
    const section = await experimentSection(experiment, experimentId(place), draw);
    (isOpen(experiment.name) ? begins : parts).push(section);
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
const isOpen = (name: string): boolean => name.startsWith(first[0]!);
function byPlace({ name: one }: ExperimentPart, { name: other }: ExperimentPart): number {
  const place = (name: string): number => {
    const at = first.findIndex((known) => name.startsWith(known));
    return at < 0 ? first.length : at;
  };
  return place(one) - place(other);
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
            Spiking networks trained by accumulated spiking flow (ASF-BP, Wu et al., AAAI 2021), with the
            numbers of the paper beside ours. Each part begins with its command, which trains the same bits
            again: the digest is the SHA-256 of the weights, or of an experiment's lines, which differ where
            they hold seconds. Made by asf-bp ${version}.
          </p>
          ${cards(runs)}${contents(data)}${begins}${
            runs.length > 0 &&
            html`<section id="runs">
              <h2>Runs</h2>
              ${overview(runs)}
            </section> `
          }${tablesOfPaper(runs)}${parts}
        </main>
      </body>
    </html>`;
}

/** Limit on the runs shown as cards, and how far below the paper's number they may be. */
const [mostCards, close] = [4, 0.05];

/** The best runs that have a number of the paper, with that number. */
function cards(runs: readonly RunPart[]): Html | undefined {
  const best = runs
    .filter(({ paper, accuracy }) => paper && accuracy !== undefined && accuracy > paper.row.accuracy - close)
    .slice(0, mostCards);
  if (best.length === 0) return undefined;
  return html`<ul class="cards">
    ${best.map(
      ({ name, dataset, network, accuracy, epochs, paper }) =>
        html`<li>
          <strong>${percent(accuracy!)}</strong>
          <span>${[dataset, network].filter(Boolean).join(', ')}</span>
          <span>the paper: ${percent(paper!.row.accuracy)}; ${epochs.length} epochs, ${name}</span>
        </li> `,
    )}
  </ul> `;
}

function contents({ runs, experiments }: PageData): Html {
  const link = (id: string, name: string): Html => html`<li><a href="#${id}">${name}</a></li> `;
  return html`<nav aria-label="contents">
    <ul>
      ${runs.length > 0 && link('runs', 'Runs')}${runs.some(({ paper }) => paper) && link('paper', 'Beside the paper')}${runs.map(
        ({ name }, place) => link(runId(place), name),
      )}${experiments.map(({ name }, place) => link(experimentId(place), name))}
    </ul>
  </nav> `;
}

function overview(runs: readonly RunPart[]): Html {
  const rows = runs.map((run, place) => {
    const { name, dataset, network, neuron, timeWindow, epochs, accuracy, digest, paper } = run;
    return [
      html`<a href="#${runId(place)}">${name}</a>`,
      accuracy === undefined ? '' : percent(accuracy),
      bestOf(run),
      paper ? percent(paper.row.accuracy) : '',
      paper && accuracy !== undefined ? signed(100 * (accuracy - paper.row.accuracy), 2) : '',
      dataset ?? '',
      [network, neuron].filter(Boolean).join(', '),
      timeWindow ?? '',
      epochs.length,
      html`<code>${digest.slice(0, 12)}…</code>`,
    ];
  });
  const columns = [
    'run',
    'last epoch',
    'best epoch',
    'paper',
    'difference',
    'data',
    'network',
    'T',
    'epochs',
    'digest',
  ];
  return html`${tableOf({ columns, rows })}
    <p class="note">
      Accuracies are of the test samples. The best epoch is chosen by these same samples, as the authors do;
      the last one is not chosen, and the difference is between it and the paper, in points.
    </p> `;
}

function bestOf({ epochs }: RunPart): string {
  const best = bestEpoch(epochs);
  return best ? percent(best.accuracy) : '';
}

/** The paper's tables in which some of the runs have a place. */
function tablesOfPaper(runs: readonly RunPart[]): Html | undefined {
  const tables = Object.entries(paperTables).flatMap(([name, { title, rows }]) => {
    const mine = runs.filter(({ paper }) => paper?.table === name);
    if (mine.length === 0) return [];
    const theirs = rows.map(({ model, method, accuracy, timeWindow }) => [
      method === undefined ? model : `${model}, ${method}`,
      timeWindow ?? '',
      percent(accuracy),
      '',
      '',
    ]);
    const ours = mine.map((run) => [
      `here: ${run.name}`,
      run.timeWindow ?? '',
      run.accuracy === undefined ? '' : percent(run.accuracy),
      bestOf(run),
      windowed(run.paper!),
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
      A run stands below the table whose data and network it has; what else differs (epochs, window, samples)
      is in its own part.
    </p>
  </section> `;
}

async function experimentSection(experiment: ExperimentPart, id: string, draw: DrawFigure): Promise<Html> {
  const { name, help, command, report } = experiment;
  return html`<section id="${id}">
    <h2>${name}: ${help}</h2>
    <details ${trusted(isOpen(name) ? 'open=""' : '')}>
      <summary>figure, numbers and command</summary>
      <pre class="command"><code>${command}</code></pre>
      ${'missing' in report ? html`<p class="note">${report.missing}</p>` : await reportOf(report, `${name}: ${help}`, draw)}
    </details>
  </section> `;
}

async function reportOf(
  { digest, figure, content }: KeptReport,
  label: string,
  draw: DrawFigure,
): Promise<Html> {
  return html`${factsOf([['digest of its lines', html`<code>${digest}</code>`]])}
    <figure class="wide"><div class="plot">${await draw(figure, label)}</div></figure>
    ${content.map(contentOf)}`;
}

function contentOf(part: KeptReport['content'][number]): Html {
  if (typeof part === 'string') return html`<p>${part}</p> `;
  if ('block' in part) return html`<pre class="block">${part.block.join('\n')}</pre> `;
  return tableOf(part);
}
