/** `check --graph`: what it prints, and its exit codes. */
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { asfbp } from './command.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const check = (...args: readonly string[]) => asfbp(['check', ...args], root);
const at = (name: string): string => `test/fixtures/nir/${name}`;
const lif = ['--graph', at('lif_norse.nir'), '--dt', '1e-4'];

test('a trace of its convention agrees: exit code 0', async () => {
  const { code, out } = await check(at('lif_norse.csv'), ...lif, '--as', 'norse');
  expect({ code, out }).toEqual({
    code: 0,
    out: `${at('lif_norse.csv')}: agrees, as norse\n  1: 2000 numbers agree, 4 spikes\n  the trace does not tell it from spikingjelly\n`,
  });
});

test('a trace of another one differs, with what explains all of it: exit code 1', async () => {
  const { code, out } = await check(at('lif_lava_cpu_float.csv'), ...lif, '--as', 'norse', '--json');
  const report = JSON.parse(out) as { differs: { explains: { id: string }[] } };
  expect(code).toBe(1);
  expect(report.differs.explains.map(({ id }) => id)).toEqual(['arrives=stepAfter', 'lava']);
});

test.each([
  [['--as', 'norse'], /^check: "FILE" expected \.npz, \.npy or \.csv files of traces, got nothing\n$/],
  [
    [at('lif_norse.csv')],
    /^check: "--as" expected the convention .*, got nothing; docs\/nir\.md lists them\n$/,
  ],
  [[at('lif_norse.csv'), '--as', 'nors'], /^check: "--as" expected one of .*; did you mean norse\?\n$/],
  [[at('lif_norse.csv'), '--as', 'spinnaker2'], /^check: "--dt" expected seconds of a step, .*\n$/],
  [['nowhere.csv', '--as', 'norse'], /^check: .*nowhere\.csv.*\n$/],
])('%j is refused in one line: exit code 2', async (args, message) => {
  const { code, out, err } = await check(...args, '--graph', at('lif_norse.nir'));
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toMatch(message);
});
