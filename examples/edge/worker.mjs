/** A Cloudflare Worker. */
import { answer } from './handler.mjs';

export default { fetch: answer };
