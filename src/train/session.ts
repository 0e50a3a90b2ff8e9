/**
 * Sessions: a network that runs step by step, and whose state can be saved and restored. The state is u, FI and FO of each
 * layer. A session needs no disposal, and no session sees the state of another (`bench.ts`).
 */
import { computeClass } from '../../spec/loss.ts';
import { neuronsOf, type Network } from '../../spec/network.ts';
import { ranges, type Draw } from '../../spec/random.ts';
import { resultOf, type Input } from '../backend/backend.ts';
import { checkNumber, checkWhole, InputError, refuse } from '../errors.ts';
import type { SpikingNetwork } from '../network/network.ts';
import { benchOf, evict, type Bench, type Place, type Tenant } from './bench.ts';
import { sumOf, viewOf, type LayerView } from './look.ts';
import { layerKey, nameOf } from './names.ts';
import { decodeState, encodeState, partsOf } from './sessionState.ts';
import { inputOf, type Shown } from './shown.ts';

/** How a session begins. */
export interface SessionOptions {
  /** Which random numbers encode images; default the network's seed and sample 0. */
  readonly draw?: Partial<Draw>;
}

/**
 * What a network is shown in one step: an image, encoded with the random numbers of the step, or as an `Input` a map of
 * counts, `{ frames }`; or the places (C,H,W) of the inputs that fire, `{ spikes }`.
 */
export type ShownStep = Shown | { readonly spikes: ArrayLike<number> };

/** What {@link Session.decide} found. */
export interface Decision {
  readonly label: number;
  /** Steps of the session until then. */
  readonly steps: number;
  readonly potentials: Float32Array;
}

/** Most steps: counts of spikes stay exact. Those of an image are the longest window. */
const mostSteps = 2 ** 20;
const where = 'session';

/**
 * A network that is shown one step after the other. T steps leave what `predict` finds over a window of T, in every bit,
 * however they are divided by saving and restoring.
 *
 * Sessions of one network share its weights and buffers: each takes its state with it when another one steps.
 */
export class Session implements Tenant {
  private readonly place: Place;
  private readonly net: SpikingNetwork;
  private readonly draw: Partial<Draw> | undefined;
  private t = 0;
  /** The state while another one uses the buffers; empty where it is zero. */
  private away: Float32Array[] | undefined = [];

  /** @internal */
  constructor(place: Place, net: SpikingNetwork, { draw }: SessionOptions) {
    this.place = place;
    this.net = net;
    this.draw = draw;
    benchOf(where, net, place, true);
  }

  /** Steps since it began, or was reset. */
  get steps(): number {
    return this.t;
  }

  /**
   * Shows one step.
   *
   * @throws InputError where it is not a step of the network's input
   */
  step(shown: ShownStep): void {
    const bench = this.enter();
    const { backend, w, buffers } = bench;
    const { network } = backend;
    const input = inputOf(where, { ...this.net, plan: network }, framesOf(network, shown), this.draw);
    this.checkStep(input);
    const span = { first: 0, samples: 1, t0: this.t, steps: 1 };
    backend.encode(buffers[0], [input], span);
    for (const { n } of network.layers)
      backend.forward(n, buffers[n - 1], w.get(n) ?? null, buffers[n], span);
    this.t++;
  }

  /** What the output layer shows now: u of each class; where it fires, its FO. */
  potentials(): Float32Array {
    const { read, buffers } = this.enter();
    const { plan } = this.net;
    const potentials = read(resultOf(plan, buffers.at(-1)!));
    const bad = potentials.find((u) => !Number.isFinite(u));
    if (bad !== undefined) {
      const layer = nameOf(plan.layers.at(-1)!);
      throw new InputError(
        `${where}: "potentials" expected finite numbers, got ${bad} in ${layer}; the weights or the inputs are too large`,
      );
    }
    return potentials;
  }

  /** The class with the greatest potential; of equal ones the lowest. */
  label(): number {
    return computeClass(this.potentials());
  }

