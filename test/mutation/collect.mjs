/** A substitute for vitest, as far as the tests of `spec/` use it. It collects the names and bodies of tests. */
import { expect } from 'vitest';

/** Runs `load`, and returns the tests in their order: `{ name, body }`. */
export function collect(load) {
  const tests = [];
  const path = [];
  // Options may follow the name.
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
  const afterAll = () => {}; // its check covers all draws together, but a mutant runs only some tests
  load({ expect, it, test: it, describe, afterAll });
  return tests;
}

/** If a row is an array, its elements are the arguments. Otherwise, the row is the only argument. */
function each(note) {
  return (rows) =>
    (name, ...rest) => {
      for (const row of rows) note(name, () => rest.at(-1)(...(Array.isArray(row) ? row : [row])));
    };
}
