import js from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** Only repositories and src/database/ talk to PostgreSQL; everything else asks them. */
const databaseAccess = {
  selector: "MemberExpression[property.name='dataSource']",
  message: 'Only *.repository.ts and src/database/ use the data source.',
};

const forwardRef = {
  name: '@nestjs/common',
  importNames: ['forwardRef'],
  message: 'Modules form no cycles: let one feature use the other’s service, or move what both need.',
};

export default defineConfig(
  {
    ignores: [
      'dist/',
      'coverage/',
      '.recollect/',
      '**/node_modules/',
      '**/dist/',
      'client/src/operations.ts',
    ],
  },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [js.configs.recommended, tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'object-shorthand': 'error',
      'no-console': 'error',
      '@typescript-eslint/consistent-type-imports': [
        'error',
        { fixStyle: 'inline-type-imports', disallowTypeAnnotations: false },
      ],
      '@typescript-eslint/consistent-type-definitions': ['error', 'interface'],
      '@typescript-eslint/prefer-nullish-coalescing': ['error', { ignorePrimitives: { string: true } }],
      '@typescript-eslint/prefer-optional-chain': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { args: 'after-used', argsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      // Nest's modules, and the classes that carry GraphQL types, are empty classes with a decorator.
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      // With noUncheckedIndexedAccess a `!` states what the code around it has just made sure of.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // What an `await` lets others change still counts as unchanged for it.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      // Models are classes for their decorators; the values are plain rows that nothing copies.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/no-misused-spread': 'off',
      // Enums of libraries are compared with the names that their documentation uses.
      '@typescript-eslint/no-unsafe-enum-comparison': 'off',
      '@typescript-eslint/no-unsafe-enum-assignment': 'off',
      // Interfaces of Nest, graphql-ws and Apollo want promises of methods that have nothing to wait for.
      '@typescript-eslint/require-await': 'off',
      // Matters of taste.
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/no-invalid-void-type': 'off',
      '@typescript-eslint/no-unnecessary-type-arguments': 'off',
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
    },
  },
  {
    files: ['src/**/*.ts'],
    rules: {
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 45, skipBlankLines: true, skipComments: true }],
      'no-restricted-imports': ['error', { paths: [forwardRef] }],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/database/**', 'src/**/*.repository.ts'],
    rules: { 'no-restricted-syntax': ['error', databaseAccess] },
  },
  {
    files: ['src/**/*.entity.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths: [
            forwardRef,
            {
              name: 'typeorm',
              importNames: ['DataSource', 'EntityManager', 'Repository', 'BaseEntity'],
              message: 'An entity says what the table is; repositories ask.',
            },
          ],
        },
      ],
    },
  },
  {
    // Commands that talk to the person who runs them.
    files: ['src/main.ts', 'examples/**/*.ts', 'bench/**/*.ts'],
    rules: { 'no-console': 'off' },
  },
  {
    // Answers of the API are read as the untyped JSON they are.
    files: ['test/**/*.ts', 'src/**/*.spec.ts'],
    rules: {
      '@typescript-eslint/no-explicit-any': 'off',
      '@typescript-eslint/no-extraneous-class': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/unbound-method': 'off',
      'max-lines-per-function': 'off',
    },
  },
  {
    // The benchmarks' packages are their own, and need not be installed to check the rest.
    files: ['bench/**/*.ts'],
    extends: [tseslint.configs.disableTypeChecked],
    rules: {
      '@typescript-eslint/no-explicit-any': 'off',
      // Without types it cannot know that decorators need the import.
      '@typescript-eslint/consistent-type-imports': 'off',
    },
  },
  {
    files: ['**/*.{js,cjs,mjs}'],
    extends: [js.configs.recommended],
    languageOptions: {
      globals: { console: 'readonly', process: 'readonly', module: 'writable', URL: 'readonly' },
    },
  },
);
