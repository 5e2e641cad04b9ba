import { getOperationAST, parse } from 'graphql';
import { sharingKey } from './sharing.js';

function key(query: string, variables: Record<string, unknown> = {}, operationName?: string): string {
  const document = parse(query);
  return sharingKey(document, getOperationAST(document, operationName)!, query, variables);
}

describe('subscriptions share their events', () => {
  const query = `subscription ($after: Revision, $sessionId: UUID) {
    added: interactionAdded(after: $after, sessionId: $sessionId) { id }
  }`;

  it('when they differ in where they start', () => {
    expect(key(query, { after: 1 })).toBe(key(query, { after: 2, unknown: 3 }));
    expect(key(query, { after: 1 })).toBe(key(query));
  });

  it('not when another argument differs', () => {
    expect(key(query, { sessionId: 'a' })).not.toBe(key(query, { sessionId: 'b' }));
    expect(key(query, { sessionId: null })).not.toBe(key(query));
  });

  it.each([
    [
      'an argument',
      'subscription ($after: Int) { changes(after: $after) { session { list(after: $after) } } }',
    ],
    ['a directive', 'subscription ($after: Int) { changes(after: $after) { at @include(if: $after) } }'],
    [
      'a fragment',
      'subscription ($after: Int) { changes(after: $after) { ...F } } fragment F on C { f(x: $after) }',
    ],
    ['a list', 'subscription ($after: Int) { changes(after: [$after]) { at } }'],
  ])('not when the cursor’s variable is used in %s too', (_, text) => {
    expect(key(text, { after: 1 })).not.toBe(key(text, { after: 2 }));
  });

  it('not when the document or the operation differs', () => {
    const two = 'subscription A { changes { at } } subscription B { changes { kind } }';
    expect(key(two, {}, 'A')).not.toBe(key(two, {}, 'B'));
    expect(key('subscription { changes(after: 1) { at } }')).not.toBe(
      key('subscription { changes(after: 2) { at } }'),
    );
  });
});
