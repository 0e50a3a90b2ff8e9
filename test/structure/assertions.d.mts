export function bareAssertions(path: string, text: string): number[];
