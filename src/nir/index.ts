/**
 * `asf-bp/nir`: import and export of NIR graphs.
 *
 * @module asf-bp/nir
 */
import type { SpikingNetwork } from '../network/network.ts';
import type { ExportOptions, NirExport } from './export.ts';

export { importNIR, type ImportOptions } from './import/import.ts';
export type { ExportOptions, NirExport } from './export.ts';
export type { NirConventionName } from '../../spec/nirConventions.ts';
export type { NirConventionGiven } from './convention.ts';

/**
 * The bytes of a `.nir` file, readable by `nir.read`. What writes them is loaded when it is called.
 *
 * @throws InputError if the network has no weights, its output leaks, or a neuron leaks and `as` is missing
 */
export async function exportNIR(net: SpikingNetwork, options: ExportOptions = {}): Promise<NirExport> {
  return (await import('./export.ts')).exportNIR(net, options);
}
