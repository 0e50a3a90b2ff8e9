/** `asf-bp report`: one HTML page from the runs and experiments in a folder. */
import { basename, dirname, join, resolve } from 'node:path';
import { refuse } from '../errors.ts';
import { version } from '../version.ts';
import { isFolder, prepareFolder, writeAtomic } from './files.ts';
import { entriesIn } from './run/kept.ts';
import { openExperiment, openFile, openFolder } from './report/parts.ts';
import { everywhere, type CommandWith } from './options/option.ts';
import { ProgressLine } from './output.ts';
import { bestEpoch, type ExperimentData, type RunData } from './report/page/data.ts';
import { buildPage } from './report/page/page.ts';

const where = 'report';

export const optionTable = {
  out: { value: 'FILE.html', help: 'file for the page', byDefault: 'DIR/report.html' },
  root: {
    value: 'DIR',
    help: 'folder that contains the models and data of the runs',
    byDefault: 'DIR of the report',
  },
  ...everywhere,
};

export const main: CommandWith<typeof optionTable> = async ([folder], options, io) => {
  const entries = entriesIn(folder, where);
  const { out = join(folder, 'report.html'), root = folder, json = false } = options;
  if (!isFolder(root)) refuse(where, '--root', 'a folder', root);
  if (isFolder(out)) refuse(where, '--out', 'a file', `${out}, a folder`);
  prepareFolder(dirname(out), 0, where);

  // The progress counts each part twice: for reading and for drawing.
  const line = new ProgressLine(io.stderr, json);
  let done = 0;
  const onEntry = (name: string): void => line.show(where, ++done, 2 * entries.length, [name]);
  const runs: RunData[] = [];
  const experiments: ExperimentData[] = [];
  try {
    for (const each of entries) {
      if (each.kind === 'experiment') experiments.push(openExperiment(each, where));
      else runs.push(await (each.kind === 'file' ? openFile : openFolder)(each, where, root));
      onEntry(each.name);
    }
    const { drawFigure } = await import('./draw/figure.ts');
    const data = { title: basename(resolve(folder)), version, runs, experiments };
    writeAtomic(out, Buffer.from(await buildPage(data, drawFigure, onEntry)));
  } finally {
    line.clear();
  }
  const facts = [
    ...runs.map(({ name, command, digest, accuracy = null, epochs, planned, paper }) => {
      const best = bestEpoch(epochs);
      return {
        name,
        command: typeof command === 'string' ? command : null,
        // An unfinished run has no final digest.
        digest: planned === undefined ? digest : null,
        accuracy,
        best: best ? { epoch: best.epoch, accuracy: best.accuracy } : null,
        paper: paper ? { table: paper.table, ...paper.row } : null,
      };
    }),
    ...experiments.map(({ name, command, summary }) => {
      return { name, command, digest: 'missing' in summary ? null : summary.digest };
    }),
  ];
  const lines = json
    ? facts.map((each) => JSON.stringify(each))
    : [out, ...(io.stdout.isTTY ? ['open it in a browser: it loads nothing from elsewhere'] : [])];
  io.stdout.write(lines.map((each) => `${each}\n`).join(''));
  return 0;
};
