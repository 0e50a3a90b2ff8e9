/** The paper and the software of CITATION.cff as BibTeX. */
export declare function citationOf(root: string): string;
