/** Loads optional packages, which a user installs beside this one. */

/**
 * Imports a package from beside this package, then from the working directory, then from the program's folder, each time also
 * from the folders above. The imported package is not declared as an optional peer, because in a clone `npm i NAME` does not
 * install optional peers.
 */
export async function importPackage<T>(name: string): Promise<T> {
  try {
    return (await import(/* @vite-ignore */ name)) as T; // the caller knows the package
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

/** Whether an error means that a package is not installed. The messages of Node, Bun and bundlers differ. */
export function isAbsent(cause: unknown): boolean {
  return /cannot find|could not resolve/i.test(cause instanceof Error ? cause.message : '');
}
