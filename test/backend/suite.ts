/** Tests with random networks that every backend must pass. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { neuronsOf, type Network } from '../../spec/network.ts';
import { trainingStep, type StepResult } from '../../spec/algorithm1.ts';
import { binary32 } from '../../spec/arithmetic.ts';
import { applyBatch } from '../../spec/backward.ts';
import { buildNetwork, type NetworkDescription } from '../../spec/dictionary.ts';
import { inputWord } from '../../spec/random.ts';
import { reverseStep, type ReverseResult } from '../../spec/reverseTime.ts';
import { ruleChoices, timeRuleOf, type RuleName } from '../../spec/rule.ts';
import { computeFlowSums } from '../../spec/scale.ts';
import { surrogates } from '../../spec/surrogate.ts';
import {
  adam,
  applyAdam,
  applySGD,
  computeAdamConstants,
  updateRanges,
  type SGD,
} from '../../spec/update.ts';
import { paper } from '../../spec/variant.ts';
import type { Backend, Buffer } from '../../src/backend/backend.ts';
import { createReference } from '../../src/backend/reference.ts';
import { Workspace } from '../../src/backend/workspace.ts';
import { GradientPass } from '../../src/train/gradientPass.ts';
import { ForwardPass } from '../../src/train/forwardPass.ts';
import { keysOf } from '../../src/keysOf.ts';
import { weightedLayers } from '../../src/network/network.ts';
import { linears } from '../kinds.ts';
import { anyCase, networkOf, timeRuleNames, type Case } from '../networks.ts';
import { requireFinite, samplesOf } from '../spec/drawn.ts';
import { awaitedLaw } from '../spec/support.ts';
import { expectBits } from '../support.ts';

const sgd: SGD = { kind: 'sgd', weightDecay: 0.01 };

export type Create = (network: Network) => Backend | Promise<Backend>;

/** Changes a random case into one that the backend supports. */
export type Adapt = (drawn: Case) => Case;
const asDrawn: Adapt = (drawn) => drawn;

/** Compares whole networks with the spec, bit for bit, `draws` times. */
export function testNetworks(create: Create, draws: number, adapt = asDrawn): void {
  awaitedLaw('equals the spec in every bit', anyCase, draws, (drawn) => agrees(adapt(drawn), create));
}

/** Tests of single windows by hand-worked examples, and of a window in two parts. */
export function testWindows(create: Create, draws: number, adapt = asDrawn): void {
  it('fires up to the very word that p allows', async () => {
    const draw = { seed: 3, stream: 'train', epoch: 2, sample: 5 } as const;
    const T = 4;
    const description: NetworkDescription = {
      input: { channels: 1, height: 1, width: 6 },
      timeWindow: T,
      threshold: 1,
      layers: [{ kind: 'linear', units: 1 }],
    };
    const network = buildNetwork(description, paper, binary32);
    for (let t = 0; t < T; t++) {
      const words = [0, 1, 2, 3, 4, 5].map((index) => inputWord(draw, t, index));
      // A spike needs word < p·2³². So p·2³² = word + 1 fires, and p·2³² = word does not.
      const intensities = words.map((word, index) => (word + (index % 2)) / 2 ** 32);
      const passes = new ForwardPass(await create(network), { batch: 1 });
      passes.writeWeights([new Float32Array(6)]);
      passes.runForward([{ input: { intensities, draw }, label: 0 }]);
      const spikes = (await passes.backend.read(passes.buffersOf(0).o)) as Float32Array;
      expect([...spikes.subarray(6 * t, 6 * t + 6)]).toEqual([0, 1, 0, 1, 0, 1]);
    }
  });

  it('takes a label that is unknown for no class, of hundreds', async () => {
    const layers = linears(300);
    const description = { input: { channels: 1, height: 1, width: 1 }, timeWindow: 2, threshold: 1, layers };
    const passes = new ForwardPass(await create(buildNetwork(description, paper, binary32)), { batch: 3 });
    passes.writeWeights([new Float32Array(300)]);
    passes.runForward([0, 299, -1].map((label) => ({ input: { frames: [1, 0] }, label })));
    const { losses } = await passes.readReport();
    expect([losses[0] > 0, losses[0] === losses[1], losses[2]]).toEqual([true, true, 0]);
  });

  it('counts the spikes of a window longer than a byte', async () => {
    const T = 300;
    const layers = linears(5, 1);
    const description = { input: { channels: 1, height: 1, width: 1 }, timeWindow: T, threshold: 1, layers };
    const network = buildNetwork(description, paper, binary32);
    const passes = new ForwardPass(await create(network), { batch: 1 });
    passes.writeWeights([Float32Array.of(1, 0.5, 0, -1, 2), Float32Array.of(1, 1, 1, 1, 1)]);
    passes.runForward([{ input: { frames: new Int8Array(T).fill(1) }, label: 0 }]);
    expect([...(await passes.backend.read(passes.buffersOf(1).FO))]).toEqual([T, T / 2, 0, 0, T]);
  });

  awaitedLaw(
    'gives the bits of T steps in T₁ and then T₂ steps',
    fc.tuple(anyCase, fc.nat()),
    draws,
    ([drawn, cut]) => carriesOn(adapt(drawn), cut, create),
  );
}

