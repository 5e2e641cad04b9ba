import { Kind, type GraphQLResolveInfo, type SelectionSetNode } from 'graphql';

/**
 * The names of the fields a client selects under the field being resolved, or under `path` below it; through
 * fragments too. `@skip` and `@include` are not evaluated: a field that might be selected counts.
 */
export function selectedFields(info: GraphQLResolveInfo, ...path: string[]): Set<string> {
  const names = new Set<string>();
  const walk = (set: SelectionSetNode | undefined, depth: number): void => {
    for (const selection of set?.selections ?? []) {
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        walk(info.fragments[selection.name.value]?.selectionSet, depth);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        walk(selection.selectionSet, depth);
      } else if (depth === path.length) {
        names.add(selection.name.value);
      } else if (selection.name.value === path[depth]) {
        walk(selection.selectionSet, depth + 1);
      }
    }
  };
  for (const node of info.fieldNodes) walk(node.selectionSet, 0);
  return names;
}

/** Whether the client selects `field` directly under the field being resolved. */
export function selects(info: GraphQLResolveInfo, field: string): boolean {
  return selectedFields(info).has(field);
}
