/** Options shared by several commands. */
import { ranges } from '../../../spec/random.ts';
import { variants } from '../../../spec/variant.ts';
import { mostThreads } from '../../backend/open.ts';
import { keysOf } from '../../keysOf.ts';
import { defaults } from '../../train/settings.ts';
import { backendChoices } from '../backend.ts';
import { datasetNames } from '../data/datasets.ts';
import { laneChoices } from '../lanes.ts';
import { oneOf, whole } from './option.ts';

export const dataset = {
  value: 'NAME|DIR|FILE',
  help: `${datasetNames.join(', ')}; or your own: FILE.csv (one line per sample: its class first or last, and values 0 … 1 or 0 … 255, or --scale columns), FILE.npz, a folder of PNG pictures or of .bin or .aedat recordings by class, or of IDX files`,
  byDefault: 'mnist',
};
export const data = {
  value: 'DIR',
  help: 'where the named data set lies',
  byDefault: 'the place of its package; event recordings have none',
};
export const seed = {
  value: 'N',
  help: 'where all randomness comes from',
  byDefault: String(defaults.seed),
  parse: whole(0, ranges.seed),
};
export const limit = {
  value: 'N',
  help: 'the first N training and the first N test images',
  byDefault: 'all',
  parse: whole(1, 2 ** 32),
};
export const backend = oneOf(backendChoices, {
  help: 'what carries out the stages, auto: webgpu where there is a GPU; the bits are the same but for what GPUs round',
  byDefault: 'wasm',
});
export const threads = {
  value: 'N',
  help: 'threads of the wasm backend; the bits are the same',
  byDefault: 'the cores there are; 1 for the others',
  parse: whole(1, mostThreads),
};
export const lanes = oneOf(laneChoices, {
  help: 'bits of the lanes of the wasm backend; auto: 256 in Node 24 on x64 with AVX2; the bits of results are the same',
  byDefault: 'auto',
});
/** Options of every command. */
export const everywhere = {
  json: { help: 'one JSON object a line on standard output, and nothing else there' },
  debug: { help: 'a stack trace with an error' },
};

export const variantNames = keysOf(variants);
