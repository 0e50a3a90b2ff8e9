/**
 * For any arguments, every public function returns, or refuses them with a message of one line. Errors of the caller's code
 * pass unchanged.
 */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawing } from '../support.ts';
import { exported, functions } from './exports.ts';
import { checkRefusal } from './refusal.ts';
import { Own, plant, planted, type Planted } from './values.ts';

/**
 * Whether the caller's code threw the error: a getter, trap or function, a revoked proxy, a class that was called as a callback, or
 * a proxy of a map or a typed array, whose methods all throw.
 */
const isOwn = (error: unknown): boolean =>
  error instanceof Own ||
  /proxy that has been revoked|^TypeError: Class constructor|incompatible receiver/.test(String(error));

/** Plants the values into the arguments. Stops where an earlier value leaves no place for the next one. */
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

describe.each(exported)('$name', ({ args, call }) => {
  it('takes its arguments', async () => {
    await call(...args());
  });

  it('returns or refuses in one line, whatever it is given', { timeout: 600_000 }, async () => {
    const given = fc.array(planted, { minLength: 1, maxLength: 2 });
    const property = fc.asyncProperty(given, async (values) => {
      try {
        await call(...plantAll(args(), values));
      } catch (error) {
        if (!isOwn(error)) checkRefusal(error);
      }
    });
    await fc.assert(property, { ...drawing(160), includeErrorInReport: true });
  });
});
