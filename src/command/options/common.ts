/** Options shared by several commands. */
import { ranges } from '../../../spec/random.ts';
import { variants } from '../../../spec/variant.ts';
import { mostThreads } from '../../backend/index.ts';
import { keysOf } from '../../keysOf.ts';
import { defaults } from '../../train/index.ts';
import { backendChoices } from '../backend.ts';
import { datasetNames } from '../readers/datasets.ts';
import { laneChoices } from '../lanes.ts';
import { oneOf, whole } from './option.ts';

export const dataset = {
  value: 'NAME|DIR|FILE',
  help: `${datasetNames.join(', ')}; or your data: FILE.csv (one sample per line, its class first or last; from 100 values on, each is 0 … 1, or 0 … 255), FILE.npz, a folder with PNG pictures or .bin or .aedat recordings by class, or with IDX files`,
  byDefault: 'mnist',
};
export const data = {
  value: 'DIR',
  help: 'folder of the named data set',
  byDefault: 'the folder of its npm package; event recordings need --data',
};
export const seed = {
  value: 'N',
  help: 'seed of all random numbers',
  byDefault: String(defaults.seed),
  parse: whole(0, ranges.seed),
};
export const limit = {
  value: 'N',
  help: 'use the first N training samples and the first N test samples',
  byDefault: 'all',
  parse: whole(1, 2 ** 32),
};
export const backend = oneOf(backendChoices, {
  help: 'backend that computes; auto: webgpu if there is a GPU; results are the same, except for rounding on GPUs',
  byDefault: 'wasm',
});
export const threads = {
  value: 'N',
  help: 'threads of the wasm backend; results do not depend on them',
  byDefault: 'all available cores; 1 for other backends',
  parse: whole(1, mostThreads),
};
export const lanes = oneOf(laneChoices, {
  help: 'bits of the lanes of the wasm backend; auto: 256 in tested versions of Node on x64 with AVX2; results do not depend on them',
  byDefault: 'auto',
});

/** Options for the test data of `evaluate` and `export`. */
export const tested = {
  dataset: {
    ...dataset,
    byDefault: 'the data that the model was trained on, if the model names them; else mnist',
  },
  data,
  limit: { ...limit, help: 'use the first N test samples' },
};

export const variantNames = keysOf(variants);
