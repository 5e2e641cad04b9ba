import { SetMetadata, type CustomDecorator } from '@nestjs/common';

export const NOT_FOR_KEYS = Symbol('not for keys');

/** Closes a root field, or all of a resolver, to service keys: what makes or breaks an account is for people. */
export const NotForKeys = (): CustomDecorator<symbol> => SetMetadata(NOT_FOR_KEYS, true);
