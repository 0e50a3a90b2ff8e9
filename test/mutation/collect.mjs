/** What a test file imports from vitest, as far as the tests of `spec/` use it: names and bodies are only noted. */
import { expect } from 'vitest';

/** Runs `load`, and returns the tests that it notes, in their order: `{ name, body }`. */
export function collect(load) {
  const tests = [];
  const path = [];
  // Between the name and the body there may be options.
  const it = (name, ...rest) =>
    tests.push({ name: `${[...path, name].join(' › ')} [${tests.length}]`, body: rest.at(-1) });
  const describe = (name, ...rest) => {
    path.push(name);
    rest.at(-1)();
    path.pop();
  };
  it.runIf = (isRun) => (isRun ? it : () => {});
  describe.runIf = (isRun) => (isRun ? describe : () => {});
  it.each = each(it);
  describe.each = each(describe);
  const afterAll = () => {}; // it asks of all draws together, and a mutant meets some of the tests
  load({ expect, it, test: it, describe, afterAll });
  return tests;
}

/** A row that is a list is the arguments, any other is the argument. */
function each(note) {
  return (rows) =>
    (name, ...rest) => {
      for (const row of rows) note(name, () => rest.at(-1)(...(Array.isArray(row) ? row : [row])));
    };
}
