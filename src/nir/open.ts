/** Opens graphs in programs, where what reads chunks and gzip is loaded when a graph has them; the command has it. */
import { ranges } from '../../spec/random.ts';
import { checkWhole } from '../errors.ts';
import type { AnyBytes } from '../formats/bytes.ts';
import { checkRecord } from '../network/check.ts';
import type { SpikingNetwork } from '../network/network.ts';
import { chainOf } from './chain.ts';
import { checkConvention, checkStep, type NirConventionGiven } from './convention.ts';
import { readNirGraph } from './graph.ts';
import { importChain } from './import.ts';
import type { NirNode } from './node.ts';
import { dtOf } from './run.ts';

export interface ImportOptions {
  /** The choices that NIR leaves open: the name of a simulator, or a record with a name and the differences. */
  readonly as: NirConventionGiven;
  /** Length of a step, in the unit of the graph's time constants: above 0. Default: the convention's own. */
  readonly dt?: number;
  /** T, in steps: 1 … 65535. Default 100. */
  readonly timeWindow?: number;
}

/**
 * The network of a `.nir` file. Its input is frames of spikes or counts, T × (C,H,W). What reads
 * chunks and gzip is loaded where a file has them, and the bytes must stay as they are until then.
 *
 * @throws InputError if the file is not a NIR graph, or if no layer corresponds to one of its nodes, which is named
 */
export async function importNIR(
  bytes: AnyBytes,
  options: ImportOptions,
  where = 'importNIR',
): Promise<SpikingNetwork> {
  checkRecord(where, 'options', options, ['as', 'dt', 'timeWindow']);
  const { as, dt, timeWindow = 100 } = options;
  const convention = checkConvention(where, as);
  if (dt !== undefined) checkStep(where, 'dt', dt);
  checkWhole(where, 'timeWindow', timeWindow, 1, ranges.T);
  const chain = chainOf(await openNirGraph(bytes, where), where);
  const step = dtOf(chain, { convention, ...(dt !== undefined && { dt }) }, where);
  return importChain(chain, convention, step, timeWindow, where);
}

/** Thrown where a tensor lies in chunks. */
const inChunks = new Error();

/** As {@link readNirGraph}; what opens tensors in chunks is loaded where a file has them. */
async function openNirGraph(bytes: AnyBytes, where: string): Promise<NirNode[]> {
  try {
    return readNirGraph(bytes, where, () => {
      throw inChunks;
    });
  } catch (error) {
    if (error !== inChunks) throw error;
    return readNirGraph(bytes, where, (await import('../formats/hdf5Chunks.ts')).openChunks);
  }
}
