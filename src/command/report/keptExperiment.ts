/** Reads a folder of `experiment` as a part of a page. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ranges } from '../../../spec/random.ts';
import { variants } from '../../../spec/variant.ts';
import { checkOneOf, checkWhole, InputError, refuse, show } from '../../errors.ts';
import { sizes, type ExperimentSettings } from '../../experiment/experiment.ts';
import { experiments } from '../../experiment/experiments.ts';
import { parseJsonBytes } from '../../formats/json.ts';
import { checkRecord } from '../../network/check.ts';
import { reportOf, settingsName } from '../experiment.ts';
import { readFile } from '../files.ts';
import type { Kept } from './kept.ts';
import type { ExperimentPart, KeptReport } from './page/data.ts';
import { keysOf } from '../../keysOf.ts';

export function openExperiment({ name: folderName, path: folder }: Kept, where: string): ExperimentPart {
  const { name, settings } = readSettings(join(folder, settingsName), where);
  const { size, seed, variant } = settings;
  const command = `asf-bp experiment ${name} --size ${size} --seed ${seed}`;
  const isDone = existsSync(join(folder, `${name}.jsonl`));
  return {
    name: folderName,
    experiment: name,
    help: experiments[name].help,
    command: variant === 'authors' ? command : `${command} --variant ${variant}`,
    report: isDone
      ? readReport(folder, where)
      : { missing: 'The experiment was not carried out to its end; its command goes on.' },
  };
}

function readSettings(path: string, where: string): { name: string; settings: ExperimentSettings } {
  const at = `${where}: ${path}`;
  const given = parseJsonBytes(readFile(path, where), at);
  const { experiment, size, seed, variant } = checkRecord(at, 'settings', given, [
    'experiment',
    'size',
    'seed',
    'variant',
  ]);
  return {
    name: checkOneOf(at, 'experiment', experiment, Object.keys(experiments)),
    settings: {
      size: checkOneOf(at, 'size', size, sizes),
      seed: checkWhole(at, 'seed', seed, 0, ranges.seed),
      variant: checkOneOf(at, 'variant', variant, keysOf(variants)),
    },
  };
}

/** Makes the report again, from the results of the parts. */
function readReport(folder: string, where: string): KeptReport {
  try {
    const { lines, content, figure } = reportOf(folder).report;
    const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
    return { digest: createHash('sha256').update(text).digest('hex'), content, figure };
  } catch (cause) {
    if (cause instanceof InputError)
      throw new InputError(`${where}: ${cause.message.replace(/^experiment: /, '')}`, { cause });
    // The parts are JSON, but not that of the experiment.
    refuse(where, `${folder}/parts`, 'results of this experiment', show((cause as Error).message));
  }
}
