/** `asf-bp check`: whether somebody's arrays of a training step are right, and where they first are not. */
import { InputError } from '../errors.ts';
import type { Layout } from '../oracle/files/layout.ts';
import { check, type Report } from '../oracle/oracle.ts';
import { keyTable, reportLines } from './checkReport.ts';
import { listFiles, openCase, type CaseOptions } from './oracleFiles.ts';

export interface CheckCommand extends CaseOptions {
  readonly layout?: Layout['maps'];
  readonly weights?: Layout['weights'];
  readonly gradients?: 'sample' | 'batch';
  readonly free?: boolean;
  readonly listKeys?: boolean;
  readonly json?: boolean;
}

/** Runs the command and returns 0 where all agrees, 1 where something differs. */
export async function checkCommand(paths: readonly string[], options: CheckCommand): Promise<number> {
  if (options.listKeys) {
    process.stdout.write(`${keyTable()}\n`);
    return 0;
  }
  const files = listFiles(
    paths.filter((path) => path !== undefined),
    'check',
  );
  if (files.length === 0)
    throw new InputError(
      'check: "FILE" expected .npz, .safetensors or .json files, or a folder, got nothing; --list-keys names the arrays',
    );
  let agree = true;
  for (const file of files) {
    const report = checkFile(file, options);
    agree &&= report.agrees;
    const text = options.json ? JSON.stringify({ file, ...report }) : reportLines(file, report).join('\n');
    process.stdout.write(`${text}\n`);
  }
  return agree ? 0 : 1;
}

function checkFile(file: string, options: CheckCommand): Report {
  const { arrays, network, names, optimiser } = openCase(file, options, 'check');
  return check({
    arrays,
    network,
    names,
    optimiser,
    layout: {
      ...(options.layout && { maps: options.layout }),
      ...(options.weights && { weights: options.weights }),
    },
    gradients: options.gradients,
    free: options.free === true,
    where: file,
  });
}
