/** A vector's folder → memory files for `$readmemh`, or a C header. */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { refuse } from '../../errors.ts';
import { parseJson } from '../../formats/json.ts';
import type { Tensor } from '../../formats/tensor.ts';
import { checkVariant } from '../../network/check.ts';
import { readSupplied } from '../../oracle/files/supplied.ts';
import { headerText, memoryFiles, type HeaderSettings } from '../../oracle/files/vectorTexts.ts';
import type { Values } from '../../oracle/interval.ts';
import { readFile, writeAtomic } from '../files.ts';

interface Manifest {
  readonly id: string;
  readonly precision: 'binary32' | 'fixed';
  readonly network: HeaderSettings['description'];
  readonly variant: HeaderSettings['variant'];
  readonly samples: number;
  readonly fixed?: { readonly width: number; readonly fraction: number };
  readonly constants?: NonNullable<HeaderSettings['fixed']>['constants'];
  readonly inputs: Readonly<Record<string, { readonly bits?: number }>>;
  readonly expected: Readonly<Record<string, { readonly bits?: number }>>;
}

const whereVectorsLie =
  'vectors lie in spec/vectors of a clone, and packed in dist/vectors.zip of the package; `asf-bp oracle run --precision fixed-…` makes others';

/** Writes the files and returns their paths. */
export function exportVector(folder: string, format: 'hex' | 'h', out: string): string[] {
  const [manifestFile, arraysFile] = ['manifest.json', 'case.npz'].map((name) => join(folder, name));
  if (!existsSync(manifestFile))
    refuse('oracle', folder, 'the folder of a vector, with a manifest.json', undefined, whereVectorsLie);
  const text = new TextDecoder().decode(readFile(manifestFile, 'oracle'));
  const manifest = parseJson(text, manifestFile) as Manifest; // its `id` is checked next
  if (typeof manifest?.id !== 'string')
    refuse('oracle', manifestFile, 'the manifest of a vector', manifest?.id);
  const { arrays } = readSupplied(readFile(arraysFile, 'oracle'), arraysFile);
  // The arrays of a vector are numbers.
  const values = [...arrays].map(([key, tensor]) => [key, (tensor as Tensor).data as Values] as const);
  const vector = { id: manifest.id, arrays: new Map(values) };
  mkdirSync(out, { recursive: true });
  return [...filesOf()].map(([name, content]) => {
    const path = join(out, name);
    writeAtomic(path, new TextEncoder().encode(content));
    return path;
  });

  function filesOf(): Map<string, string> {
    const { precision, network, samples, inputs, expected } = manifest;
    const isFixed = precision === 'fixed';
    if (format === 'hex')
      return memoryFiles(vector, isFixed ? (key) => (inputs[key] ?? expected[key])?.bits ?? 32 : undefined);
    const variant = checkVariant(manifestFile, manifest.variant);
    const { fixed, constants } = manifest;
    const inUnits = isFixed && fixed && constants && { fixed: { ...fixed, constants } };
    return new Map([
      ['case.h', headerText(vector, { description: network, variant, B: samples, ...inUnits })],
    ]);
  }
}
