/** Optional packages: what a user installs beside this one, loaded when it is asked for. */

/**
 * From beside this package, else from the folder where the process was started, else from that of its program; from the folders above
 * each of them too. They are no optional peers: npm installs none of these by name where it is the root package that lists them.
 */
export async function importPackage<T>(name: string): Promise<T> {
  try {
    return (await import(/* @vite-ignore */ name)) as T;
  } catch (cause) {
    if (!isAbsent(cause)) throw cause;
    const { argv, cwd, getBuiltinModule } = globalThis.process;
    const { createRequire } = getBuiltinModule('node:module');
    const { pathToFileURL } = getBuiltinModule('node:url');
    for (const file of [`${cwd()}/package.json`, argv[1] ?? '']) {
      let found: string;
      try {
        found = createRequire(pathToFileURL(file)).resolve(name);
      } catch {
        continue;
      }
      return (await import(/* @vite-ignore */ pathToFileURL(found).href)) as T;
    }
    throw cause;
  }
}

/** Whether it is not installed: Node, Bun and bundlers say it in words of their own. */
export function isAbsent(cause: unknown): boolean {
  return /cannot find|could not resolve/i.test(cause instanceof Error ? cause.message : '');
}