async function agrees(drawn: Case, create: Create): Promise<void> {
  const backend = await create(networkOf(drawn));
  try {
    await compare(drawn, backend);
  } finally {
    backend.dispose();
  }
}

async function compare(drawn: Case, backend: Backend): Promise<void> {
  const { network } = backend;
  const samples = samplesOf(drawn, network);
  const expected = trainingStep(network, drawn.weights, drawn.S, samples, drawn.when, drawn.shard);
  requireFinite(expected);

  const passes = new GradientPass(backend, { batch: drawn.samples.length, shard: drawn.shard });
  write(passes, drawn);
  passes.writeMoments();
  // Runs another batch first, whose values must not remain in the buffers.
  passes.runForward([...drawn.samples].reverse());
  passes.backward(expected.S);
  passes.runForward(drawn.samples);
  await expectReport(passes, expected, network);
  const { sums } = await passes.readReport();
  for (const [b, states] of expected.states.entries()) {
    expectBits((await passes.readFlows(0, b)).FO, states[0].FO, `FO of the input, sample ${b}`);
    for (const layer of network.layers) {
      const { FI, FO } = states[layer.n];
      const own = computeFlowSums(FI, FO, layer, network.variant, binary32);
      expect(sums[layer.n - 1][b], `sums of layer ${layer.n}, sample ${b}`).toEqual(own);
    }
  }

  passes.backward(expected.S);
  await expectLearnt(passes, expected.dw, drawn);
}

/** Compares the gradient of a batch, and the weights after its update. */
export async function expectLearnt(
  passes: GradientPass,
  expected: StepResult['dw'],
  { weights, samples, optimiser }: Case,
): Promise<void> {
  const { layers, variant } = passes.backend.network;
  const isAdam = optimiser === 'adam';
  const gradients = await passes.readGradient();
  const { constants } = computeAdamConstants({ β1k: 1, β2k: 1 }, 1e-3, adam);
  const rule = isAdam ? { optimiser: adam, constants } : { optimiser: sgd, η: 0.01 };
  passes.update({ samples: samples.length, ...rule });
  const [after, moments] = [await passes.readWeights(), await passes.readMoments()];
  for (const [place, layer] of weightedLayers(passes.backend.network).entries()) {
    const { n } = layer;
    const isTrained = n < layers.length || variant.outputWeights === 'trained';
    const [w, dw] = [weights[n - 1].slice(), expected[n - 1]];
    if (isTrained) {
      const mean = Float32Array.from(gradients[place]);
      applyBatch(mean, samples.length, variant);
      expectBits(mean, dw, `dw of layer ${n}`);
    }
    const [m, v] = [new Float32Array(w.length), new Float32Array(w.length)];
    for (const { from, to, weightDecay } of updateRanges(layer, rule.optimiser.weightDecay)) {
      const [own, g, one, two] = [w, dw, m, v].map((list) => list.subarray(from, to));
      if (isAdam) applyAdam(own, g, one, two, constants, { ...adam, weightDecay });
      else applySGD(own, g, 0.01, weightDecay);
    }
    if (isAdam) expectBits(moments.m[place], m, `m of layer ${n}`);
    if (isAdam) expectBits(moments.v[place], v, `v of layer ${n}`);
    if (isTrained || isAdam) expectBits(after[place], w, `w of layer ${n}`);
  }
}

