import { SetMetadata, type CustomDecorator } from '@nestjs/common';

export const PUBLIC = Symbol('public');

/** Opens a root field, or an HTTP route, to callers who have not signed in. */
export const Public = (): CustomDecorator<symbol> => SetMetadata(PUBLIC, true);
