/** Checks whether a trace of a graph follows a convention; if not, lists the mistakes that explain the whole trace. */
import { real, type Floats } from '../../spec/arithmetic.ts';
import { nirConventions } from '../../spec/nirConventions.ts';
import type { NirChain, NirLayer } from './chain.ts';
import { checkConvention, type NirConventionGiven } from './convention.ts';
import { followLayer, isDecided, isSilent, type NirFollowed, type NirRecord } from './follow.ts';
import type { NirMistake } from './mistake.ts';
import { isSame, mistakesOf } from './mistakes.ts';
import { dtOf, NirStepper, type NirTiming } from './run.ts';
import { startOf } from './start.ts';
import type { NirTrace } from './trace.ts';

interface NirLayerReport extends NirFollowed {
  readonly node: string;
}

export interface NirReport {
  /** `undecided`: every comparison would have passed in any case, or rounding leaves more than one in eight open. */
  readonly verdict: 'agrees' | 'differs' | 'undecided';
  readonly layers: readonly NirLayerReport[];
  /** Set if the verdict is `differs`: the layer, and the mistakes that explain its whole trace; of a silent one none is named. */
  readonly differs?: NirLayerReport & {
    readonly isSilent: boolean;
    readonly explains: readonly (Pick<NirMistake, 'id' | 'says'> & { readonly as?: NirConventionGiven })[];
    /** The convention of one of these with which all layers agree, as it is given; absent if there is none. */
    readonly agreesWith?: NirConventionGiven;
    /** Whether pairs of choices were left that were not tried: they would take too long. */
    readonly isCutShort: boolean;
  };
  /** Layers whose axes of steps and neurons are swapped in the file. */
  readonly exchanged: readonly string[];
  /** Of several samples: how many there are, and which one differs, from 0. */
  readonly samples?: number;
  readonly sample?: number;
  /** Set if the verdict is `agrees`: other simulators that also agree. */
  readonly alsoAgree: readonly string[];
}

/** The usual limit: some ten seconds. */
const usualWork = 1e9;

interface NirCheckOptions {
  /** Multiplications after which no more pairs of choices are tried. */
  readonly mostWork?: number;
  /** Told of each mistake before it is tried at a layer. */
  readonly tell?: (node: string, done: number, of: number) => void;
}

/** Checks a trace layer by layer, each from the recorded output of the layer before it. */
export function checkTrace(
  chain: NirChain,
  trace: NirTrace,
  timing: NirTiming,
  where: string,
  { mostWork = usualWork, tell = () => {} }: NirCheckOptions = {},
): NirReport {
  const layers: NirLayerReport[] = [];
  const exchanged = [...trace.exchanged].map((place) => chain.layers[place].node.name);
  const dt = dtOf(chain, timing, where);
  for (const { place, inputs, record } of recorded(chain, trace, timing, dt)) {
    const layer = chain.layers[place];
    const followed = followLayer(layer, timing, dt, inputs(), record);
    layers.push({ node: layer.node.name, ...followed });
    if (!followed.first) continue;
    const explains: NirMistake[] = [];
    let [work, isCutShort] = [0, false];
    for (const mistakes of mistakesOf(layer, timing, dt, inputs(), record)) {
      for (const [k, mistake] of mistakes.entries()) {
        tell(layer.node.name, k, mistakes.length);
        isCutShort = mistake.tier === 3 && work > mostWork;
        if (isCutShort) break;
        const other = { ...timing, convention: mistake.convention };
        const whole = place === 0 ? inputsOf(trace, other) : inputs();
        const step = dt * (mistake.times ?? 1);
        const start = mistake.left ? startOf(layer, other, step, whole, record) : undefined;
        if (mistake.left && !start) continue;
        const ahead = mistake.late ? aStepAhead(record) : record;
        if (!ahead) continue;
        const given = mistake.late ? whole.slice(0, -1) : whole;
        const from = start ? { ...ahead, start } : ahead;
        const followedSo = followLayer(mistake.layer ?? layer, other, step, given, from);
        if (!followedSo.first && isDecided(followedSo)) explains.push(mistake);
        work += ((followedSo.first?.step ?? given.length - 1) + 1) * stepWork(layer);
      }
      if (explains.length > 0) break;
    }
    const agreesWith = explains
      .flatMap(({ as = [] }) => as)
      .find((as) => follows(chain, trace, { ...timing, convention: checkConvention(where, as) }, dt));
    const differs = {
      node: layer.node.name,
      ...followed,
      isSilent: isSilent(record),
      explains: explains.map(({ id, says, as }) => ({ id, says, ...(as && { as: as[0] }) })),
      ...(agreesWith !== undefined && { agreesWith }),
      isCutShort,
    };
    return { verdict: 'differs', layers, differs, exchanged, alsoAgree: [] };
  }
  const alsoAgree = Object.entries(nirConventions)
    .filter(([, convention]) => !isSame(convention, timing.convention))
    .filter(([, convention]) => follows(chain, trace, { ...timing, convention }, dt))
    .map(([name]) => name);
  // Without spikes and potentials, only silence was compared.
  const decided = layers.every(isDecided) && [...trace.records.values()].some((record) => !isSilent(record));
  const verdict = exchanged.length > 0 ? 'differs' : decided ? 'agrees' : 'undecided';
  return { verdict, layers, exchanged, alsoAgree };
}

