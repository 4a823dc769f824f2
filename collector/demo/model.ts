// A language model without a network: the AI SDK's own test model, which asks for one scripted tool call a step.
import { MockLanguageModelV4 } from 'ai/test';
import { randomUUID } from 'node:crypto';

export interface Call {
  tool: string;
  input: Record<string, unknown>;
}

/** A call, or `obey`: whatever the last tool's answer tells it to do, as a model does that is taken in by content. */
export type Step = Call | 'obey';

const usage = { inputTokens: { total: 120 }, outputTokens: { total: 30 } };
/** How the demo's texts word an instruction: `call <tool> with <JSON>`. */
const INSTRUCTION = /call (\w+) with (\{.*?\})/;

/** The call that a text asks for; the model does not ask who wrote it. */
const instructionIn = (text: string): Call | undefined => {
  const [, tool, input] = INSTRUCTION.exec(text) ?? [];
  if (tool === undefined || input === undefined) return undefined;
  return { tool, input: JSON.parse(input) as Record<string, unknown> };
};

/** A model that makes these calls in order and then answers; `think` runs before each of its answers. */
export const scriptedModel = (steps: readonly Step[], answer: string, think = () => {}) => {
  let taken = 0;
  return new MockLanguageModelV4({
    provider: 'scripted',
    modelId: 'scripted-1',
    doGenerate: async ({ prompt }) => {
      think();
      const step = steps[taken];
      taken += 1;
      const last = JSON.stringify(prompt.at(-1)?.content ?? '').replaceAll('\\', '');
      const call = step === 'obey' ? instructionIn(last) : step;
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
