/** `asf-bp check TRACE --graph`: whether a simulator's trace follows a convention for a NIR graph. */
import { openChunks } from '../../formats/hdf5Chunks.ts';
import { chainOf } from '../../nir/chain.ts';
import { allFollow, checkSamples, type NirReport } from '../../nir/check.ts';
import { isDecided } from '../../nir/follow.ts';
import type { NamedConvention } from '../../nir/convention.ts';
import { readNirGraph } from '../../nir/graph.ts';
import { dtOf } from '../../nir/run.ts';
import type { Exchange } from '../../nir/samples.ts';
import { readTraces } from '../../nir/trace.ts';
import { refuse } from '../../errors.ts';
import { checkKind } from '../fileKind.ts';
import { readFile } from '../files.ts';
import type { Io } from '../io.ts';
import { judged } from '../paint.ts';
import { CheckProgress } from '../oracle/checkProgress.ts';
import { quoted } from '../shell.ts';
import { refuseNoConvention } from './noConvention.ts';

export interface TraceOptions {
  readonly graph?: string;
  readonly as?: NamedConvention;
  readonly dt?: number;
  readonly input?: string;
  readonly json?: boolean;
}

/** Exit codes: 0 agrees, 1 differs, 3 undecided. */
const codes = { agrees: 0, differs: 1, undecided: 3 } as const;

/** Checks each trace and returns the exit code; among several, a difference comes before an undecided trace. */
export function checkTraces(
  paths: readonly string[],
  options: TraceOptions & { readonly graph: string },
  io: Io,
): number {
  const where = 'check';
  const { as } = options;
  if (!as) refuseNoConvention(where, 'trace');
  if (paths.length === 0) refuse(where, 'FILE', '.npz, .npy or .csv files of traces', undefined);
  const bytes = checkKind(readFile(options.graph, where), ['graph'], where, options.graph);
  const chain = chainOf(readNirGraph(bytes, options.graph, openChunks), options.graph);
  const input = options.input === undefined ? undefined : readFile(options.input, where);
  const asked = { convention: as, ...(options.dt !== undefined && { dt: options.dt }) };
  const timing = { convention: as, dt: dtOf(chain, asked, where, '--dt') };
  const found = paths.map((path) => {
    const trace = checkKind(readFile(path, where), ['zip', 'array', 'table'], where, path);
    const read = readTraces(trace, chain, path, input);
    const progress = new CheckProgress(io.stderr, options.json === true);
    const tell = (node: string, done: number, of: number): void => progress.tell('diagnosed', node, done, of);
    const alone = checkSamples(chain, read, timing, where, { tell });
    progress.clear();
    const exchange = (['axes', 'input', 'all'] as const).find(
      (taken) =>
        read.length > 1 &&
        alone.differs?.explains.length === 0 &&
        allFollow(chain, readTraces(trace, chain, path, input, taken), timing, timing.dt),
    );
    const report: NirReport = exchange ? withExchange(alone, exchange) : alone;
    const text = options.json
      ? JSON.stringify({ file: path, ...report })
      : judged(linesOf(path, report, timing, read[0].records.size).join('\n'));
    io.stdout.write(`${text}\n`);
    return codes[report.verdict];
  });
  return found.includes(1) ? 1 : Math.max(...found);
}

/** The report of samples that follow the convention once samples and steps are exchanged. */
function withExchange(report: NirReport, exchange: Exchange): NirReport {
  const what = {
    none: '',
    axes: 'the file has (steps, samples)',
    input: 'its input was read in one piece, (samples, steps) as (steps, samples)',
    all: 'all its arrays were read in one piece, (samples, steps) as (steps, samples)',
  };
  const says = `samples and steps exchanged: ${what[exchange]}`;
  const { differs } = report;
  return {
    ...report,
    ...(differs && { differs: { ...differs, explains: [{ id: 'samples=exchanged', says }] } }),
  };
}

function linesOf(
  path: string,
  report: NirReport,
  { convention, dt }: { convention: NamedConvention; dt: number },
  layerCount: number,
): string[] {
  const { verdict, layers, differs, exchanged, alsoAgree, samples, sample } = report;
  const of =
    samples === undefined
      ? ''
      : sample === undefined
        ? `, ${samples} samples`
        : `, sample ${sample} of ${samples}`;
  const lines = [`${path}: ${verdict}, as ${convention.name}, steps of ${dt}${of}`];
  for (const name of exchanged)
    lines.push(`  ${name}: samples and steps exchanged: the file has (neurons, steps)`);
  for (const { node, compared, spikes, undecided, unit, first } of layers) {
    if (first) continue;
    const left = undecided > 0 ? `; ${undecided} decisions that rounding leaves open` : '';
    const scaled = unit === 1 ? '' : `; potentials in units of 1/${Number(unit.toPrecision(6))}`;
    lines.push(`  ${node}: ${compared} numbers agree, ${spikes} spikes${left}${scaled}`);
  }
  if (differs?.first) {
    const { what, step, neuron, expected, got, potential, threshold } = differs.first;
    const short = (value: number): string => String(Number(value.toPrecision(9)));
    lines.push(
      `  ${differs.node}: first in step ${step}, neuron ${neuron}: ${what} expected ${short(expected)}, got ${short(got)} (potential ${short(potential)}, threshold ${short(threshold)})`,
    );
    const all = layerCount > 1 ? differs.node : 'it';
    for (const { id, says } of differs.explains) lines.push(`  explains all of ${all}: ${says} (${id})`);
    const as = differs.agreesWith;
    if (as !== undefined)
      lines.push(
        `  so it agrees with --as ${typeof as === 'string' ? as : quoted(JSON.stringify(as))} --dt ${dt}`,
      );
    else if (layerCount > 1 && differs.explains.some((each) => each.as !== undefined))
      lines.push(`  no such convention makes all layers agree: each layer may have a cause of its own`);
    if (differs.isSilent) lines.push('  it is silent, which any convention that does not fire would explain');
    else if (differs.explains.length === 0) lines.push(`  nothing that is known explains all of ${all}`);
    if (differs.isCutShort)
      lines.push(
        '  not all pairs of choices were tried, which would take long: give fewer steps of the trace',
      );
  }
  if (verdict === 'undecided')
    lines.push(
      layers.every(isDecided)
        ? '  it is silent: any convention would agree'
        : `  rounding leaves too much open: potentials grow without end; is ${dt} the step, in the unit of the graph's time constants?`,
    );
  else if (alsoAgree.length > 0) lines.push(`  the trace does not tell it from ${alsoAgree.join(', ')}`);
  return lines;
}
