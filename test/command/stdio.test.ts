/** `asf-bp oracle --stdio`, `gen` and `verify` judge adapters that are right, wrong or badly behaved. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { asfbp, home } from '../processes/process.ts';
import { writeNetwork } from './world.ts';

const network = writeNetwork('stdio', {
  input: { channels: 1, height: 1, width: 2 },
  timeWindow: 2,
  threshold: 1,
  layers: [{ kind: 'linear', units: 2 }],
});
const cases = ['a', 'b', 'c', 'd'].map((name) => join(home, `stdio-${name}.json`));
beforeAll(() => {
  const arrays = {
    'input.spikes': { shape: [2, 1, 1, 1, 2], data: [1, 0, 1, 1] },
    label: [1],
    'layer1.weight': [
      [0.5, 0.25],
      [1, 0],
    ],
  };
  const file = { network: JSON.parse(readFileSync(network, 'utf8')) as object, variant: 'paper', arrays };
  for (const path of cases) writeFileSync(path, JSON.stringify(file));
});

/** An adapter in JavaScript: what it says to a case. */
function adapter(name: string, answer: string): string {
  const path = join(home, `${name}.mjs`);
  writeFileSync(
    path,
    `import { createInterface } from 'node:readline';
const say = (message) => console.log(JSON.stringify(message));
const right = { shape: [1, 2], data: [1.25, 2] };
say({ type: 'hello', version: 1, name: 'test' });
for await (const line of createInterface({ input: process.stdin })) {
  const { type, id } = JSON.parse(line);
  if (type === 'case') { ${answer} }
}`,
  );
  return `${process.execPath} ${path}`;
}

const result = (FI: string): string => `say({ type: 'result', id, arrays: { 'layer1.FI': ${FI} } });`;
const drive = (command: string, ...files: readonly string[]) =>
  asfbp(['oracle', '--timeout', '5', '--stdio', command, ...files]);

describe.concurrent('an adapter', () => {
  test('is right', async () => {
    const { code, out } = await drive(adapter('right', result('right')), ...cases);
    expect({ code, out }).toMatchObject({ code: 0 });
    expect(out).toContain('4 cases: 4 agree, 0 differ, 0 skipped, 0 failed');
  });

  test('is wrong', async () => {
    const { code, out } = await drive(adapter('wrong', result('[[1.25, 3]]')), cases[0]);
    expect(code).toBe(1);
    expect(out).toContain('expected 2, got 3');
  });

  test('skips with a reason, which alone is no agreement', async () => {
    const { code, out } = await drive(
      adapter('skips', `say({ type: 'skip', id, reason: 'no IF' });`),
      cases[0],
    );
    expect(code).toBe(2);
    expect(out).toContain('skipped: no IF');
  });

  test.each([
    ['hangs', 'await new Promise((done) => setTimeout(done, 1e6));', 'hung: no answer within'],
    ['dies', "throw new Error('mine');", 'died with exit code 1'],
    ['babbles', "console.log('thinking…');", 'babbles: "line" expected a JSON object, got thinking…'],
    ['mixes', `say({ type: 'skip', id: 'other', reason: '' });`, 'skip.id'],
    ['gives nothing', `say({ type: 'result', id, arrays: {} });`, 'expected some that a step makes'],
    ['gives nonsense', result(`{ shape: [1, 2], data: [1] }`), 'expected 2 numbers'],
  ])('that %s is survived and named', async (name, answer, why) => {
    const bad = adapter(
      name.replace(' ', '-'),
      `if (id.endsWith('b.json')) { ${answer} } else { ${result('right')} }`,
    );
    const { code, out } = await drive(bad, ...cases);
    expect(code).toBe(2);
    expect(out).toContain(why);
    expect(out).toContain('3 agree, 0 differ, 0 skipped, 1 failed');
  });

  test.each([
    ['ends at once', `${process.execPath} -e 0`, 'died with exit code 0'],
    ['is not there', '/nowhere/adapter', 'cannot be started'],
    [
      'speaks another version',
      `${process.execPath} -p '"{\\"type\\":\\"hello\\",\\"version\\":9}"'`,
      'hello.version',
    ],
  ])('that %s gets three tries', async (_, command, why) => {
    const { code, out } = await drive(command, ...cases);
    expect(code).toBe(2);
    expect(out).toContain(why);
    expect(out).toContain('3 failed, 1 not asked after 3 failures in a row');
  });
});

test('gen | yours | verify', async () => {
  const { code, out } = await asfbp(['oracle', 'gen', ...cases]);
  expect(code).toBe(0);
  const messages = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string });
  expect(messages.map(({ type }) => type)).toEqual(['hello', 'case', 'case', 'case', 'case', 'bye']);
});
