import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  logLevel: 'error',
  // Where the test has put the client that README shows.
  resolve: { alias: { 'readme-client': process.env.README_CLIENT! } },
  build: {
    target: 'es2024',
    minify: false,
    reportCompressedSize: false,
    rollupOptions: { input: ['chat.html', 'sidebar.html'].map((page) => `${import.meta.dirname}/${page}`) },
  },
});
