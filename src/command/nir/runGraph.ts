/** `asf-bp oracle run --graph`: runs a NIR graph under the conventions of simulators. */
import { isSingle, total } from '../../engine/index.ts';
import { refuse } from '../../errors.ts';
import { writeNpz, type Tensor } from '../../formats/index.ts';
import type { NirChain } from '../../nir/index.ts';
import { partingOf, type NirLayerReport, drawInput, readInput, simulate } from '../../oracle/index.ts';
import { defaults } from '../../train/index.ts';
import { checkKind } from '../fileKind.ts';
import { readFile, writeAtomic } from '../files.ts';
import type { Io } from '../io.ts';
import type { OracleCommand } from '../options/oracle.ts';
import { answer } from '../output.ts';
import { short } from './checkTrace.ts';
import { openChain, refuseNoConvention, timingOf } from './graphs.ts';

const where = 'oracle';

/**
 * Writes the trace of the first convention to `--out`, if present, and reports where the traces of the other conventions first
 * differ from it. Returns 0.
 */
export function runGraph(options: OracleCommand & { readonly graph: string }, io: Io): number {
  const { graph, as, dt, out } = options;
  if (!as) refuseNoConvention(where, 'graph');
  if (out === undefined ? as.length === 1 : !out.endsWith('.npz'))
    refuse(where, '--out', 'a file .npz for the trace', out);
  const chain = openChain(graph, where);
  const input = inputOf(chain, options);
  const runs = as.map((convention) => {
    const timing = timingOf(chain, convention, dt, where);
    return { ...timing, traces: simulate(chain, input, timing, where) };
  });
  const [first, ...others] = runs;
  const tensors = [...first.traces.arrays].map(
    ([key, data]) => [key, tensorOf(data, first.traces.T)] as const,
  );
  if (out !== undefined) writeAtomic(out, writeNpz(tensors));
  const facts = {
    ...(out !== undefined && { out }),
    steps: first.traces.T,
    runs: runs.map(({ convention, dt: step, traces }) => {
      const spikes = chain.layers.map(({ node: { name } }) => {
        const sent = traces.arrays.get(`${name}.spikes`) ?? [];
        return [name, total(sent, (count) => count)] as const;
      });
      return { as: convention.name, dt: step, spikes: Object.fromEntries(spikes) };
    }),
    parts: others.map(({ convention, traces }) => ({
      as: convention.name,
      from: first.convention.name,
      ...partingOf(chain, traces, first),
    })),
  };
  const lines = [
    `${out === undefined ? '' : `${out}: `}${facts.steps} steps of ${options.input ?? 'random spikes (--input FILE uses your own)'}`,
    ...facts.runs.map((run) => {
      const spikes = Object.entries(run.spikes).map(([node, count]) => `${count} at node ${node}`);
      return `as ${run.as}, steps of ${run.dt}, spikes: ${spikes.join(', ')}`;
    }),
    ...facts.parts.map(partText),
  ];
  return answer(io, options.json === true, facts, lines);
}

function partText({ as, from, node, first }: { as: string; from: string } & Partial<NirLayerReport>): string {
  if (!first) return `${as} does what ${from} does, except for rounding`;
  const { what, step, neuron, expected, got, potential, threshold } = first;
  const compared = what === 'spikes' ? ` (potential ${short(potential)}, threshold ${short(threshold)})` : '';
  const values = `${what} ${short(got)}, with ${from} ${short(expected)}${compared}`;
  const same = what === 'potential' ? 'sends the same spikes, but ' : '';
  return `${as} ${same}first differs from ${from} at node ${node}, step ${step}, neuron ${neuron}: ${values}`;
}

/** Reads the input from a file, or draws random spikes if there is no file. */
function inputOf(chain: NirChain, { input, window, seed }: OracleCommand): Float64Array {
  if (input === undefined) return drawInput(chain, window ?? 100, seed ?? defaults.seed, where);
  for (const [flag, value] of Object.entries({ '--window': window, '--seed': seed }))
    if (value !== undefined) refuse(where, flag, 'nothing beside --input, which has its own steps', value);
  return readInput(checkKind(readFile(input, where), ['array', 'zip', 'table'], where, input), chain, input);
}

/** A tensor in binary32 if binary32 represents all numbers exactly, else in binary64. */
function tensorOf(data: Float64Array, T: number): Tensor {
  const shape = [T, data.length / T];
  return data.every(isSingle)
    ? { dtype: 'F32', shape, data: Float32Array.from(data) }
    : { dtype: 'F64', shape, data };
}
