import { SetMetadata, type CustomDecorator } from '@nestjs/common';

export const FOR_ADMINS = Symbol('for admins');

/** Leaves a root field, or all of a resolver, to administrators: they themselves, or keys of theirs with the scope ADMIN. */
export const ForAdmins = (): CustomDecorator<symbol> => SetMetadata(FOR_ADMINS, true);
