/** `asf-bp export MODEL --nir`: a saved model as a NIR graph. */
import type { NirConvention } from '../../../spec/nirConventions.ts';
import { conventionName, type NirConventionGiven } from '../../nir/convention.ts';
import { exportNIR } from '../../nir/export.ts';
import { writeAtomic } from '../files.ts';
import type { Io } from '../io.ts';
import { openModel } from '../models.ts';

export interface GraphOptions {
  readonly nir?: string;
  readonly as?: NirConvention;
  readonly dt?: number;
  readonly json?: boolean;
}

/** Writes the graph and returns 0. */
export function exportGraph(
  path: string,
  { nir: out, as, dt, json }: GraphOptions & { readonly nir: string },
  { stdout }: Io,
): number {
  const { net } = openModel(path, 'export');
  const { bytes, told } = exportNIR(net, {
    ...(as && { as: givenOf(as) }),
    ...(dt !== undefined && { dt }),
  });
  writeAtomic(out, bytes);
  const lines = [...told.map((what) => `not said: ${what}`), `${out}: ${bytes.length} bytes`];
  stdout.write(`${json ? JSON.stringify({ out, bytes: bytes.length, told }) : lines.join('\n')}\n`);
  return 0;
}

/** A checked convention in the form for {@link exportNIR}. */
function givenOf(as: NirConvention): NirConventionGiven {
  const name = conventionName(as);
  return (name.startsWith('{') ? JSON.parse(name) : name) as NirConventionGiven;
}
