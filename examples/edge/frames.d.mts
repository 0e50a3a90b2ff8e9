import type { SpikingNetwork } from 'asf-bp/infer';

export declare function framesHandler(net: SpikingNetwork): (request: Request) => Promise<Response>;
