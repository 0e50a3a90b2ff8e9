/** Errors of a GPU, as one line each. After `DeviceLost` the command resumes once from the last checkpoint. */
import { InputError } from '../../errors.ts';

/** The device is lost with its buffers: reset by its driver, unplugged, or destroyed. A new device may work. */
export class DeviceLost extends Error {
  override name = 'DeviceLost';
}

export function lostError({ reason, message }: { reason?: string; message?: string }): DeviceLost {
  const why = [reason === 'unknown' ? '' : reason, firstLine(message ?? '')].filter(Boolean).join(': ');
  return new DeviceLost(`webgpu: the device was lost${why ? ` (${why})` : ''}`, {
    cause: { reason, message },
  });
}

export function refusalOf(error: { readonly message: string }): InputError {
  const kind = error.constructor.name;
  const text = firstLine(error.message);
  const says =
    kind === 'GPUOutOfMemoryError'
      ? 'the device has no memory left; take a smaller batch or a shorter window'
      : `the device refused a command: ${text}; take --backend wasm, and report this line`;
  return new InputError(`webgpu: ${says}`, { cause: error });
}

export function firstLine(text: string): string {
  const line = text.split('\n')[0].trim().replace(/\.+$/, '');
  return line.length > 160 ? `${line.slice(0, 157)}…` : line;
}
