/** Options that all commands for NIR graphs have. */
import { checkStep, parseConvention } from '../../nir/index.ts';
import { toNumber } from './option.ts';

export const as = {
  value: 'CONVENTION',
  help: 'simulator whose convention is used: norse, snntorch, spikingjelly, sinabs, rockpool, spyx, nengo, lava, spinnaker2, or JSON, as in {"from":"norse","reset":"subtract"}',
  parse: (text: string, where: string) => parseConvention(text, where),
};

export const dt = {
  value: 'S',
  help: 'length of a step, in the unit of the time constants',
  byDefault: "the convention's",
  parse: (text: string, where: string, what: string) => checkStep(where, what, toNumber(text)),
};
