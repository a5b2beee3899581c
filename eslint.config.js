import js from '@eslint/js';
import importX from 'eslint-plugin-import-x';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

/**
 * Who may import whom (ARCHITECTURE.md has the reasons). A room may import from itself, from the rooms listed, from
 * those listed as `types` by `import type` only, and from the packages listed.
 */
const rooms = {
  datasets: { rooms: ['contract'], packages: ['valibot'] },
  csv: { packages: ['node:'] },
  parquet: { rooms: ['datasets'], packages: ['@duckdb/node-api', '@duckdb/node-bindings'] },
  workflows: {
    rooms: ['contract', 'inputs', 'scheduled-input', 'duration', 'datasets'],
    types: ['activities'],
    packages: ['@temporalio/workflow', '@temporalio/common'],
  },
  source: {
    rooms: ['contract', 'datasets', 'version'],
    packages: ['node:', '@temporalio/common', 'fzstd', 'xxhash-wasm'],
  },
  database: { rooms: ['contract', 'datasets'], packages: ['node:', 'pg', 'pg-copy-streams'] },
  verify: {
    rooms: ['contract', 'datasets', 'source', 'database'],
    packages: ['node:', '@duckdb/node-api', '@temporalio/common', 'pg-copy-streams'],
  },
  activities: {
    rooms: ['contract', 'datasets', 'csv', 'parquet', 'source', 'database'],
    packages: ['node:', '@temporalio/activity', '@temporalio/common', 'pg'],
  },
  stack: {
    rooms: ['contract'],
    packages: ['node:', '@temporalio/client', '@temporalio/testing', 'pg', 'valibot'],
  },
  mirror: { rooms: ['contract', 'datasets'], packages: ['node:', '@duckdb/node-api'] },
  operations: {
    rooms: [
      'contract',
      'config',
      'inputs',
      'scheduled-input',
      'datasets',
      'database',
      'source',
      'stack',
      'version',
    ],
    types: ['workflows'],
    packages: [
      'node:',
      '@temporalio/client',
      '@temporalio/common',
      '@temporalio/envconfig',
      '@temporalio/proto',
      'pg',
    ],
  },
  tctl: {
    rooms: ['operations'],
    packages: ['node:', '@temporalio/client', '@temporalio/common', '@temporalio/proto'],
  },
  doctor: {
    rooms: ['contract', 'config', 'datasets', 'database', 'operations', 'source', 'version'],
    packages: ['node:', '@temporalio/client', '@temporalio/proto', 'pg'],
  },
  worker: {
    rooms: ['contract', 'config', 'datasets', 'activities', 'database', 'operations', 'source', 'version'],
    packages: [
      'node:',
      '@opentelemetry/api',
      '@temporalio/activity',
      '@temporalio/client',
      '@temporalio/common',
      '@temporalio/worker',
      'pino',
    ],
  },
  page: { rooms: ['contract', 'datasets'], types: ['database', 'operations'] },
  cli: {
    rooms: [
      'contract',
      'config',
      'inputs',
      'scheduled-input',
      'datasets',
      'database',
      'doctor',
      'mirror',
      'operations',
      'page',
      'source',
      'stack',
      'tctl',
      'verify',
      'worker',
    ],
    packages: ['node:', 'cli-table3', 'commander', 'log-update', 'picocolors', 'pg', 'yaml'],
  },
};

const escape = (text) => text.replace(/[/.]/g, '\\$&');
const either = (names) => `(?:${names.map(escape).join('|')})`;

/** The lint rule that keeps a room's imports to what its row allows. */
function fence([room, { rooms: others = [], types = [], packages = [] }]) {
  const neighbours = (names) => `\\.\\./${either(names)}(?:/|\\.ts$)`;
  const allowed = [
    '\\./',
    ...(others.length > 0 ? [neighbours(others)] : []),
    ...packages.map((name) => (name.endsWith(':') ? escape(name) : `${escape(name)}(?:/.*)?$`)),
  ];
  const message = `${room} may not import this; see "Who may import whom" in ARCHITECTURE.md`;
  const typesToo = types.length > 0 ? [...allowed, neighbours(types)] : allowed;
  return {
    files: [`src/${room}/**/*.ts`],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            { regex: `^(?!${typesToo.join('|')})`, message },
            ...(types.length > 0
              ? [
                  {
                    regex: `^${neighbours(types)}`,
                    message: `${message} (types only)`,
                    allowTypeImports: true,
                  },
                ]
              : []),
          ],
        },
      ],
    },
  };
}

export default defineConfig(
  { ignores: ['dist/', '.fareflow/', 'bench/results/'] },
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true } },
    plugins: { 'import-x': importX },
    settings: {
      'import-x/resolver-next': [importX.createNodeResolver({ extensions: ['.ts', '.js'] })],
      'import-x/parsers': { '@typescript-eslint/parser': ['.ts'] },
    },
    rules: {
      'no-console': 'error',
      'import-x/no-cycle': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true, varsIgnorePattern: '^_' }],
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/only-throw-error': 'off',
      '@typescript-eslint/prefer-promise-reject-errors': 'off',
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'src/config.ts reads it' },
      ],
    },
  },
  Object.entries(rooms).map(fence),
  {
    files: ['src/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ regex: '^\\.\\.?/(?:client|worker)\\.ts$', message: 'nobody imports a program' }] },
      ],
    },
  },
  {
    files: [
      'src/config.ts',
      'src/client.ts',
      'src/worker.ts',
      'src/cli/**',
      'src/stack/**',
      'test/**',
      'bench/**',
      'chaos/**',
      'scripts/**',
      'examples/**',
      '*.ts',
    ],
    rules: { 'no-restricted-properties': 'off' },
  },
  { files: ['bench/**', 'chaos/**', 'scripts/**', 'examples/**'], rules: { 'no-console': 'off' } },
  // An example's dependencies are installed where it is copied to; its test compiles it there.
  { files: ['*.js', 'chaos/*.js', 'examples/**'], extends: [tseslint.configs.disableTypeChecked] },
);
