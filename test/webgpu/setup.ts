/** The package `webgpu` is installed beside this file, and is found from the working folder of a process. */
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('.', import.meta.url)));
