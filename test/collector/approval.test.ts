// Approvals as spans: asked at source, answered at once or much later, and never an approval by accident.
import { SpanStatusCode } from '@opentelemetry/api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { approval, authorize, task } from '../../collector/index.ts';
import type { ApprovalAnswer, ApprovalRequest, PendingApproval } from '../../collector/index.ts';
import type { Recorder } from './recorder.ts';
import { startRecorder, told } from './recorder.ts';

let recorder: Recorder;
beforeAll(() => {
  recorder = startRecorder();
});
afterAll(() => recorder.stop());

const request: ApprovalRequest = { permission: 'mail:send', action: 'send', tier: 'single' };
const failing = (name: string) => () =>
  Promise.reject(Object.assign(new Error('no answer'), { name }));

describe('an approval', () => {
  it('is one span from the asking to the answer, beside the decision that it leaves alone', async () => {
    await task({ agent: 'desk', session: 's-1' }, async () => {
      const decision = authorize(request, () => ({ effect: 'require_approval' }));
      const given = await approval(
        { ...request, decision, approval_id: 'ask-1', requested_at: '2026-03-01T10:00:00Z' },
        () =>
          Promise.resolve<ApprovalAnswer>({
            outcome: 'approved',
            source: 'user_once',
            approver: 'ada',
            approver_type: 'user',
          }),
      );
      expect(given).toEqual({ approval_id: 'ask-1', outcome: 'approved', approved: true });
    });
    const [decision, span, around] = recorder.take();
    expect(span?.name).toBe('request_approval send');
    expect(span?.parentSpanContext?.spanId).toBe(around?.spanContext().spanId);
    expect(span?.links[0]?.context.spanId).toBe(decision?.spanContext().spanId);
    expect(decision?.attributes['footprint.decision.effect']).toBe('require_approval');
    expect(told(span)).toEqual({
      'gen_ai.agent.name': 'desk',
      'gen_ai.conversation.id': 's-1',
      'footprint.session.id': 's-1',
      'footprint.approval.id': 'ask-1',
      'footprint.approval.tier': 'single',
      'footprint.approval.requested_at': '2026-03-01T10:00:00.000Z',
      'footprint.approval.outcome': 'approved',
      'footprint.approval.source': 'user_once',
      'footprint.approval.approver': 'ada',
      'footprint.approval.approver_type': 'user',
      'footprint.decision.id': decision?.attributes['footprint.decision.id'],
      'footprint.permission': 'mail:send',
    });
  });

  it('that outlives its trace is two spans: the answer links to the decision and belongs to its session', () => {
    const stored = task({ agent: 'desk', session: 's-2' }, () => {
      const decision = authorize(request, () => ({ effect: 'require_approval' }));
      return JSON.stringify(
        approval.requested({ ...request, decision, requested_at: '2026-03-01T10:00:00Z' }),
      );
    });
    const [decision, asked] = recorder.take();
    expect(asked?.attributes['footprint.approval.outcome']).toBe('pending');
    const pending = JSON.parse(stored) as PendingApproval;
    expect(approval.answered(pending, { outcome: 'modified', approver: 'ada' })).toMatchObject({
      outcome: 'modified',
      approved: true,
    });
    const [answer] = recorder.take();
    expect(answer?.parentSpanContext).toBeUndefined();
    expect(answer?.spanContext().traceId).not.toBe(decision?.spanContext().traceId);
    expect(answer?.links[0]?.context).toMatchObject({
      traceId: decision?.spanContext().traceId,
      spanId: decision?.spanContext().spanId,
    });
    expect(answer?.startTime[0]).toBe(Date.parse('2026-03-01T10:00:00Z') / 1000);
    expect(answer?.attributes).toMatchObject({
      'gen_ai.agent.name': 'desk',
      'footprint.session.id': 's-2',
      'footprint.approval.id': asked?.attributes['footprint.approval.id'],
      'footprint.decision.id': decision?.attributes['footprint.decision.id'],
      'footprint.approval.outcome': 'modified',
    });
  });

  it.each([
    [true, 'approved', true],
    [false, 'denied', false],
    [{ outcome: 'expired' }, 'expired', false],
    [{ outcome: 'cancelled' }, 'cancelled', false],
  ] as const)('answered %j is %s', (answer, outcome, approved) => {
    expect(approval(request, () => answer)).toMatchObject({ outcome, approved });
    expect(recorder.take()[0]?.status.code).toBe(SpanStatusCode.UNSET);
  });

  it('that nobody answered, or that could not be asked for, is no approval and throws nothing', async () => {
    expect(await approval(request, failing('TimeoutError'))).toMatchObject({ outcome: 'expired' });
    expect(await approval(request, failing('AbortError'))).toMatchObject({ outcome: 'cancelled' });
    for (const answer of [undefined, null, 'approved', 1, {}, { outcome: 'yes' }]) {
      const given = approval(request, () => answer as unknown as ApprovalAnswer);
      expect(given).toMatchObject({ outcome: 'cancelled', approved: false, error: 'no_answer' });
    }
    const [expired, cancelled] = recorder.take();
    expect(expired?.status.code).toBe(SpanStatusCode.UNSET);
    expect(expired?.attributes['footprint.approval.source']).toBe('timeout');
    expect(cancelled?.attributes['error.type']).toBe('AbortError');
  });
});
