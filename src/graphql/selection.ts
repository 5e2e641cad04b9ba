import { Kind, type GraphQLResolveInfo, type SelectionSetNode } from 'graphql';

/**
 * Whether the client selects `field` directly under the field being resolved, through fragments too. `@skip` and
 * `@include` are not evaluated: a field that might be selected counts.
 */
export function selects(info: GraphQLResolveInfo, field: string): boolean {
  const within = (set: SelectionSetNode | undefined): boolean =>
    set?.selections.some((selection) => {
      if (selection.kind === Kind.FIELD) return selection.name.value === field;
      return within(
        selection.kind === Kind.INLINE_FRAGMENT
          ? selection.selectionSet
          : info.fragments[selection.name.value]?.selectionSet,
      );
    }) ?? false;
  return info.fieldNodes.some((node) => within(node.selectionSet));
}
