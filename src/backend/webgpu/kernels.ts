/**
 * The kernels: for each, the files of its shader, its entry, and the arrays that the entry uses. The shader's code has the binding number
 * of each array.
 */
import { shaders } from '#shaders';
import { head } from './params.ts';
import { keysOf } from '../../keysOf.ts';

type File = keyof typeof shaders;

/** An entry of a shader. Arrays are bound by the names and numbers that they have in the code. */
export interface KernelText {
  readonly name: ShaderName;
  readonly entry: string;
  readonly code: string;
  readonly arrays: readonly Bound[];
}

export interface Bound {
  readonly name: string;
  readonly binding: number;
  readonly isWritten: boolean;
}

const forward = (kind: File, ...arrays: string[]): Entry => ({
  files: ['current', kind, 'neuron', 'flow'],
  entry: 'forward',
  arrays: ['bits', 'values', 'u', 'FI', 'FO', 'outBits', ...arrays],
});

interface Entry {
  readonly files: readonly File[];
  readonly entry: string;
  readonly arrays: readonly string[];
}

const entries = {
  poisson: { files: ['encode'], entry: 'poisson', arrays: ['shown', 'bits', 'values', 'FO'] },
  replay: { files: ['encode'], entry: 'replay', arrays: ['shown', 'bits', 'values', 'FO'] },
  convolution: forward('current/convolution', 'w'),
  averagePool: forward('current/averagePool'),
  maxPool: forward('current/maxPool', 'FOBefore'),
  scale: { files: ['scale'], entry: 'scale', arrays: ['FI', 'FO', 'report'] },
  loss: { files: ['loss'], entry: 'loss', arrays: ['result', 'labels', 'report'] },
  derivative: { files: ['loss'], entry: 'derivative', arrays: ['result', 'labels', 'd'] },
  dFI: { files: ['backward'], entry: 'dFI', arrays: ['d', 'FI', 'FO'] },
  convolutiondFO: { files: ['backward/convolution'], entry: 'dFO', arrays: ['d', 'w', 'dBefore'] },
  convolutiondw: { files: ['backward/convolution'], entry: 'gradient', arrays: ['d', 'FOBefore', 'dw'] },
  averagePooldFO: { files: ['backward/averagePool'], entry: 'dFO', arrays: ['d', 'dBefore'] },
  maxPooldFO: { files: ['backward/maxPool'], entry: 'dFO', arrays: ['d', 'FOBefore', 'dBefore'] },
  accumulate: { files: ['update'], entry: 'accumulate', arrays: ['into', 'dw'] },
  sgd: { files: ['update'], entry: 'sgd', arrays: ['w', 'dw'] },
  adam: { files: ['update'], entry: 'adam', arrays: ['w', 'dw', 'm', 'v'] },
} as const satisfies Record<string, Entry>;

export type ShaderName = keyof typeof entries;

/** All kernels; kernels with the same `code` are entries of one shader. */
export function kernelTexts(): KernelText[] {
  return keysOf(entries).map((name) => {
    const { files, entry, arrays }: Entry = entries[name];
    const code = [head(), shaders.shared, ...files.map((file) => shaders[file])].join('\n');
    const declared = declaredArrays(code);
    return {
      name,
      entry,
      code,
      arrays: arrays.map((array) => declared.find((each) => each.name === array)!), // the shader tests compile each entry
    };
  });
}

function declaredArrays(code: string): Bound[] {
  const declaration = /@binding\((\d+)\) var<storage, (read|read_write)> (\w+)/g;
  return Array.from(code.matchAll(declaration), ([, binding, access, name]) => ({
    name,
    binding: Number(binding),
    isWritten: access === 'read_write',
  }));
}
