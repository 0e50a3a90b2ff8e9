/** The package `webgpu` lies beside this file: it is found from the folder where a process was started. */
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('.', import.meta.url)));
