import { gql, type TypedDocumentNode } from '@apollo/client';
import { ApolloProvider, useQuery, useSubscription } from '@apollo/client/react';
import { useState } from 'react';
import { createRoot } from 'react-dom/client';

interface Turn {
  revision: number;
  question: string;
}

const token = new URLSearchParams(location.search).get('token')!;
Object.assign(globalThis, { freshAccessToken: async () => token });
const { client, SIDEBAR, ADDED } = await import('readme-client');
const Sidebar: TypedDocumentNode<{ recentInteractions: Turn[] }> = gql(SIDEBAR);
const Added: TypedDocumentNode<{ interactionAdded: { interaction: Turn } }, { after: number }> = gql(ADDED);

/** The list, and from its highest revision on what happens, as README says. */
function Recent() {
  const { data } = useQuery(Sidebar);
  if (!data) return null;
  const turns = data.recentInteractions.toReversed();
  return (
    <ol>
      {turns.map(({ question }) => (
        <li key={question}>{question}</li>
      ))}
      <Live after={Math.max(0, ...turns.map(({ revision }) => revision))} />
    </ol>
  );
}

function Live({ after }: { after: number }) {
  const [told, setTold] = useState<string[]>([]);
  useSubscription(Added, {
    variables: { after },
    onData: ({ data: { data } }) => {
      const question = data?.interactionAdded.interaction.question;
      if (question !== undefined) setTold((before) => [...before, question]);
    },
  });
  return told.map((question, index) => <li key={index}>{question}</li>);
}

createRoot(document.getElementById('page')!).render(
  <ApolloProvider client={client}>
    <Recent />
  </ApolloProvider>,
);
