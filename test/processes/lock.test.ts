/** Two or three processes start in one folder at the same time. One trains, and the others are refused in one line each. */
import { readdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runsOf } from '../support.ts';
import { freshFolder, linesOf, modelOf, start } from './process.ts';
import { shortTraining, smallNetwork, writeDataset, writeNetwork } from '../command/world.ts';

const trials = runsOf(16);
const dead = `.asf-bp.lock.${2 ** 22 + 1}..0123456789abcdef.${hostname()}`;

test(`${trials} trials lose nothing`, { timeout: 60_000 * trials }, async () => {
  const args = shortTraining(writeDataset('data', 8, 4), writeNetwork('small', smallNetwork));
  for (let trial = 0; trial < trials; trial++) {
    const out = freshFolder();
    // Half of the trials start with the lock of a killed process.
    if (trial % 4 < 2) writeFileSync(join(out, dead), '');
    const seeds = ['1', '2', '3'].slice(0, 2 + (trial % 2));
    const runs = seeds.map((seed) => start([...args, '--out', out, '--seed', seed, '--json']).ended);
    const outcomes = await Promise.all(runs);
    const done = outcomes.filter(({ code }) => code === 0);
    expect(done, outcomes.map(({ err }) => err).join('')).toHaveLength(1);
    for (const { code, out: said, err } of outcomes) {
      if (code === 0) continue;
      expect([code, said]).toEqual([2, '']);
      expect(err).toMatch(/^train: "--out" .*\n$/);
    }
    expect(readdirSync(out).sort()).toEqual(['checkpoint.safetensors', 'model.safetensors']);
    const winner = outcomes.indexOf(done[0]!);
    expect(linesOf(done[0]!).length).toBeGreaterThan(0);
    for (const name of readdirSync(out)) expect(modelOf(join(out, name)).net.seed).toBe(winner + 1);
  }
});
