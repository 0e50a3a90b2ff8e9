/**
 * `asf-bp/nir`: import and export of NIR graphs.
 *
 * @module asf-bp/nir
 */
import type { SpikingNetwork } from './network/network.ts';
import type { ExportOptions, NirExport } from './nir/export.ts';

export { importNIR, type ImportOptions } from './nir/import/open.ts';
export type { ExportOptions, NirExport } from './nir/export.ts';
export type { NirConventionName } from '../spec/nirConventions.ts';
export type { NirConventionGiven } from './nir/convention.ts';

/**
 * Exports a network as a NIR graph, which `nir.read` of Python reads.
 *
 * @param net a network with weights
 * @param options the convention of the program that will read the graph, and the length of a step
 * @returns the bytes of a `.nir` file, and the properties that the graph does not contain
 * @throws InputError if the network has no weights, if a neuron leaks but `as` is missing, or if NIR cannot express a
 * property (such as a leaking output)
 */
export async function exportNIR(net: SpikingNetwork, options: ExportOptions = {}): Promise<NirExport> {
  return (await import('./nir/export.ts')).exportNIR(net, options);
}
