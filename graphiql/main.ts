import 'graphiql/setup-workers/vite';
import 'graphiql/style.css';
import { GraphiQL } from 'graphiql';
import { createElement } from 'react';
import { createRoot } from 'react-dom/client';
import { fetcher } from './fetcher.js';
import { tabs } from './tabs.js';
import { authorizationHeaders, takeTokenFromAddress } from './token.js';

const headers = authorizationHeaders(takeTokenFromAddress());

createRoot(document.getElementById('page')!).render(
  createElement(
    GraphiQL,
    {
      fetcher,
      // Headers hold a token: what is typed here lives as long as the browser's tab.
      storage: sessionStorage,
      shouldPersistHeaders: true,
      showPersistHeadersSettings: false,
      defaultTabs: tabs.map((tab) => ({ ...tab, headers })),
      defaultHeaders: headers,
      defaultEditorToolsVisibility: 'headers',
      customScalarSchemas: { JSON: {} },
    },
    createElement(GraphiQL.Logo, null, 'Recollect'),
  ),
);
