/**
 * Sessions: a network runs step by step, and its state can be saved and restored. The state is FO of the input, and FI, FO and
 * (for neurons) u of each layer. `sampleWorkspace.ts` separates the states of sessions.
 */
import { neuronsOf, outputLayer, type Network } from '../../spec/network.ts';
import { ranges, type Draw } from '../../spec/random.ts';
import type { Input } from '../backend/backend.ts';
import { decodeHex } from '../hex.ts';
import {
  checkNumber,
  checkOptions,
  checkRecord,
  checkWhole,
  indexNotFinite,
  isMasked,
  refuse,
} from '../errors.ts';
import { type AnyBytes, bytesOf } from '../formats/bytes.ts';
import type { SpikingNetwork } from '../network/network.ts';
import { byLayer } from './layerLabels.ts';
import { answerOf, checkFinite, spikesIn, viewOf, type Answer, type LayerView } from './predictOn.ts';
import { asSpikes, inputOf, type Shown } from './sampleInput.ts';
import { workspaceOf, type BackendSource, type SampleWorkspace } from './sampleWorkspace.ts';
import { sha256 } from '../formats/sha256.ts';

/** Options of a session. */
export interface SessionOptions {
  /** The random numbers that encode images. Default: the network's seed, stream `test`, epoch 0 and sample 0. */
  readonly draw?: Partial<Draw>;
}

/**
 * The input of one step. An image is encoded with the random numbers of the step. `{ frames }` is a map of counts; `{ spikes }`
 * lists the places (C,H,W) of the inputs that fire.
 */
export type ShownStep = Shown | { readonly spikes: ArrayLike<number> };

/** Options of {@link Session.decide}. */
export interface DecideOptions {
  /**
   * `decide` ends when the greatest potential leads the second greatest by at least this number, from 0.
   * Default: none, so all steps run.
   */
  readonly lead?: number;
  /** Limit on the steps: 1 … 2²⁰. Default: the network's window. */
  readonly most?: number;
}

/** The result of {@link Session.decide}. */
export interface Decision extends Answer {
  /** Steps up to the decision. */
  readonly steps: number;
}

/**
 * Limit on the steps of a session that receives frames or spikes. Up to this limit, spike counts are exact. For images, the
 * limit is the longest window.
 */
const mostSteps = 2 ** 20;
const where = 'session';

/**
 * A network that runs step by step. T steps give exactly the result of `predict` over a window of T, even across `save` and
 * `restore`.
 *
 * Sessions of one network share its weights and buffers, but have separate states.
 */
export class Session {
  private readonly source: BackendSource;
  private readonly net: SpikingNetwork;
  private readonly draw: Partial<Draw> | undefined;
  private t = 0;
  /** The state while it is outside the buffers: empty if all of it is zero. Undefined while the state is in the buffers. */
  private away: Float32Array[] | undefined = [];

  /** @internal */
  constructor(source: BackendSource, net: SpikingNetwork, options: SessionOptions) {
    this.source = source;
    this.net = net;
    this.draw = checkOptions(where, options, ['draw', 'backend']).draw;
    workspaceOf(where, net, source, 'stepwise');
  }

  /** Steps since the start or the last reset. `restore` sets the saved number. */
  get steps(): number {
    return this.t;
  }

  /**
   * Runs one step.
   *
   * @param shown an image (C,H,W), a map of counts, or the places of the inputs that fire
   * @throws InputError if the input does not fit one step of the network's input, or the session cannot run another step
   */
  step(shown: ShownStep): void {
    this.advance(this.read(shown));
  }

  /**
   * The current potentials: u of each class, or FO of each class if the output layer fires.
   * @throws InputError if one is not finite
   */
  potentials(): Float32Array {
    const workspace = this.enter();
    const potentials = workspace.read(workspace.result);
    checkFinite(where, 'potentials', outputLayer(this.net.plan), potentials);
    return potentials;
  }

  /**
   * The answer from the current potentials.
   * @throws InputError if one is not finite
   */
  answer(): Answer {
    return answerOf(this.net.plan, this.potentials(), this.t);
  }

  /** Number of spikes of each layer of neurons so far, under keys such as `3 convolution`. */
  spikes(): Record<string, number> {
    const workspace = this.enter();
    return byLayer(this.net.plan, ({ n }) => spikesIn(workspace.read(workspace.buffers.of('FO', n))));
  }

  /**
   * Inspects a layer: returns spikes and potentials of the last step, and flows so far.
   *
   * @param n the number of the layer; 0 is the input
   * @throws InputError if the network has no such layer
   */
  layer(n: number): LayerView {
    const workspace = this.enter();
    checkWhole(where, 'layer', n, 0, this.net.plan.layers.length);
    const view = viewOf(this.net.plan, workspace, n, workspace.buffers.find('potential', n));
    return this.t > 0 ? view : { ...view, spikes: new Float32Array(neuronsOf(view.shape)) };
  }

  /**
   * Resets, then repeats one input until the greatest potential leads the second by at least `lead`, or for `most` steps.
   *
   * @param shown as for {@link step}
   * @param options lead and limit
   * @returns the answer, and the number of steps
   * @throws InputError if the input does not fit one step of the network's input, a potential is not finite, or the session
   *   cannot run another step
   */
  decide(shown: ShownStep, options: DecideOptions = {}): Decision {
    checkRecord(where, 'options', options, ['lead', 'most']);
    const { lead, most = this.net.plan.T } = options;
    if (lead !== undefined) checkNumber(where, 'lead', lead, { low: 0 });
    checkWhole(where, 'most', most, 1, mostSteps);
    const input = this.read(shown); // checked before the reset, so that a refused input changes nothing
    this.reset();
    for (;;) {
      this.advance(input);
      const answer = this.answer();
      if (this.t >= most || (lead !== undefined && answer.lead >= lead)) return { ...answer, steps: this.t };
    }
  }

