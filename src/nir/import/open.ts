/**
 * Opens a NIR graph for a program. The command does not use this module, because the module always includes the code that reads
 * chunks.
 */
import { ranges } from '../../../spec/random.ts';
import { checkRecord, checkWhole } from '../../errors.ts';
import type { AnyBytes } from '../../formats/bytes.ts';
import { readHdf5 } from '../../formats/hdf5.ts';
import type { SpikingNetwork } from '../../network/network.ts';
import { checkConvention, checkStep, type NirConventionGiven } from '../convention.ts';
import { dtOf } from '../run.ts';
import { chainOf } from './chain.ts';
import { nodesOf } from './graph.ts';
import { importChain } from './import.ts';
import type { NirNode } from './node.ts';

/** Options of {@link importNIR}. */
export interface ImportOptions {
  /** The choices that NIR leaves open: the name of a simulator, or `{ from, … }` with the differences from one. */
  readonly as: NirConventionGiven;
  /** Length of a step, in the unit of the graph's time constants: above 0. Default: that of the convention. */
  readonly dt?: number;
  /** T, in steps: 1 … 65535. Default 100. */
  readonly timeWindow?: number;
}

/**
 * Imports a NIR graph as a network, whose input is frames of spikes or counts, T × (C,H,W).
 *
 * @param bytes a `.nir` file; do not change it before the promise settles
 * @param options the convention of the simulator, the length of a step, and the window T in steps
 * @param where name of the file in error messages
 * @returns a network with weights, for `predict` and `session`
 * @throws InputError if the file is not a NIR graph, or no layer corresponds to a node; the message names the node
 * @example
 * ```ts
 * import { exportNIR, importNIR } from 'asf-bp/nir';
 * import { tiny } from 'asf-bp/models/tiny';
 * const { bytes } = await exportNIR(tiny());
 * const net = await importNIR(bytes, { as: 'norse', timeWindow: 16 });
 * console.log(net.plan.layers.length); // 5
 * ```
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
  const chain = chainOf(await readGraph(bytes, where), where);
  const step = dtOf(chain, { convention, dt }, where);
  return importChain(chain, convention, step, timeWindow, where);
}

/** Reads the nodes of a file. The code for chunks is loaded only if needed. Without it, a cold start takes half the time. */
async function readGraph(bytes: AnyBytes, where: string): Promise<NirNode[]> {
  let hasChunks = false;
  const file = readHdf5(bytes, where, () => {
    hasChunks = true;
    return () => new Uint8Array(0);
  });
  if (!hasChunks) return nodesOf(file, where);
  const { openChunks } = await import('../../formats/hdf5Chunks.ts');
  return nodesOf(readHdf5(bytes, where, openChunks), where);
}
