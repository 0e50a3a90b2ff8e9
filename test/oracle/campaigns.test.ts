/** Small campaigns: correct programs raise no alarm, and each wrong array is detected and gets no false explanation. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Values } from '../../src/engine/rounding.ts';
import { checkStep, type StepReport } from '../../src/oracle/asf/check.ts';
import { mistakes } from '../../src/oracle/asf/mistakes/mistakes.ts';
import { drawRecording, runTrial } from './acquittals.ts';
import { runAlarm } from './alarms.ts';
import { modelIn, type World } from './worlds.ts';
import { drawing } from '../support.ts';

it('no right step differs, and few of those with all spikes are undecided', () => {
  let [whole, undecided] = [0, 0];
  const law = fc.property(fc.nat(), (seed) => {
    const { verdict, subset, note } = runAlarm(seed);
    expect(verdict, note).not.toBe('differs');
    if (subset === 'any') return;
    whole++;
    if (verdict === 'undecided') undecided++;
  });
  // Both examples store binary64 as binary32, and were once reported as wrong.
  fc.assert(law, { ...drawing(600), examples: [[83270], [502507]] });
  expect(undecided).toBeLessThanOrEqual(2 + whole / 50);
});

it(
  'no wrong array is acquitted, and none is explained by what does not make it',
  { timeout: 240_000 },
  () => {
    const law = fc.property(fc.nat(), (seed) => {
      const trial = runTrial(seed);
      if (!trial) return;
      expect([trial.verdict === 'agrees', ...trial.false], trial.note).toEqual([false]);
      if (trial.subset === 'all') expect(trial.verdict, trial.note).toBe('differs');
    });
    // The first two examples were once acquitted. The others were once explained by mistakes with wide bounds, by one 0, or by an output layer that fires although arrays of one that integrates agree.
    const examples = [
      1905610658, 9331913, 600911, 600359, 9330087, 9332971, 9331291, 9402722, 9502129, 9510475,
    ];
    fc.assert(law, { ...drawing(160), examples: examples.map((seed) => [seed]) });
  },
);

/** Checks a step; `atOnce` limits the numbers of a window that are computed at once. */
const checked = (
  world: World,
  arrays: ReadonlyMap<string, Values>,
  atOnce: number,
  done: number[] = [],
): StepReport =>
  checkStep({ ...modelIn(world), atOnce }, arrays, {
    mistakes,
    carried: new Map(),
    tell: (doing, _, many) => void (doing === 'checked' && done.push(many)),
  }).report;

it('a window that is checked a few samples at a time is told about and judged as it is at once', () => {
  const law = fc.property(fc.nat(), (seed) => {
    const recording = drawRecording(seed);
    if (!recording || recording.world.B === 1) return;
    const { world, arrays } = recording;
    const done: number[] = [];
    const [parts, whole] = [checked(world, arrays, 1, done), checked(world, arrays, 2 ** 40)];
    const counts = ({ findings }: StepReport) => findings.map(({ key, compared }) => [key, compared]);
    expect(counts(parts)).toEqual(counts(whole));
    // A chunk may be computable even if the whole batch is not.
    if (whole.findings.some(({ needs }) => needs !== undefined)) return;
    // A constant is fitted to the samples of one chunk, which may be too few.
    if (whole.diagnoses.some(({ explains }) => explains.some(({ numbers }) => numbers))) return;
    const plain = ({ findings, ...rest }: StepReport) => ({
      ...rest,
      // A description depends on the samples that are stored.
      findings: findings.map((finding) => ({ ...finding, description: undefined })),
    });
    expect(plain(parts)).toEqual(plain(whole));
    expect(done).toEqual(done.map((_, k) => k));
  });
  fc.assert(law, { ...drawing(24), examples: [[1300146762]] });
});
