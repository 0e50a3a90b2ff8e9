export declare function inPage(): Promise<unknown>;
