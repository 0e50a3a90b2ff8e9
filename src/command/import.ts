/** `asf-bp import`: converts a NIR graph to an ordinary model. */
import { ranges } from '../../spec/random.ts';
import { modelParts } from '../modelFile/index.ts';
import { variantText, type SpikingNetwork } from '../network/index.ts';
import { importChain } from '../nir/index.ts';
import { writeAtomic } from './files.ts';
import { openChain, refuseNoConvention, timingOf } from './nir/graphs.ts';
import * as nir from './options/nir.ts';
import { everywhere, whole, type CommandWith, type ParsedOptions } from './options/option.ts';
import { answer } from './output.ts';

export const optionTable = {
  as: nir.as,
  dt: nir.dt,
  window: { value: 'T', help: 'steps of the time window', byDefault: '100', parse: whole(1, ranges.T) },
  out: { value: 'FILE', help: 'file for the model', byDefault: 'GRAPH with .safetensors' },
  ...everywhere,
};

type ImportCommand = ParsedOptions<typeof optionTable>;

const where = 'import';

export const main: CommandWith<typeof optionTable> = ([path], options, io) => {
  const { window = 100, out = path.replace(/(\.nir)?$/, '.safetensors') } = options;
  const net = openNetwork(path, options, window);
  const parts = modelParts(net);
  writeAtomic(out, parts);
  const kinds = net.plan.layers.map(({ kind }) => kind.name);
  const facts = {
    out,
    bytes: parts.reduce((sum, { length }) => sum + length, 0),
    layers: kinds,
    variant: variantText(net.variant),
    ...net.nir,
    window,
  };
  const { T, input } = net.plan;
  // `predict` expects this shape for the spikes of one sample.
  const shape = [T, input.channels, input.height, input.width].join(', ');
  return answer(io, options.json === true, facts, [
    `${kinds.join(', ')}; variant ${facts.variant}; as ${facts.as}, steps of ${facts.dt}, window ${window}`,
    `${out}: ${facts.bytes} bytes`,
    `use it  npx asf-bp predict ${out} FILE.npz, with an array spikes of shape (${shape})`,
  ]);
};

/** Reads the network of a graph. The memory of the graph can be freed afterwards. */
function openNetwork(path: string, { as, dt }: ImportCommand, window: number): SpikingNetwork {
  const chain = openChain(path, where);
  if (!as) refuseNoConvention(where, 'graph');
  return importChain(chain, as, timingOf(chain, as, dt, path).dt, window, path);
}
