/** `asf-bp show`: shows a sample as the network sees it: the image and its spikes. */
import type { Network } from '../../spec/network.ts';
import { type Input, openBackend, wholeWindow, Workspace } from '../backend/index.ts';
import { checkDataset } from '../data/index.ts';
import { checkWhole, refuse } from '../errors.ts';
import { network } from '../network/index.ts';
import { oneLine } from '../printable.ts';
import { defaults, drawSamples } from '../train/index.ts';
import { findDataset } from './readers/datasets.ts';
import { writeAtomic } from './files.ts';
import { openAnyDescription } from './models.ts';
import * as common from './options/common.ts';
import { everywhere, oneOf, type CommandWith, type OptionTable } from './options/option.ts';
import { networkOptions } from './options/train.ts';
import { answer, usualColumns } from './output.ts';
import { strong } from './io.ts';
import { drawText, drawPng } from './draw/raster.ts';
import { networkOptionsOf } from './run/run.ts';

const where = 'show';

export const optionTable = {
  data: common.data,
  model: { ...networkOptions.model, value: 'NAME|FILE.json|MODEL|RUN' },
  variant: networkOptions.variant,
  window: networkOptions.window,
  part: oneOf(['train', 'test'], {
    help: 'part of the data with the sample; train: encoded as in the first epoch',
    byDefault: 'test',
  }),
  seed: common.seed,
  out: {
    value: 'FILE.png',
    help: 'file for a picture of the image, the sum of its spikes, and their raster',
    byDefault: 'no file is written',
    parse: (text, command, what) =>
      /\.png$/i.test(text) ? text : refuse(command, what, 'a file that ends in .png', text),
  },
  ...everywhere,
} satisfies OptionTable;

/**
 * Runs the command. The spikes are those of an evaluation with this seed. With `--part train`, they are those of the first epoch of a
 * training, which crops and flips CIFAR-10.
 */
export const main: CommandWith<typeof optionTable> = ([typed, at], options, io) => {
  const { part = 'test', seed = defaults.seed, out } = options;
  // The columns of a table are scaled as `train` scales them.
  const scale = options.model === undefined ? 'narrow' : undefined;
  const found = findDataset(typed, where, { data: options.data, scale }, 'DATASET');
  const { file, from, ...rest } =
    options.model === undefined
      ? { file: found.network(), from: where }
      : openAnyDescription(options.model, where);
  const { plan } = network(file, networkOptionsOf(options), from);
  const source = found.read({ ...rest, plan, seed });
  const data = source[part]();
  checkDataset(where, data, plan);
  const index = checkWhole(where, 'INDEX', /^\d+$/.test(at) ? Number(at) : at, 0, data.length - 1);
  const [{ input, label }] = drawSamples(where, plan, data, [index], { seed, stream: part, epoch: 0 });
  const spikes = encode(plan, input);

  const presentation = {
    shape: plan.input,
    T: plan.T,
    spikes,
    intensities: 'intensities' in input ? input.intensities : undefined,
  };
  if (out !== undefined) writeAtomic(out, drawPng(presentation));
  const name = source.metadata?.().classes?.[label];
  const facts = {
    dataset: found.name,
    part,
    index,
    label,
    T: plan.T,
    /** The number of spikes. A count of two is two spikes. */
    spikes: spikes.reduce((sum, o) => sum + Math.abs(o), 0),
    /** The share of pairs of an input and a step that have a spike. */
    density: spikes.reduce((sum, o) => sum + Number(o !== 0), 0) / spikes.length,
    png: out ?? null,
  };
  const lines = [
    `${facts.dataset} ${part} sample ${index}: ${strong(`label ${label}${name === undefined ? '' : `, ${oneLine(name)}`}`)} · T ${plan.T} · ${facts.spikes} spikes, density ${facts.density.toFixed(4)}`,
    '',
    drawText(presentation, Math.min(usualColumns, io.stdout.columns || usualColumns)),
    ...(out === undefined ? [] : ['', out]),
  ];
  return answer(io, options.json === true, facts, lines);
};

/** The spikes that enter layer 1: T maps (C,H,W). */
function encode(plan: Network, input: Input): Float32Array {
  const backend = openBackend('wasm', plan, where);
  try {
    const workspace = new Workspace(backend);
    workspace.encode([input], wholeWindow(plan));
    // the wasm backend with one thread is synchronous and computes in binary32
    return backend.readSync!(workspace.buffers.of('spikes', 0)) as Float32Array;
  } finally {
    backend.dispose();
  }
}
