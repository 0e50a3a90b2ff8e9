/** Every public function returns, or refuses in one line, whatever it is given; what the caller's own code throws passes unchanged. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/errors.ts';
import { oneLine } from '../../src/printable.ts';
import { runsOf } from '../support.ts';
import { exported, functions } from './exports.ts';
import { Own, plant, planted, type Planted } from './values.ts';

/** As for the readers: `FUZZ_RUNS=100000 FUZZ_SEED=7 npx vitest run test/fuzz/exports -t predict`. */
const seed = Number(process.env['FUZZ_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const runs = Number(process.env['FUZZ_RUNS'] ?? runsOf(160));

/**
 * Whether an error is the caller's: thrown by a getter, a trap or a function of theirs, by a proxy
 * that they revoked, since their callback is a class, or by a proxy of a map or a typed array, whose methods all throw.
 */
const isOwn = (error: unknown): boolean =>
  error instanceof Own ||
  /proxy that has been revoked|^TypeError: Class constructor|incompatible receiver/.test(String(error));

/** The arguments with the values planted; a value that was planted before may refuse the next. */
function plantAll(args: readonly unknown[], values: readonly Planted[]): readonly unknown[] {
  let given: unknown = args;
  for (const { path, make } of values) {
    try {
      given = plant(given, path, make);
    } catch {
      break;
    }
  }
  return given as readonly unknown[];
}

it('the table has every function of every entry', () => {
  const names = exported.map(({ name }) => name);
  expect(functions.length).toBeGreaterThan(40);
  expect(functions.filter((name) => !names.includes(name))).toEqual([]);
});

describe.each(exported)('$name', ({ name, args, call }) => {
  it('takes its arguments', async () => {
    await call(...args());
  });

  it('returns or refuses in one line, whatever it is given', { timeout: 600_000 }, async () => {
    const property = fc.asyncProperty(
      fc.array(planted, { minLength: 1, maxLength: 2 }),
      async (values: Planted[]) => {
        const given = plantAll(args(), values);
        try {
          await call(...given);
        } catch (error) {
          if (isOwn(error)) return;
          if (!(error instanceof InputError))
            throw new Error(`not an InputError: ${String(error)}`, { cause: error });
          if (oneLine(error.message) !== error.message)
            throw new Error(`not one printable line: ${JSON.stringify(error.message)}`, { cause: error });
        }
      },
    );
    try {
      await fc.assert(property, { seed, numRuns: runs, includeErrorInReport: true });
    } catch (error) {
      const repeat = `FUZZ_SEED=${seed} FUZZ_RUNS=${runs} npx vitest run test/fuzz/exports -t '${name}'`;
      throw new Error(`Repeat by: ${repeat}\n${(error as Error).message}`, { cause: error });
    }
  });
});
