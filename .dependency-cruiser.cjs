/** Folders of src/ that are no feature. */
const vocabulary = '(?:common|config|database|graphql|live)';
const infrastructure = '(?:common|config|database|graphql|live|health|logging|metrics)';
const feature = `^src/(?!${infrastructure}/)[^/]+/`;

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'vocabulary-knows-no-feature',
      comment: 'common, config, database, graphql and live import no feature.',
      severity: 'error',
      from: { path: `^src/${vocabulary}/` },
      to: { path: feature },
    },
    {
      name: 'only-repositories-ask-postgres',
      comment:
        'Only *.repository.ts and src/database/ touch pg or the data source of typeorm; entities need its decorators.',
      severity: 'error',
      from: { path: '^(src|client|examples)/', pathNot: '^src/database/|\\.(repository|entity)\\.ts$' },
      to: { path: '(^|/)node_modules/(typeorm|pg)/' },
    },
    {
      name: 'resolvers-decide-nothing',
      comment: 'A resolver is a guard and one call of its service; it imports no repository.',
      severity: 'error',
      from: { path: '\\.resolver\\.ts$' },
      to: { path: '\\.repository\\.ts$' },
    },
    {
      name: 'features-meet-at-their-doors',
      comment:
        "Features meet only at each other's *.service.ts, *.module.ts and *.model.ts, and all use auth's decorators.",
      severity: 'error',
      from: { path: `^src/(?!${infrastructure}/)([^/]+)/`, pathNot: '\\.entity\\.ts$' },
      to: {
        path: feature,
        pathNot: ['^src/$1/', '\\.(service|module|model)\\.ts$', '^src/auth/[^/]+\\.decorator\\.ts$'],
      },
    },
    {
      name: 'entities-refer-as-tables-do',
      comment: 'A foreign key of another feature’s table is a relation to its entity.',
      severity: 'error',
      from: { path: `^src/(?!${infrastructure}/)([^/]+)/.*\\.entity\\.ts$` },
      to: { path: feature, pathNot: ['^src/$1/', '\\.(entity|model)\\.ts$'] },
    },
    {
      name: 'no-cycles',
      comment:
        'Modules that need each other are one module, or miss a third one. Types alone may refer back.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'clients-know-only-the-schema',
      comment: 'web/, graphiql/, client/ and examples/ import nothing of src/: the contract is schema.gql.',
      severity: 'error',
      from: { path: '^(web|graphiql|client|examples)/' },
      to: { path: '^(src|migrations|test|bench)/' },
    },
    {
      name: 'the-service-stands-alone',
      comment: 'src/ imports nothing of what is built around it.',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.spec\\.ts$' },
      to: { path: '^(test|bench|client|examples|graphiql|web|scripts)/' },
    },
    {
      name: 'no-orphans',
      comment: 'Everything in src/ is reached from main.ts, or from schema.ts, which prints schema.gql.',
      severity: 'error',
      from: { path: '^src/(main|schema)\\.ts$' },
      to: { path: '^src/', pathNot: '^src/(main|schema)\\.ts$|\\.spec\\.ts$', reachable: false },
    },
    {
      name: 'no-test-tools-in-the-service',
      comment: 'What src/ imports is a dependency, not a devDependency.',
      severity: 'error',
      from: { path: '^(src|migrations)/', pathNot: '\\.spec\\.ts$' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-unknown-packages',
      comment:
        'Every import resolves, and every package imported is listed in package.json; but for what a test puts there.',
      severity: 'error',
      from: { pathNot: '^(bench|test/browser/page)/' },
      to: { dependencyTypes: ['unknown', 'undetermined', 'npm-no-pkg', 'npm-unknown'] },
    },
  ],
  options: {
    doNotFollow: { path: ['node_modules'] },
    exclude: { path: ['^dist/', '/node_modules/.*/node_modules/.*/node_modules/'] },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    combinedDependencies: false,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      mainFields: ['module', 'main', 'types', 'typings'],
    },
  },
};
