/** Options of the commands for NIR graphs. */
import { checkStep, parseConvention, parseConventions } from '../../nir/index.ts';
import { ranges } from '../../../spec/random.ts';
import { everywhere, seed } from './common.ts';
import { toNumber, whole, type OptionTable } from './option.ts';

const as = {
  value: 'CONVENTION',
  help: 'simulator whose convention is used: norse, snntorch, spikingjelly, sinabs, rockpool, spyx, nengo, lava, spinnaker2, or JSON, as in {"from":"norse","reset":"subtract"}',
  parse: (text: string, where: string) => parseConvention(text, where),
};

const dt = {
  value: 'S',
  help: 'length of a step, in the unit of the time constants',
  byDefault: "the convention's",
  parse: (text: string, where: string, what: string) => checkStep(where, what, toNumber(text)),
};

/** Options of `asf-bp check`. */
export const traceOptions = {
  graph: { value: 'FILE.nir', help: 'check the files as traces of this NIR graph: see docs/nir.md' },
  as,
  dt,
  input: { value: 'FILE.npy', help: 'with --graph: the input, if the trace has none' },
};

/** Options of `asf-bp oracle run --graph`. */
export const simulateOptions = {
  graph: { value: 'FILE.nir', help: 'run: the NIR graph to simulate: see docs/nir.md' },
  as: {
    value: 'CONVENTION,…',
    help: 'with --graph: the simulator to run, as in `check`; with several, reports the first difference of each from the first',
    parse: (text, where) => parseConventions(text, where),
  },
  dt,
  input: {
    value: 'FILE.npy',
    help: 'with --graph: the input, (T,n), or a trace that contains it',
    byDefault: 'random spikes with probability ½, for --window steps, else 100',
  },
  seed: { ...seed, help: 'with --graph: seed of the random input' },
} satisfies OptionTable;

export const importOptions = {
  as,
  dt,
  window: { value: 'T', help: 'steps of the time window', byDefault: '100', parse: whole(1, ranges.T) },
  out: { value: 'FILE', help: 'file for the model', byDefault: 'GRAPH with .safetensors' },
  ...everywhere,
};

/** Options of `asf-bp export`. */
export const graphOptions = {
  nir: { value: 'FILE.nir', help: 'write a NIR graph, and measure nothing' },
  as: { ...as, help: 'with --nir: simulator that will read the graph; needed if neurons leak' },
  dt: { ...dt, help: 'with --nir: length of a step, usually in seconds' },
};
