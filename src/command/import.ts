/** `asf-bp import`: turns a NIR graph into an ordinary model. */
import type { Network } from '../../spec/network.ts';
import { encodeModel } from '../modelFile/model.ts';
import { trainedWeights, digest, variantText, type SpikingNetwork } from '../network/network.ts';
import { importChain } from '../nir/import/import.ts';
import { dtOf } from '../nir/run.ts';
import { writeAtomic } from './files.ts';
import type { Io } from './io.ts';
import { openChain, refuseNoConvention } from './nir/graphs.ts';
import type { importOptions } from './options/nir.ts';
import type { ParsedOptions } from './options/option.ts';

export type ImportCommand = ParsedOptions<typeof importOptions>;

const where = 'import';

/** Runs the command and returns 0. */
export async function importCommand(path: string, options: ImportCommand, io: Io): Promise<number> {
  const { window = 100, out = path.replace(/(\.nir)?$/, '.safetensors') } = options;
  const net = openNetwork(path, options, window);
  const sum = await digest(trainedWeights(where, net));
  const bytes = encodeModel({ net, epochs: [] });
  writeAtomic(out, bytes);
  const kinds = net.plan.layers.map(({ kind }) => kind.name);
  const facts = {
    out,
    bytes: bytes.length,
    layers: kinds,
    variant: variantText(net.variant),
    ...net.nir,
    window,
    digest: sum,
  };
  const text = [
    `${kinds.join(', ')}; variant ${facts.variant}; as ${facts.as}, steps of ${facts.dt}, window ${window}`,
    `digest ${facts.digest}, of the weights alone`,
    `${out}: ${bytes.length} bytes`,
    `use it  npx asf-bp predict ${out} FILE.npz, with an array spikes of shape ${shapeText(net.plan)}`,
  ].join('\n');
  io.stdout.write(`${options.json ? JSON.stringify(facts) : text}\n`);
  return 0;
}

/** The network of a graph. After this function returns, the memory of the graph can be freed. */
function openNetwork(path: string, { as, dt }: ImportCommand, window: number): SpikingNetwork {
  const chain = openChain(path, where);
  if (!as) refuseNoConvention(where, 'graph');
  const step = dtOf(chain, { convention: as, ...(dt !== undefined && { dt }) }, path, '--dt');
  return importChain(chain, as, step, window, path);
}

/** The spikes of one sample, as `predict` takes them. */
function shapeText({ T, input: { channels, height, width } }: Network): string {
  return `(${[T, channels, height, width].join(', ')})`;
}
