/** Users 1 to 1,000 are asked for at random; the one after them has 1,100 sessions. */
export const USERS = 1000;
export const USER_WITH_MANY_SESSIONS = 1001;

/** The id that seed.sql gives to the nth user. */
export function userId(n: number): string {
  return `01930000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;
}
