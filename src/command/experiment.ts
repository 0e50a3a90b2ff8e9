/** `asf-bp experiment`: a table or figure of the paper, run again, as JSON lines and a figure in a folder. */
import { join } from 'node:path';
import { checkOneOf } from '../errors.ts';
import type { Size } from '../experiment/experiment.ts';
import { experiments } from '../experiment/experiments.ts';
import { prepareFolder, writeAtomic } from './files.ts';
import { duration } from './output.ts';

const where = 'experiment';

export interface ExperimentCommand {
  readonly size?: Size;
  readonly seed?: number;
  readonly out?: string;
  readonly json?: boolean;
}

/** Runs the command and returns 0. */
export async function experimentCommand(
  given: string | undefined,
  options: ExperimentCommand,
): Promise<number> {
  const name = checkOneOf(where, 'NAME', given, Object.keys(experiments));
  const { size = 'small', seed = 1 } = options;
  // What an experiment gives follows from these three: the same folder, the same bytes.
  const out = options.out ?? join('results', `${name}-${size}-${seed}`);
  prepareFolder(out, 0, where);

  const seconds = experiments[name].estimate({ size, seed });
  if (seconds >= 2) process.stderr.write(`${name}, size ${size}: about ${duration(seconds)}\n`);
  const { lines, text, figure } = await experiments[name].run({ size, seed });

  const json = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  const { drawFigure } = await import('./figure.ts');
  const files = { [`${name}.jsonl`]: json, [`${name}.svg`]: await drawFigure(figure) };
  for (const [file, content] of Object.entries(files)) writeAtomic(join(out, file), Buffer.from(content));
  if (options.json) {
    process.stdout.write(json);
    return 0;
  }
  const paths = Object.keys(files).map((file) => join(out, file));
  process.stdout.write(`${text}\n\n${paths.join('\n')}\n`);
  return 0;
}
