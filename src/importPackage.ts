/** Loads optional packages, which a user installs beside this one. */

/**
 * Looks beside this package, then in the working directory, then in the program's folder, each time also in the folders above. The
 * packages are not optional peers: npm does not install an optional peer by name if the root package lists it.
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

/** Whether an error says that a package is not installed. Node, Bun and bundlers word it differently. */
export function isAbsent(cause: unknown): boolean {
  return /cannot find|could not resolve/i.test(cause instanceof Error ? cause.message : '');
}