  /** Spikes of each layer of neurons so far, by `n kind`. */
  spikes(): Record<string, number> {
    const { read, buffers } = this.enter();
    const layers = this.net.plan.layers.filter((layer) => layer.spikes);
    return Object.fromEntries(layers.map((layer) => [layerKey(layer), sumOf(read(buffers[layer.n].FO))]));
  }

  /** Layer n laid open, 0 is the input: its spikes and potentials of the last step, its flows so far. */
  layer(n: number): LayerView {
    const bench = this.enter();
    checkWhole(where, 'layer', n, 0, this.net.plan.layers.length);
    const view = viewOf(this.net.plan, bench, n, bench.buffers[n].u);
    return this.t > 0 ? view : { ...view, spikes: new Float32Array(neuronsOf(view.shape)) };
  }

  /**
   * Shows the same until the greatest potential leads the next by `lead`, or `most` steps are done: an early exit.
   *
   * @param most steps of the session; default the network's window
   */
  decide(shown: ShownStep, { lead, most = this.net.plan.T }: { lead: number; most?: number }): Decision {
    checkNumber(where, 'lead', lead, { low: 0 });
    checkWhole(where, 'most', most, 1, mostSteps);
    do this.step(shown);
    while (this.t < most && leadOf(this.potentials()) < lead);
    const potentials = this.potentials();
    return { label: computeClass(potentials), steps: this.t, potentials };
  }

  /** Begins again. */
  reset(): void {
    this.t = 0;
    this.take([]);
  }

  /** The state as bytes: potentials, flows and the number of steps. */
  save(): Uint8Array {
    return encodeState(this.t, this.values(this.enter()));
  }

  /**
   * Goes on from a state that {@link save} gave, of the same network.
   *
   * @throws InputError where the bytes are no such state
   */
  restore(bytes: Uint8Array): void {
    const { t, values } = decodeState(where, this.net.plan, mostSteps, bytes);
    this.t = t;
    this.take(values);
  }

  /** @internal */
  leave(bench: Bench): void {
    this.away = this.t === 0 ? [] : this.values(bench);
  }

  /** The bench, with this session's state in its buffers. */
  private enter(): Bench {
    const bench = benchOf(where, this.net, this.place, true);
    if (bench.tenant !== this) {
      evict(bench);
      bench.tenant = this;
    }
    if (this.away) this.lay(bench, this.away);
    this.away = undefined;
    return bench;
  }

  /** Has a state to lay into the buffers at the next step. */
  private take(values: Float32Array[]): void {
    this.away = values;
  }

  private values(bench: Bench): Float32Array[] {
    return partsOf(this.net.plan).map(({ n, what }) => bench.read(bench.buffers[n][what]));
  }

  private lay({ backend, buffers }: Bench, values: readonly Float32Array[]): void {
    for (const [place, { n, what, length }] of partsOf(this.net.plan).entries())
      backend.write(buffers[n][what], values[place] ?? new Float32Array(length));
  }

  private checkStep(input: Input): void {
    const most = 'frames' in input ? mostSteps : ranges.T;
    if (this.t < most) return;
    refuse(where, 'step', `at most ${most} steps`, this.t + 1, 'reset() begins again');
  }
}

/** A step given as the places that fire, as a map. */
function framesOf({ input }: Network, shown: ShownStep): Shown {
  if (typeof shown !== 'object' || shown === null || !('spikes' in shown)) return shown;
  const { spikes } = shown;
  const frames = new Float32Array(neuronsOf(input));
  if (typeof spikes?.length !== 'number') refuse(where, 'spikes', 'an array of places', spikes);
  for (let k = 0; k < spikes.length; k++) {
    frames[checkWhole(where, `spikes[${k}]`, spikes[k], 0, frames.length - 1)]++;
  }
  return { frames };
}

/** By how much the greatest potential leads the next. */
function leadOf(potentials: Float32Array): number {
  const [first, second = -Infinity] = [...potentials].sort((a, b) => b - a);
  return first - second;
}
