/** A Cloudflare Worker for the NIR graph `graph.nir` in this folder. */
import { importNIR } from 'asf-bp/nir';
import { networkHandler } from './network.mjs';
import graph from './graph.nir';

export default { fetch: networkHandler(await importNIR(graph, { as: 'norse', timeWindow: 30 })) };
