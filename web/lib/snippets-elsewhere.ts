// Code for agents outside Node, and for agents that send elsewhere too; the pages in docs/ show the same, and a test says so.
import type { Snippet } from './snippets.ts';

const decisionsPython = `# pip install opentelemetry-sdk opentelemetry-exporter-otlp-proto-http
import hashlib
import hmac
import os
import uuid
from datetime import datetime, timedelta, timezone

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
tracer = provider.get_tracer("my-agent")
producer, count = str(uuid.uuid4()), 0


def fingerprint(secret: str) -> str:
    key = os.environ["FOOTPRINT_FINGERPRINT_KEY"].encode()
    return "fp_" + hmac.new(key, secret.encode(), hashlib.sha256).hexdigest()[:32]


def evidence(name: str, **about) -> None:
    """A span of its own, or the action's; a gap in its numbers shows the server that spans were lost."""
    global count
    count += 1
    with tracer.start_as_current_span(name) as span:
        span.set_attribute("footprint.schema", 1)
        span.set_attribute("footprint.producer.id", producer)
        span.set_attribute("footprint.producer.seq", count)
        span.set_attributes({key.replace("__", "."): value for key, value in about.items()})


now = datetime.now(timezone.utc)
token = fingerprint("the-token-as-the-server-gave-it")
about = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "python-agent", "gen_ai.conversation.id": "s-py"}
with tracer.start_as_current_span("invoke_agent python-agent", attributes=about):
    evidence(
        "surface_snapshot",
        footprint__surface__source="policy",
        footprint__surface__permissions=["oauth:orders.read|*", "oauth:orders.delete|*"],
    )
    evidence(
        "issue_credential oauth_access_token",
        footprint__credential__fingerprint=token,
        footprint__credential__type="oauth_access_token",
        footprint__credential__scopes=["orders.read"],
        footprint__credential__issued_at=now.isoformat(),
        footprint__credential__expires_at=(now + timedelta(minutes=5)).isoformat(),
    )
    for action in ("read", "delete"):
        permission, decision = f"oauth:orders.{action}", str(uuid.uuid4())
        allowed = action == "read"  # your policy's answer
        evidence(
            f"authorize {permission}",
            footprint__permission=permission,
            footprint__decision__id=decision,
            footprint__decision__effect="allow" if allowed else "deny",
            footprint__policy__engine="custom",
        )
        if allowed:  # around the call itself, or on the span that a framework makes of it
            evidence(
                "execute_tool read_order",
                gen_ai__operation__name="execute_tool",
                gen_ai__tool__name="read_order",
                footprint__permission=permission,
                footprint__decision__id=decision,
                footprint__credential__fingerprint=token,
            )
provider.shutdown()  # sends the rest`;

const go = `// go get go.opentelemetry.io/otel/sdk go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp
package main

import (
	"context"
	"log"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

func main() {
	ctx := context.Background()
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		log.Fatal(err)
	}
	provider := sdk.NewTracerProvider(sdk.WithBatcher(exporter))
	tracer, text, list := provider.Tracer("my-agent"), attribute.String, attribute.StringSlice
	record := func(ctx context.Context, name string, about ...attribute.KeyValue) {
		_, span := tracer.Start(ctx, name, trace.WithAttributes(about...))
		span.End()
	}
	schema := attribute.Int("footprint.schema", 1)
	token := text("footprint.credential.fingerprint", "fp_00112233445566778899aabbccddeeff") // HMAC of it, never the token
	permission := text("footprint.permission", "oauth:orders.read")
	decision := text("footprint.decision.id", "d-1")

	run, agent := tracer.Start(ctx, "invoke_agent go-agent", trace.WithAttributes(
		text("gen_ai.operation.name", "invoke_agent"),
		text("gen_ai.agent.name", "go-agent"), text("gen_ai.conversation.id", "s-go")))
	record(run, "surface_snapshot", schema, text("footprint.surface.source", "policy"),
		list("footprint.surface.permissions", []string{"oauth:orders.read|*", "oauth:orders.delete|*"}))
	record(run, "issue_credential oauth_access_token", schema, token,
		text("footprint.credential.type", "oauth_access_token"),
		list("footprint.credential.scopes", []string{"orders.read"}),
		text("footprint.credential.issued_at", time.Now().UTC().Format(time.RFC3339)),
		text("footprint.credential.expires_at", time.Now().Add(5*time.Minute).UTC().Format(time.RFC3339)))
	record(run, "authorize oauth:orders.read", schema, permission, decision,
		text("footprint.decision.effect", "allow"), text("footprint.policy.engine", "custom"))
	record(run, "execute_tool read_order", permission, decision, token, // around the call itself
		text("gen_ai.operation.name", "execute_tool"), text("gen_ai.tool.name", "read_order"))
	agent.End()
	if err := provider.Shutdown(ctx); err != nil { // sends the rest
		log.Fatal(err)
	}
}`;

