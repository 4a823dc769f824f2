// A language model without a network: the AI SDK's own test model, which asks for one scripted tool call a step.
import { MockLanguageModelV4 } from 'ai/test';
import { randomUUID } from 'node:crypto';

export interface Call {
  tool: string;
  input: Record<string, unknown>;
}

const usage = { inputTokens: { total: 120 }, outputTokens: { total: 30 } };

/** A model that makes these calls in order and then answers. */
export const scriptedModel = (calls: readonly Call[], answer: string) => {
  let step = 0;
  return new MockLanguageModelV4({
    provider: 'scripted',
    modelId: 'scripted-1',
    doGenerate: async () => {
      const call = calls[step];
      step += 1;
      if (call === undefined) {
        return {
          content: [{ type: 'text', text: answer }],
          finishReason: { unified: 'stop', raw: 'stop' },
          usage,
          warnings: [],
        };
      }
      return {
        content: [
          {
            type: 'tool-call',
            toolCallId: randomUUID(),
            toolName: call.tool,
            input: JSON.stringify(call.input),
          },
        ],
        finishReason: { unified: 'tool-calls', raw: 'tool_calls' },
        usage,
        warnings: [],
      };
    },
  });
};
