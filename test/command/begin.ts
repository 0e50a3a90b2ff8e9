/** Creates a separate folder before each test file, since files share their modules. */
import { makeHome } from './place.ts';

makeHome();
