/** A vector's folder → memory files for `$readmemh`, or a C header. */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { refuse } from '../../errors.ts';
import { parseJsonBytes } from '../../formats/json.ts';
import { numbersOf, type Tensor } from '../../formats/tensor.ts';
import { checkVariant } from '../../network/check.ts';
import { headerText, memoryFiles, readSupplied, type Manifest } from '../../oracle/files/index.ts';
import { readFile, writeAtomic } from '../files.ts';

const whereVectorsLie =
  'vectors lie in spec/vectors of a clone, and packed in dist/vectors.zip of the package; `asf-bp oracle run --precision fixed-…` makes others';

/** Writes the files and returns their paths. */
export function exportVector(folder: string, format: 'hex' | 'h', out: string): string[] {
  const [about, file] = ['manifest.json', 'case.npz'].map((name) => join(folder, name));
  const expected = 'the folder of a vector, with a manifest.json';
  if (!existsSync(about)) refuse('oracle', folder, expected, undefined, whereVectorsLie);
  const manifest = parseJsonBytes(readFile(about, 'oracle'), about) as Manifest; // its `id` is checked next
  if (typeof manifest?.id !== 'string') refuse('oracle', about, 'the manifest of a vector', manifest?.id);
  const { arrays } = readSupplied(readFile(file, 'oracle'), file);
  const values = new Map([...arrays].map(([key, array]) => [key, numbersOf((array as Tensor).data)])); // a vector has no texts
  const header = { ...manifest, variant: checkVariant(about, manifest.variant) };
  const files =
    format === 'hex' ? memoryFiles(manifest, values) : new Map([['case.h', headerText(header, values)]]);
  mkdirSync(out, { recursive: true });
  return [...files].map(([name, content]) => {
    const path = join(out, name);
    writeAtomic(path, new TextEncoder().encode(content));
    return path;
  });
}
