/** Options of what reads a NIR graph. */
import { checkStep, parseConvention } from '../../nir/convention.ts';
import { toNumber, type Option } from './option.ts';

export const asOption: Option = {
  flag: '--as',
  value: 'CONVENTION',
  help: 'what a graph leaves open: norse, snntorch, spikingjelly, sinabs, rockpool, spyx, nengo, lava, spinnaker2, or JSON, as in {"from":"norse","reset":"subtract"}',
  parse: (text, where) => parseConvention(text, where),
};

export const dtOption: Option = {
  flag: '--dt',
  value: 'S',
  help: 'length of a step, in the unit of the time constants',
  byDefault: "the convention's own",
  parse: (text, where, what) => checkStep(where, what, toNumber(text)),
};

/** Of `asf-bp check`. */
export const traceOptions: readonly Option[] = [
  { flag: '--graph', value: 'FILE.nir', help: 'the files are traces of this NIR graph: see docs/nir.md' },
  asOption,
  dtOption,
  { flag: '--input', value: 'FILE.npy', help: 'with --graph: the input of a trace that has none' },
];
