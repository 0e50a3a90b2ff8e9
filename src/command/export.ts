/**
 * `asf-bp export`: writes a saved model with its weights on a dyadic grid, and reports the accuracy lost. With `--nir`, writes it as a NIR
 * graph.
 */
import { encodeOnGrid, onGrid } from '../modelFile/index.ts';
import { refuse } from '../errors.ts';
import { trainedWeights, digest, type SpikingNetwork } from '../network/index.ts';
import { exportNetwork } from '../nir/index.ts';
import { evaluate } from '../train/index.ts';
import { writeAtomic } from './files.ts';
import type { Io } from './io.ts';
import { openModel, openTestSamples } from './models.ts';
import * as common from './options/common.ts';
import * as nir from './options/nir.ts';
import {
  everywhere,
  whole,
  type CommandWith,
  type OptionTable,
  type ParsedOptions,
} from './options/option.ts';
import { answer, percent, ProgressLine } from './output.ts';
import { threadsOf } from './backend.ts';

const where = 'export';

export const optionTable = {
  grid: {
    value: 'N',
    help: 'round weights to multiples of 1/N, N a power of two; a layer whose largest weight would not fit 8 bits gets a coarser grid',
    byDefault: '256',
    parse(text, command, what) {
      const N = whole(1, 2 ** 20)(text, command, what);
      return Number.isInteger(Math.log2(N)) ? N : refuse(command, what, 'a power of two', text);
    },
  },
  out: { value: 'FILE', help: 'file for the model', byDefault: 'MODEL with -int8' },
  ...common.tested,
  threads: common.threads,
  nir: { value: 'FILE.nir', help: 'write a NIR graph, and measure nothing' },
  as: { ...nir.as, help: 'with --nir: simulator that will read the graph; needed if neurons leak' },
  dt: { ...nir.dt, help: 'with --nir: length of a step, usually in seconds' },
  ...everywhere,
} satisfies OptionTable;

type ExportCommand = ParsedOptions<typeof optionTable>;

export const main: CommandWith<typeof optionTable> = async ([path], options, io) => {
  if (options.nir !== undefined) return exportGraph(path, options.nir, options, io);
  const { grid = 256, out = path.replace(/(\.safetensors)?$/, '-int8.safetensors') } = options;
  if (out.endsWith('.nir')) refuse(where, '--out', 'a .safetensors file', out, `--nir ${out} writes a graph`);
  const threads = threadsOf(where, 'wasm', options.threads);
  const { net } = openModel(path, where);
  const { samples: test } = openTestSamples(path, net, options, where);
  const line = new ProgressLine(io.stderr, options.json === true);
  const measure = async (what: string, measured: SpikingNetwork): Promise<number> => {
    const onProgress = (done: number, of: number): void => line.show(what, done, of);
    return (await evaluate(measured, test, { threads, onProgress })).accuracy;
  };
  const gridded = onGrid(net, grid);
  const bytes = encodeOnGrid(net, grid);
  const accuracy = await measure('testing', net);
  const after = await measure('testing on the grid', gridded.net);
  line.clear();
  writeAtomic(out, bytes);
  const facts = {
    out,
    bytes: bytes.length,
    steps: gridded.layers.map(({ step }) => step),
    samples: test.length,
    accuracy,
    accuracyOnGrid: after,
    digest: await digest(trainedWeights(where, gridded.net)),
  };
  const more = 100 * (after - accuracy);
  const change = `${Math.abs(more).toFixed(2)} points ${more > 0 ? 'more' : 'less'}`;
  return answer(io, options.json === true, facts, [
    `steps of the weights: ${facts.steps.map((step) => `1/${1 / step}`).join(', ')}`,
    `test accuracy ${percent(accuracy)}, on the grid ${percent(after)}: ${change} on ${test.length} samples`,
    `digest ${facts.digest}`,
    `${out}: ${bytes.length} bytes`,
  ]);
};

function exportGraph(path: string, out: string, { as, dt, json = false }: ExportCommand, io: Io): number {
  const { net } = openModel(path, where);
  const { bytes, told } = exportNetwork(net, {
    convention: as,
    dt,
    words: { where, as: '--as', dt: '--dt' },
  });
  writeAtomic(out, bytes);
  return answer(io, json, { out, bytes: bytes.length, told }, [
    ...told.map((what) => `not said: ${what}`),
    `${out}: ${bytes.length} bytes; to import it again, --window ${net.plan.T}`,
  ]);
}
