/** The check finds right implementations right, and a mistake where it is made. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binary32, real } from '../../spec/arithmetic.ts';
import { authors, paper } from '../../spec/variant.ts';
import type { Values } from '../../src/oracle/interval.ts';
import { check } from '../../src/oracle/oracle.ts';
import { drawing } from '../support.ts';
import { implementations } from './implementations.ts';
import { anyWorld, byEquation8, made, shaped, worldOf, type World } from './worlds.ts';

/** The network and variant of a world as options of the check. */
const caseOf = ({ description, variant, optimiser }: World) => ({
  network: { ...description, variant },
  optimiser,
  mistakes: [],
});

/** What differs, in a few words. */
function complaints(world: World, arrays: ReturnType<typeof shaped>, free = false): string[] {
  const { steps } = check({ ...caseOf(world), arrays, free });
  return steps.flatMap(({ findings }) =>
    findings
      .filter(({ verdict }) => verdict === 'differs')
      .map(({ key, verdict, bounds, first }) => `${verdict} ${key} ${bounds} ${JSON.stringify(first)}`),
  );
}

describe.each(Object.entries(implementations))('%s', (_, semantics) => {
  it.each([binary32, real])('agrees in $name', (precision) => {
    const law = fc.property(anyWorld, fc.boolean(), (world, free) => {
      expect(complaints(world, shaped(world, made(world, precision, semantics)), free)).toEqual([]);
    });
    fc.assert(law, drawing(15));
  });
});

it('agrees where FI and the output’s u are W·FO, with the currents there (Eq. 8)', () => {
  const law = fc.property(anyWorld, (world) => {
    const arrays = made(world, binary32, {}, byEquation8(world, binary32));
    expect(complaints(world, shaped(world, arrays))).toEqual([]);
  });
  fc.assert(law, drawing(60));
});

it('agrees whatever was left out', () => {
  const law = fc.property(anyWorld, fc.infiniteStream(fc.boolean()), (world, choice) => {
    const all = made(world, binary32, implementations['last term first']);
    const kept = [...all].filter(([key]) => world.given.has(key) || key === 'loss' || choice.next().value);
    expect(complaints(world, shaped(world, new Map(kept)))).toEqual([]);
  });
  fc.assert(law, drawing(60));
});

it('what is right for right inputs is not wrong where what was recorded before it is', () => {
  const world = worldOf(3, 0, authors, 1, true);
  const all = made(world, binary32);
  const FO = all.get('layer1.FO')!.map((value) => value + 3) as Float32Array;
  const arrays = shaped(world, new Map([...all, ['layer1.FO', FO]]));
  expect(complaints(world, arrays).map((text) => text.split(' ')[1])).toEqual(['layer1.FO']);
  const { steps } = check({ ...caseOf(world), arrays });
  expect(steps[0].diagnoses.map(({ part }) => part)).toEqual(['flow.1.FO']);
});

describe('an image and its randomness', () => {
  const base = worldOf(5, 0, authors, 1, true);
  const { channels, height, width } = base.description.input;
  const size = channels * height * width;
  const given = new Map(base.given);
  given.delete('input.spikes');
  given.set(
    'image',
    Float32Array.from({ length: base.B * size }, (_, i) => ((i % 5) - 1) / 3),
  );
  given.set('encode.seed', Uint32Array.of(7));
  const world: World = { ...base, given };
  const all = made(world);

  it('make the input spikes, from a seed or from random words', () => {
    const words = new Map(all);
    words.delete('encode.seed');
    for (const arrays of [all, words]) {
      const { verdict, steps } = check({ ...caseOf(world), arrays: shaped(world, arrays) });
      expect(verdict).toBe('agrees');
      expect(steps[0].findings[arrays === all ? 1 : 0].key).toBe('input.spikes');
    }
  });

  it('show a wrong spike in stage encode', () => {
    const spikes = all.get('input.spikes')!.slice();
    spikes[3] = spikes[3] === 0 ? 1 : 0;
    const arrays = shaped(world, new Map([...all, ['input.spikes', spikes]]));
    const { steps } = check({ ...caseOf(world), arrays });
    const wrong = steps[0].findings.filter(({ verdict }) => verdict === 'differs');
    expect(wrong.map(({ key, stage }) => [key, stage])).toEqual([['input.spikes', 'encode']]);
  });
});

