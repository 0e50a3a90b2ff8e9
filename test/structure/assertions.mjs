/** Finds assertions (`as` and `!`) for which no comment gives a reason. The compiler trusts them, so each needs a comment. */
import ts from 'typescript';

/**
 * The lines, from 1, of assertions without a comment. The comment must be at the end of a line on which the assertion begins or
 * ends, or on the line above or below, within the same statement. `as const` is no assertion.
 */
export function bareAssertions(path, text) {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const lineOf = (at) => source.getLineAndCharacterOfPosition(at).line;
  const [comments, assertions] = [[], []];
  const visit = (node, outer) => {
    const statement = isStatement(node) ? node : outer;
    if (isAssertion(node)) assertions.push({ node, statement });
    if (node.getChildCount() === 0) comments.push(...commentsBefore(node, text));
    for (const child of node.getChildren()) visit(child, statement);
  };
  visit(source, source);

  const isNear = ({ pos, end }, at) => lineOf(end) >= lineOf(at) - 1 && lineOf(pos) <= lineOf(at) + 1;
  const isWithin = ({ pos }, statement) => {
    if (pos < statement.pos || lineOf(pos) > lineOf(statement.end)) return false;
    // Excludes a comment at the end of the previous statement's line.
    const isFirst = statement.pos === 0 || lineOf(statement.pos) === lineOf(statement.getStart());
    return isFirst || lineOf(pos) > lineOf(statement.pos);
  };
  const isBare = ({ node, statement }) =>
    !comments.some(
      (comment) =>
        isWithin(comment, statement) && (isNear(comment, node.getStart()) || isNear(comment, node.end)),
    );
  return [...new Set(assertions.filter(isBare).map(({ node }) => lineOf(node.end) + 1))];
}

const isAssertion = (node) =>
  ts.isNonNullExpression(node) ||
  ((ts.isAsExpression(node) || ts.isTypeAssertionExpression(node)) && !ts.isConstTypeReference(node.type));

/** A statement in a list of statements, or a member of a class. */
const isStatement = (node) => ts.isClassElement(node) || (ts.isStatement(node) && isList(node.parent));
const isList = (node) => ts.isBlock(node) || ts.isSourceFile(node) || ts.isCaseOrDefaultClause(node);

/** The comments between a token and the token before it, without comments for tools. */
const commentsBefore = ({ pos }, text) =>
  [
    ...(ts.getTrailingCommentRanges(text, pos) ?? []),
    ...(ts.getLeadingCommentRanges(text, pos) ?? []),
  ].filter((comment) => !/^.. *(prettier-ignore|oxlint-|@ts-)/.test(text.slice(comment.pos, comment.end)));
