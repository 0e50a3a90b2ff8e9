/** The page: one HTML file that loads nothing. The same data gives the same bytes. */
import type { Figure } from '../../../experiment/index.ts';
import type { ExperimentData, SummaryData, PageData, RunData } from './data.ts';
import { html, inlineSvg, trusted, type Html, factsOf, tableOf, wordsOf } from './html.ts';
import { byRank, cards, curvesSection, paperSections, runId, runsSection, type Section } from './overview.ts';
import { commandBlock, runSection, type DrawFigure } from './run.ts';
import { css } from './style.ts';

/** @param onEntry is called after each part */
export async function buildPage(
  unsorted: PageData,
  drawFigure: (figure: Figure) => Promise<string>,
  onEntry: (name: string) => void = () => {},
): Promise<string> {
  const data = {
    ...unsorted,
    runs: [...unsorted.runs].sort(byRank),
    experiments: [...unsorted.experiments].sort(byRankOfPaper),
  };
  let drawn = 0;
  const draw: DrawFigure = async (figure, label) =>
    inlineSvg(await drawFigure(figure), `figure${++drawn}`, label);
  const { runs, experiments } = data;
  // A single part is shown open, since there is nothing to compare it with.
  const isOnly = runs.length + experiments.length === 1;
  const curves = isOnly ? undefined : await curvesSection(runs, draw);
  const figures: Section[] = curves ? [curves] : [];
  const tables: Section[] = [...paperSections(runs), ...(runs.length > 1 ? [runsSection(runs)] : [])];
  const sections: Section[] = [];
  for (const [index, run] of runs.entries()) {
    const id = runId(index);
    sections.push({ id, name: run.name, content: await runSection(run, id, draw, isOnly) });
    onEntry(run.name);
  }
  for (const [index, experiment] of experiments.entries()) {
    const [id, name] = [`experiment-${index + 1}`, titleOf(experiment, experiments)];
    const content = await experimentSection(experiment, { id, title: name, isOnly }, draw);
    if (isOpen(experiment)) figures.unshift({ id, name, content });
    else sections.push({ id, name, content });
    onEntry(experiment.name);
  }
  // The first screen has a figure beside a table; with a single part, it has only that part's figure, if any.
  const begins = isOnly ? figures : [...figures.splice(0, 1), ...tables.splice(0, 1)];
  const others = isOnly ? [...sections, ...tables] : [...figures, ...tables, ...sections];
  return `${pageOf(data, begins, others).text}\n`;
}

/** These experiments come first, the others in their order. */
const first = ['figure3', 'table1'];
const isOpen = ({ experiment, summary }: ExperimentData): boolean =>
  experiment === first[0] && !('missing' in summary);
function byRankOfPaper(one: ExperimentData, other: ExperimentData): number {
  const rankOf = ({ experiment }: ExperimentData): number => {
    const at = first.indexOf(experiment);
    return at < 0 ? first.length : at;
  };
  return rankOf(one) - rankOf(other);
}

/** `Figure 3`, followed by the name of the folder if the page shows this experiment more than once. */
function titleOf({ name, experiment }: ExperimentData, all: readonly ExperimentData[]): string {
  const [word = '', number = ''] = experiment.split(/(?=\d)/);
  const known = wordsOf(word);
  const title = [known.charAt(0).toUpperCase() + known.slice(1), number].filter(Boolean).join(' ');
  return all.filter((each) => each.experiment === experiment).length > 1 ? `${title}, ${name}` : title;
}

/** With this policy the browser enforces that the page has no scripts and loads nothing. */
const policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";

/** @param begins the sections of the first screen */
function pageOf(data: PageData, begins: readonly Section[], parts: readonly Section[]): Html {
  const { title, version, runs } = data;
  const contentsOf = (sections: readonly Section[]): Html[] => sections.map(({ content }) => content);
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
          </p>
          ${cards(runs)}${listOf([...begins, ...parts])}
          ${begins.length > 0 && html`<div class="first">${contentsOf(begins)}</div> `}
          <p class="note">
            The command of each part (in a clone, after npx) trains the same bits again. The digest is the
            SHA-256 of the weights, or of an experiment's lines; lines with measured seconds differ from run
            to run. Made by asf-bp ${version}.
          </p>
          ${contentsOf(parts)}
        </main>
      </body>
    </html>`;
}

const hasNumbers = ({ runs, experiments }: PageData): boolean =>
  experiments.length > 0 || runs.some(({ paper }) => paper);

/** The learning rules, as text that precedes the citation of the paper. A run without a known rule counts as ASF-BP. */
function rulesOf(runs: readonly RunData[]): string {
  const paper = 'accumulated spiking flow (ASF-BP,';
  const rules = new Set(runs.map(({ net }) => net?.rule ?? 'asf'));
  const others = [...rules].filter((rule) => rule !== 'asf').map(wordsOf);
  if (others.length === 0) return paper;
  return `${others.join(', ')}${rules.has('asf') ? ' and' : ', by an implementation of'} ${paper}`;
}

function listOf(sections: readonly Section[]): Html {
  return html`<nav aria-label="contents">
    <details>
      <summary>Contents</summary>
      <ul>
        ${sections.map(({ id, name }) => html`<li><a href="#${id}">${name}</a></li> `)}
      </ul>
    </details>
  </nav> `;
}

async function experimentSection(
  experiment: ExperimentData,
  { id, title, isOnly }: { id: string; title: string; isOnly: boolean },
  draw: DrawFigure,
): Promise<Html> {
  const { name, help, command, summary } = experiment;
  const isMissing = 'missing' in summary;
  const figure = !isMissing && (await figureOf(summary.figure, `${title}: ${help}`, draw));
  const stands = isOpen(experiment);
  const facts = [
    ['digest of the lines', html`<code>${!isMissing && summary.digest}</code>`],
    ['folder', html`<code>${name}</code>`],
  ] as const;
  return html`<section id="${id}">
    <h2>${title}${isMissing && ', unfinished'} <span>${help}</span></h2>
    ${stands && figure}
    <details${isOnly && html` open=""`}>
      <summary>
        ${stands ? 'numbers and command' : isMissing ? 'command' : 'figure, numbers and command'}
      </summary>
      ${commandBlock(command)}
      ${isMissing ? html`<p class="note">${summary.missing}</p>` : html`${factsOf(facts)}${!stands && figure}${summary.content.map(contentOf)}`}
    </details>
  </section> `;
}

/** A figure; the panels of a `concat` are drawn one by one, so that the page arranges them according to its width. */
async function figureOf(figure: Figure, label: string, draw: DrawFigure): Promise<Html> {
  const { concat, padding } = figure;
  if (!Array.isArray(concat))
    return html`<figure class="wide">
      <div class="plot" tabindex="0">${await draw(figure, label)}</div>
    </figure> `;
  const panels: Html[] = [];
  for (const [index, panel] of concat.entries())
    panels.push(await draw({ padding, ...panel }, `${label}, panel ${index + 1} of ${concat.length}`));
  return html`<figure class="panels">
    ${panels.map((panel) => html`<div class="plot">${panel}</div> `)}
  </figure> `;
}

function contentOf(part: SummaryData['content'][number]): Html {
  // The texts have code in backticks, as the terminal shows it.
  if (typeof part === 'string')
    return html`<p>
      ${part.split('`').map((piece, k) => (k % 2 === 1 ? html`<code>${piece}</code>` : piece))}
    </p> `;
  if ('block' in part) return html`<pre class="block" tabindex="0">${part.block.join('\n')}</pre> `;
  return tableOf(part);
}
