/** Opens graphs for the commands on NIR graphs, and refuses a missing convention. */
import { nirConventions } from '../../../spec/nirConventions.ts';
import { refuse } from '../../errors.ts';
import { openChunks } from '../../formats/index.ts';
import { chainOf, dtOf, type NamedConvention, type NirChain, readNirGraph } from '../../nir/index.ts';
import { checkKind } from '../fileKind.ts';
import { readFile } from '../files.ts';

export function openChain(path: string, where: string): NirChain {
  const bytes = checkKind(readFile(path, where), ['graph'], where, path);
  return chainOf(readNirGraph(bytes, path, openChunks), path);
}

/** The convention and its dt, which `--dt` may replace. */
export function timingOf(
  chain: NirChain,
  convention: NamedConvention,
  dt: number | undefined,
  where: string,
): { convention: NamedConvention; dt: number } {
  return { convention, dt: dtOf(chain, { convention, dt }, where, '--dt') };
}

export function refuseNoConvention(where: string, what: string): never {
  const names = Object.keys(nirConventions).join(', ');
  const expected = `a convention for the ${what}: ${names}, or JSON`;
  refuse(where, '--as', expected, undefined, 'docs/nir.md describes them');
}
