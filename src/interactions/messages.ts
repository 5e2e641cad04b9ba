import { MessageRole, type Interaction, type Message } from './interaction.model.js';

/** An interaction's messages in the order they were said: question, steps, answer. */
export function messagesOf(interaction: Interaction): Message[] {
  const messages: Message[] = [];
  const add = (
    message: Partial<Message> & Pick<Message, 'id' | 'role' | 'content' | 'tokens' | 'at'>,
  ): void => {
    messages.push({
      toolName: null,
      arguments: null,
      errorCode: null,
      ...message,
      isError: message.isError ?? false,
      interactionId: interaction.id,
      sessionId: interaction.sessionId,
      position: [interaction.sequence, messages.length],
    });
  };
  const { id, question, steps, answer } = interaction;
  if (question !== null) {
    add({
      id,
      role: MessageRole.USER,
      content: question,
      tokens: interaction.questionTokens,
      at: interaction.occurredAt,
    });
  }
  for (const step of steps) add({ ...step, isError: step.isError ?? false });
  if (answer !== null) {
    add({
      id: interaction.answerId ?? `${id}:answer`,
      role: MessageRole.ASSISTANT,
      content: answer,
      tokens: interaction.answerTokens,
      at: interaction.completedAt ?? interaction.occurredAt,
    });
  }
  return messages;
}
