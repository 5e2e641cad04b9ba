// Read by startApp(): the service executes with graphql-js instead of graphql-jit.
process.env.GRAPHQL_JIT = 'false';
