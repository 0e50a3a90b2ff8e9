/** The fixed-point vectors equal the results of integer hardware. */
import { expect, it } from 'vitest';
import { paper } from '../../spec/variant.ts';
import { unitsOf } from '../../src/oracle/files/fixedCase.ts';
import { fixedSet } from './generator/cases.ts';
import { windowOf } from './generator/fixed.ts';

it.each(fixedSet().filter(({ stage, variant }) => stage === 'neuron' && variant === paper))(
  'layer 1 of $name is an integer neuron',
  (draft) => {
    const { format, B, description } = draft;
    const { width, fraction, rounding, overflow } = format;
    const window = windowOf(draft);
    const of = (what: string) => unitsOf(`layer1.${what}`, window.get(`layer1.${what}`)!, format);
    const [x, potential, spikes] = [of('current'), of('potential'), of('spikes')];
    const half = rounding === 'nearest' ? 1 << (fraction - 1) : 0;
    const most = 2 ** (width - 1);
    const fit = (n: number): number =>
      overflow === 'wrap' ? (n << (32 - width)) >> (32 - width) : Math.max(-most, Math.min(most - 1, n));
    const constant = (value: number): number => Math.floor(value * 2 ** fraction + (half ? 0.5 : 0));
    const [Vth, λ] = [constant(description.threshold), constant(description.leak!)];
    const size = x.length / (description.timeWindow * B);
    const ends = new Set<number>();
    for (let i = 0; i < size * B; i++) {
      let [u, o] = [0, 0];
      for (let at = i; at < x.length; at += size * B) {
        const sum = (o ? 0 : fit((λ * u + half) >> fraction)) + x[at];
        u = fit(sum);
        if (u !== sum) ends.add(Math.sign(sum));
        o = u >= Vth ? 1 : 0;
        expect([u, o]).toEqual([potential[at], spikes[at]]);
      }
    }
    expect([...ends].sort()).toEqual([-1, 1]);
  },
);
