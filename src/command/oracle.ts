/** `asf-bp oracle`: `run` computes the right results for another program's network or NIR graph, and `export` writes a vector as text. */
import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { checkOneOf, refuse } from '../errors.ts';
import { writeNpz, type AnyTensor, type Tensor } from '../formats/index.ts';
import { variantText, checkVariant } from '../network/index.ts';
import { oneLine } from '../printable.ts';
import { jsonOfArrays, nameOfFormat, expected } from '../oracle/index.ts';
import { writeAtomic } from './files.ts';
import type { Io } from './io.ts';
import { runGraph } from './nir/runGraph.ts';
import type { CommandWith } from './options/option.ts';
import { oracleOptions as optionTable, type OracleCommand } from './options/oracle.ts';
import { openCase } from './oracle/oracleFiles.ts';
import { exportVector, writeFixedVector } from './oracle/vectors.ts';
import { answer } from './output.ts';

export { optionTable };

export const main: CommandWith<typeof optionTable> = ([action, ...files], options, io) => {
  checkOneOf('oracle', 'ACTION', action, ['run', 'export']);
  if (action === 'export') return exportCommand(files, options, io);
  const { graph } = options;
  if (graph !== undefined) {
    if (files.length > 0) refuse('oracle', 'CASE', 'no file with --graph', files[0]);
    return runGraph({ ...options, graph }, io);
  }
  return answerCommand(files, options, io);
};

function answerCommand([file, ...more]: readonly string[], options: OracleCommand, io: Io): number {
  if (more.length > 0) refuse('oracle', 'CASE', 'one file', `${more.length + 1}`);
  if (file === undefined)
    refuse(
      'oracle',
      'CASE',
      'a file with weights, input spikes and labels, or a model and --inputs, or --graph GRAPH.nir',
      undefined,
    );
  const { precision = 'binary32', gradients, json = false, out } = options;
  if (out === undefined)
    refuse('oracle', '--out', 'a file for the expected arrays, in fixed point a folder', undefined);
  const { arrays, network, names, optimiser, layout, where } = openCase(file, options, 'oracle');
  const named = new Map([...arrays].map(([name, array]) => [names.get(name) ?? name, array] as const));
  const plain = new Map(
    [...named].filter((entry): entry is [string, Tensor] => typeof entry[0] === 'string'),
  );
  const entered = { arrays: plain, network, layout, where };
  const requested = network.variant ?? 'paper';
  const variant = checkVariant(file, requested);
  if (network.layers.length === 1 && variant.output !== 'fires') {
    const firing = { ...(typeof requested === 'string' ? { from: requested } : requested), output: 'fires' };
    const hint = `no layer fires: the only layer is the output; --variant '${JSON.stringify(firing)}' makes it fire`;
    io.stderr.write(`${oneLine(hint)}\n`);
  }
  if (typeof precision === 'object') {
    // Refuses to write case.npz into the folder of the input file, because it could replace this file.
    const isSame = (path: string): boolean => existsSync(path) && realpathSync(path) === realpathSync(file);
    if (isSame(join(out, 'case.npz'))) refuse('oracle', '--out', `another folder than that of ${file}`, out);
    const vector = { out, ...writeFixedVector(entered, precision, out), precision: nameOfFormat(precision) };
    const range = vector.beyond > 0 ? `; ${vector.beyond} numbers lie beyond its range` : '';
    return answer(io, json, vector, [
      `${out}: a vector of ${vector.arrays} arrays of a window, variant ${vector.variant}, in units of 1/${2 ** precision.fraction}, ${vector.precision}${range}`,
    ]);
  }
  const computed = expected({ ...entered, optimiser, precision, gradients });
  const meta = { network, variant, precision, optimiser: optimiser ?? 'adam' };
  const text: AnyTensor = { dtype: 'STR', shape: [], data: [JSON.stringify(meta)] };
  const isJson = out.endsWith('.json');
  writeAtomic(
    out,
    isJson
      ? new TextEncoder().encode(jsonOfArrays(meta, computed, out))
      : writeNpz([['meta', text], ...computed]),
  );
  const facts = { out, arrays: computed.size, variant: variantText(variant), precision };
  return answer(io, json, facts, [
    `${out}: ${computed.size} arrays of one step, variant ${facts.variant}, ${precision}`,
  ]);
}

/** Writes a vector for Verilog or C; returns 0. */
function exportCommand([folder, ...more]: readonly string[], options: OracleCommand, io: Io): number {
  if (folder === undefined || more.length > 0)
    refuse(
      'oracle',
      'CASE',
      'the folder of one vector',
      folder === undefined ? undefined : `${more.length + 1}`,
    );
  const format = checkOneOf('oracle', '--format', options.format, ['hex', 'h']);
  const names = exportVector(folder, format, options.out ?? folder);
  return answer(io, options.json === true, { files: names }, names);
}
