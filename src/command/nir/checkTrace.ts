/** `asf-bp check TRACE --graph`: checks whether a simulator's trace follows a convention for a NIR graph. */
import type { NamedConvention } from '../../nir/index.ts';
import {
  checkTraces as check,
  type NirReport,
  readTraces,
  type Exchange,
  type Verdict,
} from '../../oracle/index.ts';
import { refuse } from '../../errors.ts';
import { checkKind } from '../fileKind.ts';
import { readFile } from '../files.ts';
import { type Io, judged } from '../io.ts';
import { withProgress } from '../oracle/checkReport.ts';
import type { CheckCommand } from '../options/oracle.ts';
import { quoted } from '../shell.ts';
import { openChain, refuseNoConvention, timingOf } from './graphs.ts';

/** Checks and reports each trace. */
export function checkTraces(
  paths: readonly string[],
  options: CheckCommand & { readonly graph: string },
  io: Io,
): Verdict[] {
  const where = 'check';
  const { as, dt } = options;
  if (!as) refuseNoConvention(where, 'trace');
  if (paths.length === 0) refuse(where, 'FILE', '.npz, .npy or .csv files of traces', undefined);
  const chain = openChain(options.graph, where);
  const input = options.input === undefined ? undefined : readFile(options.input, where);
  const timing = timingOf(chain, as, dt, where);
  return paths.map((path) => {
    const bytesOf = checkKind(readFile(path, where), ['zip', 'array', 'table'], where, path);
    const read = (exchange?: Exchange) => readTraces(bytesOf, chain, path, input, exchange);
    const report = withProgress(io, options.json === true, (tell) =>
      check(chain, read(), timing, where, { tell, read }),
    );
    const text = options.json
      ? JSON.stringify({ file: path, ...report })
      : judged(linesOf(path, report, timing).join('\n'));
    io.stdout.write(`${text}\n`);
    return report.verdict;
  });
}

export const short = (value: number, count = 9): string => String(Number(value.toPrecision(count)));

function linesOf(
  path: string,
  { verdict, layers, differs, exchanged, otherStep, alsoAgree, samples, sample }: NirReport,
  { convention, dt }: { convention: NamedConvention; dt: number },
): string[] {
  const which = sample === undefined ? `${samples} samples` : `sample ${sample} of ${samples}`;
  const lines = [`${path}: ${verdict}, as ${convention.name}, steps of ${dt}${samples ? `, ${which}` : ''}`];
  for (const name of exchanged)
    lines.push(`  ${name}: steps and neurons are exchanged: the file has (neurons, steps)`);
  for (const { node, compared, spikes, undecided, unit, first, needs } of layers) {
    if (first && node !== differs?.node)
      lines.push(`  ${node}: differs from step ${first.step} on, neuron ${first.neuron}`);
    if (first) continue;
    const left = undecided > 0 ? `; ${undecided} numbers that rounding leaves open` : '';
    const scaled = unit === 1 ? '' : `; potentials in units of 1/${short(unit, 6)}`;
    if (needs === undefined)
      lines.push(`  ${node}: ${compared} numbers agree, ${spikes} spikes${left}${scaled}`);
    else lines.push(`  ${node}: undecided: record ${needs}, which nothing else decides`);
  }
  if (differs?.first) {
    const { what, step, neuron, expected, got, potential, threshold } = differs.first;
    const all = layers.length > 1 ? differs.node : 'it';
    lines.push(
      `  ${differs.node}: first in step ${step}, neuron ${neuron}: ${what} expected ${short(expected)}, got ${short(got)} (potential ${short(potential)}, threshold ${short(threshold)})`,
    );
    for (const { id, says } of differs.explains) lines.push(`  explains all of ${all}: ${says} (${id})`);
    const as = differs.agreesWith;
    if (as !== undefined)
      lines.push(
        `  so it agrees with --as ${typeof as === 'string' ? as : quoted(JSON.stringify(as))} --dt ${dt}`,
      );
    else if (layers.length > 1 && differs.explains.some((each) => each.as !== undefined))
      lines.push(`  no such convention makes all layers agree: each layer may have a cause of its own`);
    if (differs.isSilent) lines.push('  it is silent, which any convention that does not fire would explain');
    else if (differs.explains.length === 0 && !otherStep)
      lines.push(`  no known mistake explains all of ${all}`);
    if (differs.description !== undefined) lines.push(`  ${differs.description}`);
    if (differs.isCutShort)
      lines.push(
        '  not all pairs of choices were tried, which would take long: supply fewer steps of the trace',
      );
  }
  if (verdict === 'undecided' && layers.every(({ undecided, spikes }) => undecided === 0 && spikes === 0))
    lines.push('  it is silent: any convention would agree');
  else if (verdict === 'undecided' && layers.every(({ needs }) => needs === undefined))
    lines.push(
      `  rounding leaves too much open; if potentials grow without end: is ${dt} the step, in the unit of the graph's time constants?`,
    );
  if (otherStep) {
    const { as = convention.name } = otherStep;
    const text = quoted(typeof as === 'string' ? as : JSON.stringify(as));
    lines.push(`  so it agrees with --as ${text} --dt ${otherStep.dt}`);
  }
  if (alsoAgree.length > 0) lines.push(`  the trace does not tell it from ${alsoAgree.join(', ')}`);
  return lines;
}
