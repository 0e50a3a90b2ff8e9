export declare function answer(request: Request): Promise<Response>;
