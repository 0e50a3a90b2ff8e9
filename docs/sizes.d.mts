export declare const bundles: readonly { name: string; text: string; most: number }[];
export declare function byEsbuild(text: string): Promise<number>;
export declare function byVite(text: string): Promise<number>;
