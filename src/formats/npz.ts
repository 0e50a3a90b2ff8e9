import { refuse, show } from '../errors.ts';
import { readNpy, writeNpy } from './npy.ts';
import type { AnyTensor } from './tensor.ts';
import { listZip, readZipEntry } from './zip.ts';
import { writeZip } from './zipWriter.ts';

/**
 * Reads an .npz file, a zip archive of .npy files, into arrays by name (without `.npy`), in the archive's order.
 *
 * @throws InputError when the archive or an array is damaged, and for what {@link readNpy} and {@link listZip} refuse.
 */
export function readNpz(bytes: Uint8Array, where: string): Map<string, AnyTensor> {
  const arrays = new Map<string, AnyTensor>();
  for (const entry of listZip(bytes, where)) {
    if (!entry.name.endsWith('.npy'))
      refuse(where, '.npz file', 'only files whose names end in .npy', entry.name);
    const at = `${where}(${show(entry.name)})`;
    arrays.set(entry.name.slice(0, -4), readNpy(readZipEntry(bytes, entry, at), at));
  }
  return arrays;
}

/**
 * Writes an .npz file that NumPy reads: the same arrays in the same order give the same bytes.
 *
 * @param options.compress Whether to deflate (true unless said otherwise).
 * @throws InputError for what {@link writeNpy} and {@link writeZip} refuse.
 */
export function writeNpz(
  arrays: Iterable<readonly [string, AnyTensor]>,
  { compress = true }: { readonly compress?: boolean } = {},
): Uint8Array {
  return writeZip(files(), compress);

  function* files(): Generator<readonly [string, Uint8Array]> {
    for (const [name, array] of arrays) yield [`${name}.npy`, writeNpy(array, `writeNpz(${show(name)})`)];
  }
}
