/** Which backend the command uses: what was asked for, or with `auto` what is there; said before the work begins. */
import type { Network } from '../../spec/network.ts';
import type { RuleName } from '../../spec/rule.ts';
import type { Backend } from '../backend/backend.ts';
import { requestNames, requestBackend } from '../backend/open.ts';
import { refuse } from '../errors.ts';
import { chooseBackend } from '../backend/webgpu/choose.ts';
import { mostSamples } from '../train/evaluate.ts';
import type { Terminal } from './io.ts';

/** What `--backend` takes where a backend may be waited for. */
export const backendChoices = [...requestNames, 'auto'] as const;

/**
 * The backend's name; that of `auto` is told on standard error, with the reason.
 *
 * @param rule by which a training learns
 */
export async function backendOf(
  where: string,
  stderr: Terminal,
  asked = 'wasm',
  rule: RuleName = 'asf',
): Promise<string> {
  if (asked === 'webgpu' && rule !== 'asf')
    refuse(where, '--rule', 'asf with --backend webgpu', rule, 'take --backend wasm');
  if (asked !== 'auto') return asked;
  const { backend, why } =
    rule === 'asf'
      ? await chooseBackend(where)
      : { backend: 'wasm', why: `rule ${rule} is there for no other` };
  stderr.write(`backend auto: ${backend}, since ${why}\n`);
  return backend;
}

/**
 * Opens a backend whose device has to be asked for, so that what it refuses is told before a folder is made, and its device
 * stays from the first epoch to the last evaluation.
 *
 * @param batch samples of a batch
 * @returns what to dispose in the end
 */
export async function keepDevice(
  where: string,
  backend: string,
  plan: Network,
  batch: number,
): Promise<Pick<Backend, 'dispose'>> {
  if (backend !== 'webgpu') return { dispose: () => {} };
  return requestBackend({ backend }, plan, where, Math.max(batch, mostSamples));
}
