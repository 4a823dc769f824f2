// Attributes that spans repeat: read and redacted as if each stood alone, whatever the span before it was.
import { describe, expect, it } from 'vitest';
import { createRedactor } from '../../server/ingest/redact.ts';
import { KEY_BYTES_MAX } from '../../server/otlp/limits.ts';
import { materialise } from '../../server/otlp/materialise.ts';
import { createReader } from '../../server/otlp/reader.ts';
import { decodeRequest, encodeRequest } from './otlp-proto.ts';
import { request, span } from './otlp-requests.ts';

const KEYS = ['agent', 'scopes', 'count'];
const reader = createReader({ keys: KEYS });
const shared = { unlisted: 'x', agent: 'an agent of some name', scopes: ['a', 'b'], count: 7 };

const attributesOf = (spans: unknown[]) => {
  const { batch } = reader.protobuf(encodeRequest(request(spans)));
  return Array.from({ length: batch.spans }, (_, i) => materialise(batch, i, KEYS).attributes);
};

describe('attributes of the span before', () => {
  it('are read again where they are the same, at the same place or another', () => {
    const [alone] = attributesOf([span(shared)]);
    const other = { agent: 'an agent of some nama', scopes: ['a', 'c'], ...{ count: 8 } };
    const moved = { count: 7, agent: shared.agent, unlisted: 'x', scopes: ['a', 'b'] };
    const [first, second, third, fourth] = attributesOf(
      [shared, shared, other, moved].map((attributes) => span(attributes)),
    );
    expect([first, second]).toEqual([alone, alone]);
    expect(third).toEqual(attributesOf([span(other)])[0]);
    expect(fourth).toEqual(attributesOf([span(moved)])[0]);
  });

  it('are read anew behind a span that is rejected, of which nothing is kept', () => {
    const rejected = span(shared, { traceId: '' });
    expect(attributesOf([rejected, span(shared)])).toEqual(attributesOf([span(shared)]));
    const body = encodeRequest(request([span(shared), rejected, span(shared)]));
    expect(reader.protobuf(body)).toMatchObject({ rejected: 1, batch: { spans: 2 } });
    expect(attributesOf([span(shared), rejected, span(shared)])).toHaveLength(2);
  });

  it('are too long a key for each span that has it', () => {
    const long = span({ ['k'.repeat(KEY_BYTES_MAX + 1)]: 'v' });
    const { rejected } = reader.protobuf(encodeRequest(request([long, long, span(shared)])));
    expect(rejected).toBe(2);
  });

  it('are masked in every span where they hold a credential', () => {
    const secret = { note: `ghp_${'a1B2'.repeat(9)}`, password: 'hunter2hunter2', plain: 'kept' };
    const body = encodeRequest(request([secret, secret, secret].map((is) => span(is))));
    expect(createRedactor().protobuf(body)).toBe(true);
    const text = JSON.stringify(decodeRequest(body));
    expect(text).not.toMatch(/ghp_a1B2|hunter2/);
    expect(text.match(/"kept"/g)).toHaveLength(3);
  });
});
