/** NIR graphs, for the command. Programs import `asf-bp/nir`, which is `src/nir.ts`. */
export { type NamedConvention, checkStep, parseConvention, parseConventions } from './convention.ts';
export { exportNetwork } from './export.ts';
export { type NirChain, chainOf } from './import/chain.ts';
export { readNirGraph } from './import/graph.ts';
export { importChain } from './import/import.ts';
export { dtOf } from './run.ts';