/** Runs a sample in one part and in two, and compares potentials, flows and spikes. */
async function carriesOn(drawn: Case, cut: number, create: Create): Promise<void> {
  const network = networkOf(drawn);
  const { T, input } = network;
  const T1 = cut % (T + 1);
  const text = await run(createReference, [{ t0: 0, steps: T }]);
  const whole = await run(create, [{ t0: 0, steps: T }]);
  const cutAt = [
    { t0: 0, steps: T1 },
    { t0: T1, steps: T - T1 },
  ];
  const parts = await run(create, cutAt);
  const moved = await run(create, cutAt, true);
  for (const [place, values] of text.entries()) {
    expectBits(whole[place], values, `buffer ${place}`);
    expectBits(parts[place], values, `buffer ${place} in parts`);
    expectBits(moved[place], values, `buffer ${place} in parts, its state taken out and laid in between`);
  }

  /** @param moves whether the state is read, overwritten, and written back between the parts */
  async function run(
    make: Create,
    spans: readonly { t0: number; steps: number }[],
    moves = false,
  ): Promise<Float32Array[]> {
    const backend = await make(network);
    const workspace = new Workspace(backend);
    workspace.writeWeights(workspace.weighted.map((n) => drawn.weights[n - 1]));
    const given = drawn.samples[0].input;
    const size = neuronsOf(input);
    for (const { t0, steps } of spans) {
      if (steps === 0) continue;
      const span = { first: 0, samples: 1, t0, steps };
      const part =
        'frames' in given
          ? { frames: Array.from(given.frames).slice(t0 * size, (t0 + steps) * size) }
          : given;
      workspace.forward([part], span);
      if (moves) await takeOut(workspace);
    }
    const found = await Promise.all(
      stateOf(workspace).map(async (buffer) => (await backend.read(buffer)) as Float32Array),
    );
    backend.dispose();
    return found;
  }
}

/** Reads the state, overwrites it and writes it back, as a session does when another session takes the buffers. */
async function takeOut(workspace: Workspace<Backend>): Promise<void> {
  const { backend } = workspace;
  for (const buffer of stateOf(workspace)) {
    const values = await backend.read(buffer);
    backend.write(buffer, new Float32Array(values.length).fill(7));
    backend.write(buffer, values);
  }
}

/** u, FI and FO of each layer, and FO of the input; a silent layer has no u. */
function stateOf({ backend, buffers }: Workspace<Backend>): Buffer[] {
  const own = backend.network.layers.flatMap(({ n, kind }) =>
    (kind.silent ? (['FI', 'FO'] as const) : (['potential', 'FI', 'FO'] as const)).map((role) =>
      buffers.of(role, n),
    ),
  );
  return [buffers.of('FO', 0), ...own];
}

/** A random case with a rule that goes back through time, and the settings of the rule. */
export const anyReverse = fc.record({
  drawn: anyCase,
  rule: fc.constantFrom(...timeRuleNames),
  surrogate: fc.constantFrom(...keysOf(surrogates)),
  width: fc.oneof(fc.constantFrom(0.5, 1, 3), fc.double({ min: 0.01, max: 100, noNaN: true })),
});

export function planOf({ description, variant }: Case, rule: RuleName): Network {
  return buildNetwork(description, { ...variant, ...ruleChoices[rule] }, binary32);
}

/** Compares random networks with the spec, `draws` times, for each kind of output layer. */
export function testOutputs(create: Create, draws: number, adapt = asDrawn): void {
  awaitedLaw(
    'shows what the output layer shows, where it leaks or fires',
    anyReverse,
    draws,
    async ({ drawn: any, rule, surrogate, width }) => {
      const drawn = adapt(any);
      const backend = await create(planOf(drawn, rule));
      try {
        const { network } = backend;
        const data = timeRuleOf(rule, { surrogate, width })!;
        const expected = reverseStep(network, drawn.weights, samplesOf(drawn, network), data);
        requireFinite(expected);
        const passes = new ForwardPass(backend, { batch: drawn.samples.length });
        write(passes, drawn);
        passes.runForward(drawn.samples);
        await expectReport(passes, expected, network);
      } finally {
        backend.dispose();
      }
    },
  );
}

export function write(passes: ForwardPass, { weights }: Case): void {
  passes.writeWeights(weightedLayers(passes.backend.network).map(({ n }) => weights[n - 1]));
}

export async function expectReport(
  passes: ForwardPass,
  expected: Pick<ReverseResult, 'losses' | 'states'>,
  network: Network,
): Promise<void> {
  const report = await passes.readReport();
  expectBits(report.losses, expected.losses, 'loss');
  for (const [b, states] of expected.states.entries()) {
    const { u, FO } = states.at(-1)!;
    expectBits(report.potentials[b], network.layers.at(-1)!.spikes ? FO : u, `result of sample ${b}`);
    for (const { n } of network.layers) {
      const flows = await passes.readFlows(n, b);
      expectBits(flows.FO, states[n].FO, `FO of layer ${n}, sample ${b}`);
      expectBits(flows.FI, states[n].FI, `FI of layer ${n}, sample ${b}`);
      const spikes = Array.from(states[n].FO).reduce((sum, count) => sum + count, 0);
      expect(report.spikes[n - 1][b], `spikes of layer ${n}, sample ${b}`).toBe(spikes);
    }
  }
}
