import { openChunks } from '../../formats/hdf5Chunks.ts';
import { chainOf, type NirChain } from '../../nir/import/chain.ts';
import { readNirGraph } from '../../nir/import/graph.ts';
import { checkKind } from '../fileKind.ts';
import { readFile } from '../files.ts';

/** Reads the NIR graph of a file. */
export function openChain(path: string, where: string): NirChain {
  const bytes = checkKind(readFile(path, where), ['graph'], where, path);
  return chainOf(readNirGraph(bytes, path, openChunks), path);
}
