import { createRoot } from 'react-dom/client';
import {
  Connection,
  InteractionAddedDocument,
  SessionManager,
  TokenKeeper,
  type SessionFieldsFragment,
} from '../../../client/src/index.js';

const parameters = new URLSearchParams(location.search);
const url = parameters.get('service')!;
const tokens = new TokenKeeper(url);
const connection = new Connection({ url, token: tokens.access });
const sessions = new SessionManager({ connection, onChange: show });
const root = createRoot(document.getElementById('page')!);

let past: SessionFieldsFragment[] = [];
const heard: string[] = [];
let problem = '';
let acting = 0;

/** Does what somebody clicked, and shows what became of it. */
function act(action: () => Promise<unknown>): void {
  problem = '';
  acting++;
  show();
  action()
    .catch((error: unknown) => (problem = String(error)))
    .finally(() => {
      acting--;
      show();
    });
}

function show(): void {
  root.render(
    <main aria-busy={acting > 0}>
      <form action={(form) => act(() => sessions.addMessage('USER', form.get('text') as string))}>
        <input name="text" aria-label="Message" />
      </form>
      <ol aria-label="Messages">
        {sessions.current?.messages.map(({ id, content, saved }) => (
          <li key={id} className={saved ? 'saved' : 'waiting'}>
            {content}
          </li>
        ))}
      </ol>
      <button onClick={() => act(() => sessions.startNewSession({ title: 'Another' }))}>New session</button>
      <button onClick={() => act(() => sessions.saveSession())}>Save</button>
      <button onClick={() => act(async () => (past = (await sessions.listSessions()).sessions))}>List</button>
      <ul aria-label="Sessions">
        {past.map(({ id, title }) => (
          <li key={id}>
            {title ?? 'Untitled'}
            <button onClick={() => act(() => sessions.loadSession(id))}>Load</button>
            <button onClick={() => act(() => sessions.deleteSession(id))}>Delete</button>
          </li>
        ))}
      </ul>
      <ol aria-label="Heard">
        {heard.map((question, index) => (
          <li key={index}>{question}</li>
        ))}
      </ol>
      <p role="alert">{problem}</p>
    </main>,
  );
}

act(async () => {
  const signedIn = (await tokens.access()) !== null;
  if (!signedIn)
    await tokens.register({ email: parameters.get('email')!, password: 'correct horse battery' });
  connection.subscribe(
    InteractionAddedDocument,
    { after: 0 },
    {
      next: ({ interactionAdded: { interaction } }) => {
        heard.push(interaction.question ?? '');
        show();
      },
      error: (reason) => {
        problem = String(reason);
        show();
      },
    },
  );
  await sessions.restoreLastSession();
});
