/**
 * Tests the recorder of training steps on stand-ins for the classes of four frameworks. `npm run test:frameworks` tests it
 * on the frameworks themselves.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { asfbp, examples, home, python, root, run } from './programs.ts';

const folder = join(root, 'test', 'frameworks');

test('records steps of snnTorch, SpikingJelly, Norse and Sinabs, which agree', { timeout: 600_000 }, () => {
  const steps = join(home, 'steps');
  const { code, out, err } = run(python, [join(folder, 'steps.py'), steps, '--standins']);
  expect({ code, out, err }).toMatchObject({ code: 0, out: expect.stringContaining('✓ sinabs_recurrent') });
  for (const file of readdirSync(steps)) {
    const checked = JSON.parse(asfbp('check', '--json', join(steps, file)).out || '{}');
    expect(checked, file).toMatchObject({ verdict: 'agrees', steps: [{ notChecked: [] }] });
  }
});

test('says of what users do to steps what it must', () => {
  const { code, out, err } = run(python, [join(folder, 'variants.py'), '--standins']);
  expect({ code, out, err }).toMatchObject({ code: 0, out: expect.stringContaining('✓ gradients_follow') });
});

test('needs no PyTorch for steps by hand', () => {
  const program = `
import sys
sys.modules['torch'] = None
sys.path.insert(0, ${JSON.stringify(join(root, 'examples', 'oracle'))})
import numpy as np
from asfbp_record import Recorder
step = Recorder()
step.put('input', np.ones((2, 1, 3)))
step.put('layer1.spikes', np.array([[[True]], [[False]]]))
step.save(${JSON.stringify(join(home, 'byHand.npz'))}, meta={'framework': None, 'T': 2, 'B': 1})
data = np.load(${JSON.stringify(join(home, 'byHand.npz'))})
assert data['input'].dtype == data['layer1.spikes'].dtype == np.uint8 and 'framework' in str(data['meta'])
`;
  expect(run(python, ['-c', program])).toMatchObject({ code: 0, err: '' });
});

test('docs/surrogates.md shows what `check` prints of its step, and of the step with a detached layer', () => {
  const page = readFileSync(join(root, 'docs', 'surrogates.md'), 'utf8');
  const [, program] = /```python\n(import torch[^]*?)```/.exec(page)!;
  const shown = Array.from(page.matchAll(/```\n((?:stage|backward) [^]*?)```/g), ([, lines]) => lines!);
  const standins = `import sys; sys.path += ${JSON.stringify([folder, examples])}; import standins; standins.install()\n`;
  // The last digits of PyTorch's sums depend on the processor.
  const rounded = (text: string): string => text.replace(/0\.\d{7,}/g, (each) => Number(each).toPrecision(6));
  const programs = [program!, program!.replace('self.fc2(spk1)', 'self.fc2(spk1.detach())')];
  for (const [k, code] of programs.entries()) {
    expect(run(python, ['-c', standins + code])).toMatchObject({ code: 0 });
    const { code: verdict, out } = asfbp('check', 'step.npz');
    expect(verdict).toBe(k);
    for (const part of shown[k]!.replace(/^[\d.]+ s$/m, '…').split('…\n'))
      expect(rounded(out)).toContain(rounded(part));
  }
});
