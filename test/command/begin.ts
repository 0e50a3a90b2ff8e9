/** Creates a folder for each test file, because the test files share their modules. */
import { makeHome } from './place.ts';

makeHome();
