// The guardrails of OpenAI Agents, by a trace processor beside those that are there.
import { authorize } from '../authorize.ts';
import { guard } from '../guard.ts';
import { field, textField } from '../read.ts';

/** What the SDK asks of a trace processor. */
export interface GuardrailProcessor {
  onTraceStart(): Promise<void>;
  onTraceEnd(): Promise<void>;
  onSpanStart(): Promise<void>;
  onSpanEnd(span: unknown): Promise<void>;
  shutdown(): Promise<void>;
  forceFlush(): Promise<void>;
}

/**
 * A trace processor to add beside those that are there: `addTraceProcessor(guardrailProcessor())`. Each guardrail of
 * an agent that ran is a decision on `guardrail:<name>`, deny where its tripwire was triggered. It needs the SDK's
 * tracing to be on. Never throws.
 */
export const guardrailProcessor = (): GuardrailProcessor => ({
  onTraceStart: () => Promise.resolve(),
  onTraceEnd: () => Promise.resolve(),
  onSpanStart: () => Promise.resolve(),
  onSpanEnd: (span) => {
    guard(
      'recording a guardrail',
      () => {
        const data = field(span, 'spanData');
        const name = textField(data, 'name');
        if (field(data, 'type') !== 'guardrail' || name === undefined) return;
        const effect = field(data, 'triggered') === true ? 'deny' : 'allow';
        const answer = {
          effect,
          rules: [name],
          engine: 'harness',
          policy: { id: 'openai-agents' },
        } as const;
        authorize({ permission: `guardrail:${name}` }, () => answer);
      },
      undefined,
    );
    return Promise.resolve();
  },
  shutdown: () => Promise.resolve(),
  forceFlush: () => Promise.resolve(),
});
