// Rules for every script: those of the page, which browsers run, and those of the tests, which Node.js runs.
import js from '@eslint/js';
import globals from 'globals';

const rules = {
    ...js.configs.recommended.rules,
    eqeqeq: ['error', 'always', { null: 'ignore' }],
    'no-var': 'error',
    'prefer-const': 'error',
};

export default [
    { ignores: ['**/vendor/**', '**/node_modules/**', '**/target/**'] },
    {
        files: ['web/*.js'],
        languageOptions: { sourceType: 'module', globals: { ...globals.browser, ...globals.sharedWorker } },
        rules,
    },
    {
        files: ['tests/browser/**/*.mjs'],
        languageOptions: { sourceType: 'module', globals: { ...globals.node, ...globals.browser } },
        rules,
    },
];