  /** Returns to step 0. */
  reset(): void {
    [this.t, this.away] = [0, []];
  }

  /** The state as bytes: potentials, flows and the number of steps. */
  save(): Uint8Array {
    return encodeState(this.t, this.values(this.enter()));
  }

  /**
   * Restores a state.
   *
   * @param bytes the result of {@link save}, of the same network
   * @throws InputError if the bytes are not such a state
   */
  restore(bytes: AnyBytes): void {
    const { t, values } = decodeState(this.net.plan, bytes);
    [this.t, this.away] = [t, values];
  }

  /** Copies the state from the buffers into `away`. */
  private readonly leave = (workspace: SampleWorkspace): void => {
    this.away = this.t === 0 ? [] : this.values(workspace);
  };

  /** The workspace, with this session's state in its buffers. */
  private enter(): SampleWorkspace {
    const workspace = workspaceOf(where, this.net, this.source, 'stepwise');
    workspace.enter(this.leave);
    if (!this.away) return workspace;
    for (const [index, { n, role, length }] of stateArraysOf(this.net.plan).entries())
      workspace.backend.write(workspace.buffers.of(role, n), this.away[index] ?? new Float32Array(length));
    this.away = undefined;
    return workspace;
  }

  private values(workspace: SampleWorkspace): Float32Array[] {
    return stateArraysOf(this.net.plan).map(({ n, role }) => workspace.read(workspace.buffers.of(role, n)));
  }

  /** Checks and returns the input of a step. */
  private read(shown: ShownStep): Input {
    const { network } = this.enter().backend;
    return inputOf(where, { ...this.net, plan: network }, framesOf(network, shown), this.draw);
  }

  private advance(input: Input): void {
    const workspace = this.enter();
    const most = 'frames' in input ? mostSteps : ranges.T;
    if (this.t >= most) refuse(where, 'step', `at most ${most} steps`, this.t + 1, 'reset() begins again');
    const spikes = asSpikes(workspace.backend.network, input, this.t);
    workspace.forward([spikes], { first: 0, samples: 1, t0: this.t, steps: 1 });
    this.t++;
  }
}

/** Converts a list of firing places to a map of counts. Returns any other input unchanged. */
function framesOf({ input }: Network, shown: ShownStep): Shown {
  if (typeof shown !== 'object' || shown === null || !('spikes' in shown)) return shown;
  const { spikes } = shown;
  const frames = new Float32Array(neuronsOf(input));
  if (isMasked(spikes) || typeof spikes?.length !== 'number')
    refuse(where, 'spikes', 'an array of places', spikes);
  for (let k = 0; k < spikes.length; k++) {
    frames[checkWhole(where, `spikes[${k}]`, spikes[k], 0, frames.length - 1)]++;
  }
  return { frames };
}

/** The bytes `ASF2` and `ASF1` as numbers. */
const mark = 0x32465341;
const earlier = 0x31465341;
const header = 8;
/** Bytes of the SHA-256. */
const ending = 32;

interface StateArray {
  readonly n: number;
  readonly role: 'potential' | 'FI' | 'FO';
  readonly length: number;
}

/** The buffers of a state, in order. */
function stateArraysOf({ input, layers }: Network): StateArray[] {
  const arrays: StateArray[] = [{ n: 0, role: 'FO', length: neuronsOf(input) }];
  for (const { n, kind, output } of layers) {
    for (const role of ['potential', 'FI', 'FO'] as const)
      if (role !== 'potential' || !kind.silent) arrays.push({ n, role, length: neuronsOf(output) });
  }
  return arrays;
}

/**
 * Encodes the state of a session as bytes, little-endian: `ASF2`, the number of steps (u32), maps (C,H,W) in binary32, and the
 * SHA-256 of all bytes before. The maps are FO of the input, and for each layer u (if it has neurons), FI and FO. `ASF1`, the
 * form of earlier versions, has no SHA-256.
 */
function encodeState(t: number, values: readonly Float32Array[]): Uint8Array {
  const length = values.reduce((sum, array) => sum + array.length, 0);
  const view = new DataView(new ArrayBuffer(header + 4 * length + ending));
  view.setUint32(0, mark, true);
  view.setUint32(4, t, true);
  let at = header;
  for (const array of values) for (const value of array) view.setFloat32((at += 4) - 4, value, true);
  const bytes = new Uint8Array(view.buffer);
  bytes.set(decodeHex(sha256(bytes.subarray(0, at))), at);
  return bytes;
}

export function decodeState(plan: Network, saved: AnyBytes): { t: number; values: Float32Array[] } {
  const bytes = bytesOf(where, 'state', saved);
  const arrays = stateArraysOf(plan);
  const end = arrays.reduce((sum, { length }) => sum + 4 * length, header);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const isEarlier = bytes.length === end && view.getUint32(0, true) === earlier;
  if (!isEarlier && bytes.length !== end + ending)
    refuse(where, 'state', `${end + ending} bytes of this network`, bytes.length);
  const t = checkWhole(where, 'steps of the state', view.getUint32(4, true), 0, mostSteps);
  let at = header;
  const values = arrays.map(({ length }) => {
    const array = Float32Array.from({ length }, () => view.getFloat32((at += 4) - 4, true));
    const bad = indexNotFinite(array);
    if (bad >= 0) refuse(where, 'state', 'finite numbers', `${array[bad]} before byte ${at}`);
    return array;
  });
  if (!isEarlier && encodeState(t, values).some((byte, k) => byte !== bytes[k]))
    refuse(where, 'state', 'ASF2 and its digest', 'others');
  return { t, values };
}
