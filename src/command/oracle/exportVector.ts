/** A vector's folder → memory files for `$readmemh`, or a C header. */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { refuse } from '../../errors.ts';
import { parseJsonBytes } from '../../formats/json.ts';
import { checkVariant } from '../../network/check.ts';
import {
  headerText,
  memoryFiles,
  readSupplied,
  type HeaderSettings,
  type VectorArrays,
} from '../../oracle/files/index.ts';
import { readFile, writeAtomic } from '../files.ts';

type Bits = Readonly<Record<string, { readonly bits?: number } | undefined>>;

interface Manifest {
  readonly id: string;
  readonly precision: 'binary32' | 'fixed';
  readonly network: HeaderSettings['description'];
  readonly variant: HeaderSettings['variant'];
  readonly samples: number;
  readonly fixed?: { readonly width: number; readonly fraction: number };
  readonly constants?: NonNullable<HeaderSettings['fixed']>['constants'];
  readonly inputs: Bits;
  readonly expected: Bits;
}

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
  const vector = {
    id: manifest.id,
    arrays: new Map([...arrays].map(([key, { data }]) => [key, data])),
  } as VectorArrays; // they are numbers
  const files = format === 'hex' ? memoryFiles(vector, bitsOf(manifest)) : new Map([['case.h', header()]]);
  mkdirSync(out, { recursive: true });
  return [...files].map(([name, content]) => {
    const path = join(out, name);
    writeAtomic(path, new TextEncoder().encode(content));
    return path;
  });

  function header(): string {
    const { network: description, samples: B, fixed, constants } = manifest;
    const variant = checkVariant(about, manifest.variant);
    return headerText(vector, {
      description,
      variant,
      B,
      ...(fixed && constants && { fixed: { ...fixed, constants } }),
    });
  }
}

/** Bits of the words of an array in fixed point. */
const bitsOf = ({ precision, inputs, expected }: Manifest): ((key: string) => number) | undefined =>
  precision === 'fixed' ? (key) => (inputs[key] ?? expected[key])?.bits ?? 32 : undefined;
