/** What a test file imports from vitest, as far as the tests of `spec/` use it: names and bodies are only noted. */
import { expect } from 'vitest';

/** Runs `load`, and returns the tests that it notes, in their order: `{ name, body }`. */
export function collect(load) {
  const tests = [];
  const path = [];
  const it = (name, body) => tests.push({ name: `${[...path, name].join(' › ')} [${tests.length}]`, body });
  const describe = (name, body) => {
    path.push(name);
    body();
    path.pop();
  };
  it.each = each(it);
  describe.each = each(describe);
  const afterAll = () => {}; // it asks of all draws together, and a mutant meets some of the tests
  load({ expect, it, describe, afterAll });
  return tests;
}

/** A row that is a list is the arguments, any other is the argument. */
function each(note) {
  return (rows) => (name, body) => {
    for (const row of rows) note(name, () => body(...(Array.isArray(row) ? row : [row])));
  };
}
