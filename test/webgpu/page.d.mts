export declare function inPage(query: string, extra?: Record<string, Uint8Array>): Promise<unknown>;
