export declare const bundles: readonly {
  name: string;
  text: string;
  most: number;
  whole?: boolean;
  beyond?: number;
}[];
export declare function byEsbuild(text: string, whole?: boolean): Promise<number>;
export declare function byVite(text: string, whole?: boolean): Promise<number>;
