/** `asf-bp/nir`: import and export of NIR graphs. */
export { importNIR, type ImportOptions } from './import.ts';
export { exportNIR, type ExportOptions, type NirExport } from './export.ts';
export type { NirConventionName } from '../../spec/nirConventions.ts';
export type { NirConventionGiven } from './convention.ts';
