/** Optional packages: what a user installs beside this one, loaded when it is asked for. */

/** From beside this package, else from the folder where the process was started. */
export async function importPackage<T>(name: string): Promise<T> {
  try {
    return (await import(/* @vite-ignore */ name)) as T;
  } catch (cause) {
    const { createRequire } = globalThis.process.getBuiltinModule('node:module');
    const { pathToFileURL } = globalThis.process.getBuiltinModule('node:url');
    if (!isAbsent(cause)) throw cause;
    const { resolve } = createRequire(pathToFileURL(`${globalThis.process.cwd()}/package.json`));
    return (await import(/* @vite-ignore */ pathToFileURL(resolve(name)).href)) as T;
  }
}

/** Whether it is not installed: Node, Bun and bundlers say it in words of their own. */
export function isAbsent(cause: unknown): boolean {
  return /cannot find|could not resolve/i.test(cause instanceof Error ? cause.message : '');
}