/** The record as if each step had been written a step earlier; undefined if there was something before the first step. */
function aStepAhead({ spikes, potentials }: NirRecord): NirRecord | undefined {
  const first = {
    ...(spikes && { spikes: spikes.slice(0, 1) }),
    ...(potentials && { potentials: potentials.slice(0, 1) }),
  };
  if (!isSilent(first)) return undefined;
  return {
    ...(spikes && { spikes: spikes.slice(1) }),
    ...(potentials && { potentials: potentials.slice(1) }),
  };
}

/** Multiplications of a step of a layer, about. */
function stepWork({ maps, recurrent, parameters }: NirLayer): number {
  const sizes = [...maps, ...(recurrent ? [recurrent] : [])].map(({ map, output }) => {
    if (!map || !('w' in map)) return 0;
    return map.w.length * (map.kind === 'convolution' ? output.height * output.width : 1);
  });
  return sizes.reduce((sum, size) => sum + size, 16 * parameters.vThreshold.length);
}

/** The traces of several samples: the report of the first that differs; if none does, that of all. */
export function checkSamples(
  chain: NirChain,
  traces: readonly NirTrace[],
  timing: NirTiming,
  where: string,
  options: NirCheckOptions = {},
): NirReport {
  const reports: NirReport[] = [];
  for (const [sample, trace] of traces.entries()) {
    const report = checkTrace(chain, trace, timing, where, options);
    if (traces.length === 1) return report;
    if (report.verdict === 'differs') return { ...report, sample, samples: traces.length };
    reports.push(report);
  }
  const layers = reports[0].layers.map((layer, k) => {
    const sum = (of: (one: NirLayerReport) => number): number =>
      reports.reduce((total, report) => total + of(report.layers[k]), 0);
    const units = reports.map((report) => report.layers[k].unit);
    return {
      ...layer,
      unit: units.find((unit) => unit !== 1) ?? 1,
      compared: sum(({ compared }) => compared),
      spikes: sum(({ spikes }) => spikes),
      undecided: sum(({ undecided }) => undecided),
    };
  });
  const decided = reports.filter(({ verdict }) => verdict === 'agrees');
  const [{ alsoAgree }] = decided.length > 0 ? decided : reports;
  return {
    verdict: decided.length > 0 && layers.every(isDecided) ? 'agrees' : 'undecided',
    layers,
    samples: traces.length,
    exchanged: [],
    alsoAgree: alsoAgree.filter((name) => decided.every((report) => report.alsoAgree.includes(name))),
  };
}

/** Whether all samples follow a convention. */
export const allFollow = (
  chain: NirChain,
  traces: readonly NirTrace[],
  timing: NirTiming,
  dt: number,
): boolean => traces.every((trace) => follows(chain, trace, timing, dt));

/** Whether all layers of a trace agree with a convention, decided. */
const follows = (chain: NirChain, trace: NirTrace, timing: NirTiming, dt: number): boolean =>
  [...recorded(chain, trace, timing, dt)].every(({ place, inputs, record }) => {
    const followed = followLayer(chain.layers[place], timing, dt, inputs(), record);
    return !followed.first && isDecided(followed);
  });

/** The input of the first layer. */
function inputsOf({ input }: NirTrace, { convention }: NirTiming): readonly Floats[] {
  if (convention.input === 'counts') return input;
  return input.map((step) => Float64Array.from(step, (count) => (count === 0 ? 0 : 1)));
}

/** The recorded layers in order, with their inputs: the recorded output of the layer before or, failing that, its computed output. */
function* recorded(
  chain: NirChain,
  trace: NirTrace,
  timing: NirTiming,
  dt: number,
): Generator<{ place: number; record: NirRecord; inputs: () => readonly Floats[] }> {
  const last = Math.max(...trace.records.keys());
  let before = inputsOf(trace, timing);
  for (let place = 0; place <= last; place++) {
    const inputs = before;
    const record = trace.records.get(place);
    if (record) yield { place, record, inputs: () => inputs };
    if (place === last) return;
    before =
      record?.spikes ?? sentBy(new NirStepper(chain.layers[place], timing.convention, dt, real), inputs);
  }
}

const sentBy = (stepper: NirStepper, inputs: readonly Floats[]): Float64Array[] =>
  inputs.map((o) => Float64Array.from(stepper.step(o)));
