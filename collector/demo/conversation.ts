// One conversation of an agent's model with its tools, on the Vercel AI SDK.
import type { ToolSet } from 'ai';
import { generateText, isStepCount } from 'ai';
import type { Step } from './model.ts';
import { scriptedModel } from './model.ts';

const MAX_STEPS = 12;

export interface Conversation {
  prompt: string;
  tools: ToolSet;
  steps: readonly Step[];
  answer: string;
  /** Runs before each of the model's answers: the time that it thinks. */
  think?: () => void;
  /** The agent's name, where the SDK's own telemetry is to record it. */
  recordedAs?: string;
}

/** Runs it to the end, and says in one line a call what became of it. */
export const converse = async (conversation: Conversation): Promise<string[]> => {
  const { prompt, tools, steps, answer, think, recordedAs } = conversation;
  const result = await generateText({
    model: scriptedModel(steps, answer, think),
    prompt,
    tools,
    stopWhen: isStepCount(MAX_STEPS),
    telemetry:
      recordedAs === undefined ? { isEnabled: false } : { isEnabled: true, functionId: recordedAs },
  });
  return result.steps
    .flatMap((step) => step.content)
    .flatMap((part) => {
      if (part.type === 'tool-result') return [`${part.toolName} done`];
      if (part.type === 'tool-error') return [`${part.toolName} refused: ${String(part.error)}`];
      return [];
    });
};
