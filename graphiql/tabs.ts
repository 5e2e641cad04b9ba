/** The operations a newcomer finds ready: record, recall, watch. */
export const tabs: { query: string; variables?: string }[] = [
  {
    query: `# Stores one turn of a conversation. The session is found or begun for you.
# Sending the same id again stores nothing twice.
mutation Record {
  recordInteraction(
    input: {
      question: "What should I pack for three days in Lisbon in May?"
      answer: "Light layers, good shoes for the hills, and one warm thing for the evenings."
      metadata: { model: "example" }
    }
  ) {
    interaction {
      id
      revision
      occurredAt
      questionTokens
      answerTokens
    }
    session {
      id
      startedAt
      interactionCount
    }
  }
}
`,
  },
  {
    query: `# The newest turns across all sessions.
query Recent {
  recentInteractions(limit: 20) {
    id
    sessionId
    status
    question
    answer
    occurredAt
  }
}
`,
  },
  {
    query: `# Sessions, newest first, each with its newest turns.
query Sessions($after: String) {
  sessions(first: 10, after: $after) {
    edges {
      cursor
      node {
        id
        type
        title
        active
        startedAt
        endedAt
        endReason
        durationSeconds
        interactions(last: 5) {
          edges {
            node {
              question
              answer
            }
          }
        }
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
`,
  },
  {
    query: `# Leave it running and record something in another browser tab.
subscription Live {
  interactionAdded {
    revision
    kind
    interaction {
      id
      sessionId
      status
      question
      answer
    }
  }
}
`,
  },
  {
    query: `# Everything that happened after a revision, once, in order; then live.
# Keep the last revision you saw, and you never miss or repeat a change.
subscription Changes($after: Revision!) {
  changes(after: $after) {
    revision
    kind
    at
    session {
      id
      active
      interactionCount
    }
    interaction {
      id
      question
      answer
    }
  }
}
`,
    variables: `{ "after": 0 }
`,
  },
  {
    query: `# Ask. The answer is written from what is remembered: by a model, if one is configured.
# With "wait" it comes at once; without, watch it with the subscription of the next tab.
mutation Ask {
  sendMessage(input: { text: "What did I want to pack for Lisbon?", wait: true }) {
    interaction {
      id
      status
      answer
      errorCode
      contextSources {
        id
        role
        why
      }
    }
  }
}
`,
  },
  {
    query: `# An answer while it is written, from its beginning. Put in the id of an interaction that you asked for without "wait".
subscription Answer($interactionId: UUID!) {
  answerStreamed(interactionId: $interactionId) {
    offset
    text
    done
    status
  }
}
`,
    variables: `{ "interactionId": "" }
`,
  },
];