describe('a ratio that is no number', () => {
  const judged = (variant: typeof paper, scale: number, ratio: number) => {
    const base = worldOf(3, 0, variant, 1, true);
    const given = new Map(base.given);
    for (const key of ['layer1.weight', 'layer1.bias'])
      given.set(key, base.given.get(key)!.map((w) => w * scale) as Float32Array);
    const world = { ...base, given };
    const arrays = new Map([...made(world), ['layer1.ratio', Float64Array.of(ratio)] as const]);
    return complaints(world, shaped(world, arrays)).filter((text) => text.includes('layer1.ratio')).length;
  };

  it('is wrong where ΣFI is not 0', () => {
    expect(judged(paper, 1, NaN)).toBe(1);
    expect(judged(paper, 1, Infinity)).toBe(1);
    expect(judged(authors, 1, NaN)).toBe(1);
  });

  it('is right where it is 0/0, and the variant has no floor', () => {
    expect(judged(paper, 0, NaN)).toBe(0);
    expect(judged(paper, 0, Infinity)).toBe(1);
    expect(judged(authors, 0, NaN)).toBe(1);
  });
});

describe('where rounding leaves a spike open', () => {
  /** Ten inputs of weight 0.1 and a threshold of 1: whether their sum reaches it is a matter of order. */
  const world: World = {
    description: {
      input: { channels: 10, height: 1, width: 1 },
      timeWindow: 3,
      threshold: 1,
      layers: [
        { kind: 'linear', units: 4 },
        { kind: 'linear', units: 2 },
      ],
    },
    variant: paper,
    B: 1,
    optimiser: 'adam',
    given: new Map<string, Values>([
      ['input.spikes', new Int8Array(30).fill(1)],
      ['label', Int32Array.of(1)],
      ['layer1.weight', new Float32Array(40).fill(0.1)],
      ['layer2.weight', new Float32Array(8).fill(0.5)],
    ]),
  };
  const spikesOf = (arrays: Map<string, Values>): number[] => [...arrays.get('layer1.spikes')!];
  const late = new Map(
    made(world, binary32, {
      applyCurrent: (x, w, o, layer) => {
        layer.kind.applyCurrent(x, w, o, layer);
        if (layer.n === 1) x.fill(Math.fround(1 - 2 ** -24));
      },
    }),
  );

  it('either branch is right, and what comes after is judged by it', () => {
    const early = made(world, binary32);
    expect(spikesOf(early)).not.toEqual(spikesOf(late));
    for (const arrays of [early, late]) {
      const supplied = shaped(world, arrays);
      const report = check({ ...caseOf(world), arrays: supplied });
      expect(report.steps[0].findings.filter(({ verdict }) => verdict === 'differs')).toEqual([]);
      // Without the currents, nobody knows on which side of the threshold the potential was.
      delete supplied['layer1.current'];
      delete supplied['layer1.compared'];
      const open = check({ ...caseOf(world), arrays: supplied });
      expect(open.verdict).not.toBe('differs');
      const finding = open.steps[0].findings.find(({ key }) => key === 'layer1.spikes')!;
      expect(finding.class).toBe('either');
      expect(finding.open).toBeGreaterThan(0);
    }
  });

  it('and without the spikes nothing is said that may be false', () => {
    for (const arrays of [made(world, binary32), late]) {
      const supplied = shaped(world, arrays);
      for (const what of ['current', 'compared', 'potential', 'potential.end', 'spikes'])
        delete supplied[`layer1.${what}`];
      expect(complaints(world, supplied)).toEqual([]);
    }
  });
});
