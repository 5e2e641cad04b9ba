/** What README shows, written into a module by the test. */
declare module 'readme-client' {
  import type { ApolloClient } from '@apollo/client';
  export const client: ApolloClient;
  export const SIDEBAR: string;
  export const ADDED: string;
}
