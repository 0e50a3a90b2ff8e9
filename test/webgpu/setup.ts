/** The package `webgpu` is in this folder, and is found from the working folder of the process. */
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('.', import.meta.url)));