const frameworkPython = `# pip install openinference-instrumentation-langchain opentelemetry-sdk opentelemetry-exporter-otlp-proto-http
from openinference.instrumentation.langchain import LangChainInstrumentor
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
LangChainInstrumentor().instrument(tracer_provider=provider)`;

const langfuse = (
  origin: string,
): string => `import { processor } from '@footprint/collector/processor';
import { LangfuseSpanProcessor } from '@langfuse/otel';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';

const footprint = new OTLPTraceExporter({ url: '${origin}/v1/traces' });
const sdk = new NodeSDK({
  serviceName: 'my-agent',
  spanProcessors: [processor(), new LangfuseSpanProcessor(), new BatchSpanProcessor(footprint)],
});
sdk.start();`;

const fanOut = (origin: string): string => `receivers:
  otlp:
    protocols:
      http:
        endpoint: 127.0.0.1:4328
processors:
  batch:
exporters:
  otlphttp/existing:
    endpoint: http://127.0.0.1:4338
  otlphttp/footprint:
    endpoint: ${origin}
service:
  pipelines:
    traces:
      receivers: [otlp]
      processors: [batch]
      exporters: [otlphttp/existing, otlphttp/footprint]`;

const filtered = (origin: string): string => `receivers:
  otlp:
    protocols:
      http:
        endpoint: 127.0.0.1:4328
processors:
  batch:
  filter/evidence:
    traces:
      span:
        - attributes["footprint.producer.seq"] == nil
exporters:
  otlphttp/footprint:
    endpoint: ${origin}
service:
  pipelines:
    traces:
      receivers: [otlp]
      processors: [filter/evidence, batch]
      exporters: [otlphttp/footprint]`;

/** Python and Go; both read the variables of the first way. */
export const languages = (environment: string): readonly Snippet[] => [
  {
    id: 'python',
    label: 'Python',
    blocks: [
      { says: 'Where it starts:', code: environment },
      {
        says: 'OpenInference (LangChain here; LlamaIndex, CrewAI, OpenAI Agents and others alike). OpenLLMetry’s instrumentation works the same:',
        code: frameworkPython,
      },
      { says: 'Decisions, tokens and what it holds, by hand:', code: decisionsPython },
    ],
  },
  {
    id: 'go',
    label: 'Go',
    blocks: [
      { says: 'Where it starts:', code: environment },
      { says: 'The whole of it, by hand:', code: go },
    ],
  },
];

/** A second processor, or a second exporter: what reads the spans today goes on as it is. */
export const beside = (origin: string): readonly Snippet[] => [
  {
    id: 'beside',
    label: 'Beside Langfuse',
    blocks: [
      {
        says: 'Langfuse’s processor goes on as it is; Footprint gets a copy. Another vendor’s processor stays in the same way.',
        code: langfuse(origin),
      },
    ],
  },
  {
    id: 'otelcol',
    label: 'OpenTelemetry Collector',
    blocks: [
      { says: 'A second exporter in the pipeline that is there:', code: fanOut(origin) },
      {
        says: 'Or only what concerns authorization, from agents with @footprint/collector; what is filtered is not taken for lost:',
        code: filtered(origin),
      },
    ],
  },
];
