/** Before each test file where files share their modules: a folder of its own. */
import { makeHome } from './place.ts';

makeHome();
