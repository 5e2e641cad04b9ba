import type { Type } from '@nestjs/common';
import { ArgsType, Field, ObjectType } from '@nestjs/graphql';
import { CURSOR, OptionalInteger, OptionalText } from './input-fields.js';
import { BadUserInputError } from './errors.js';

export const DEFAULT_PAGE = 20;
export const MAX_PAGE = 100;
const PAGE = { min: 1, max: MAX_PAGE };

/** Which part of a list is asked for. Read `limit + 1` rows: the one too many tells that there are more. */
export interface Page {
  limit: number;
  backward: boolean;
  cursor: string | undefined;
  /** The argument that the cursor came from. */
  cursorPath: 'after' | 'before';
}

/** Relay's paging arguments: `first` with `after`, or `last` with `before`. */
@ArgsType()
export class ConnectionArgs {
  @OptionalInteger(`How many, from the start or after \`after\`; ${DEFAULT_PAGE} by default.`, PAGE)
  first?: number | null;

  @OptionalText('Continue after this cursor.', CURSOR)
  after?: string | null;

  @OptionalInteger('How many, from the end or before `before`. Not together with `first`.', PAGE)
  last?: number | null;

  @OptionalText('Continue before this cursor, backwards.', CURSOR)
  before?: string | null;
}

/** What the arguments ask for. Throws BadUserInputError when they mix both directions. */
export function pageOf({ first, after, last, before }: ConnectionArgs): Page {
  const backward = last != null || before != null;
  if (backward && (first != null || after != null)) {
    const path = last != null ? 'last' : 'before';
    throw new BadUserInputError({ [path]: ['cannot be combined with first or after'] });
  }
  return backward
    ? { limit: last ?? DEFAULT_PAGE, backward, cursor: before ?? undefined, cursorPath: 'before' }
    : { limit: first ?? DEFAULT_PAGE, backward, cursor: after ?? undefined, cursorPath: 'after' };
}

@ObjectType({ description: 'Where a page lies in its list.' })
export class PageInfo {
  @Field(() => Boolean, { description: 'Whether more follows after `endCursor`.' })
  hasNextPage: boolean;

  @Field(() => Boolean, { description: 'Whether something lies before `startCursor`.' })
  hasPreviousPage: boolean;

  @Field(() => String, {
    nullable: true,
    description: 'Cursor of the first edge; null when the page is empty.',
  })
  startCursor?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Cursor of the last edge; null when the page is empty.',
  })
  endCursor?: string | null;
}

export interface Edge<Node> {
  readonly node: Node;
  readonly cursor: string;
}

export interface Connection<Node> {
  readonly edges: readonly Edge<Node>[];
  readonly pageInfo: PageInfo;
}

/** Cursors are computed when a client selects them, which few do for every edge. */
class LazyEdge<Node> implements Edge<Node> {
  constructor(
    readonly node: Node,
    private readonly cursorOf: (node: Node) => string,
  ) {}

  get cursor(): string {
    return this.cursorOf(this.node);
  }
}

class LazyPageInfo implements PageInfo {
  constructor(
    private readonly edges: readonly Edge<unknown>[],
    readonly hasNextPage: boolean,
    readonly hasPreviousPage: boolean,
  ) {}

  get startCursor(): string | null {
    return this.edges[0]?.cursor ?? null;
  }

  get endCursor(): string | null {
    return this.edges.at(-1)?.cursor ?? null;
  }
}

/**
 * The page made of up to `limit + 1` rows, which come in reading direction (backward pages last row first). `cut`: there
 * are more than these, whatever their number.
 */
export function connectionOf<Node>(
  rows: readonly Node[],
  page: Page,
  cursorOf: (node: Node) => string,
  cut = false,
): Connection<Node> {
  const more = cut || rows.length > page.limit;
  const edges = rows.slice(0, page.limit).map((node) => new LazyEdge(node, cursorOf));
  if (page.backward) edges.reverse();
  const beyond = page.cursor !== undefined;
  const pageInfo = page.backward
    ? new LazyPageInfo(edges, beyond, more)
    : new LazyPageInfo(edges, more, beyond);
  return { edges, pageInfo };
}

/** The GraphQL types `<name>Connection` and `<name>Edge` over a model. */
export function connectionType<Node>(node: Type<Node>, name: string): Type<Connection<Node>> {
  @ObjectType(`${name}Edge`, { description: `One ${name} of a list, with its place in it.` })
  class EdgeModel {
    @Field(() => node, { description: `The ${name} itself.` })
    node: Node;

    @Field(() => String, { description: 'Its place: pass it as `after` or `before`.' })
    cursor: string;
  }

  @ObjectType(`${name}Connection`, { description: `A page of a list of ${name} objects.` })
  class ConnectionModel {
    @Field(() => [EdgeModel], { description: 'What the page holds, in the order of the list.' })
    edges: EdgeModel[];

    @Field(() => PageInfo, { description: 'Where the page lies in the list.' })
    pageInfo: PageInfo;
  }

  return ConnectionModel;
}
