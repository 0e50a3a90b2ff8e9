/** `asf-bp export MODEL --nir`: a saved model as a NIR graph. */
import type { NirConvention } from '../../../spec/nirConventions.ts';
import { exportNetwork } from '../../nir/index.ts';
import { writeAtomic } from '../files.ts';
import type { Io } from '../io.ts';
import { openModel } from '../models.ts';

export interface GraphOptions {
  readonly nir?: string;
  readonly as?: NirConvention;
  readonly dt?: number;
  readonly json?: boolean;
}

export function exportGraph(
  path: string,
  { nir: out, as, dt, json }: GraphOptions & { readonly nir: string },
  { stdout }: Io,
): number {
  const { net } = openModel(path, 'export');
  const words = { where: 'export', as: '--as', dt: '--dt' };
  const { bytes, told } = exportNetwork(net, { convention: as, dt, words });
  writeAtomic(out, bytes);
  const lines = [
    ...told.map((what) => `not said: ${what}`),
    `${out}: ${bytes.length} bytes; to import it again, --window ${net.plan.T}`,
  ];
  stdout.write(`${json ? JSON.stringify({ out, bytes: bytes.length, told }) : lines.join('\n')}\n`);
  return 0;
}
