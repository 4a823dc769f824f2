// An agent in Go, by hand: tools offered and used, a decision and a token. Arguments: the protocol (http or grpc), the session.
package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"log"
	"os"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdk "go.opentelemetry.io/otel/sdk/trace"
)

func exporter(ctx context.Context, protocol string) (*otlptrace.Exporter, error) {
	if protocol == "grpc" {
		return otlptracegrpc.New(ctx, otlptracegrpc.WithInsecure())
	}
	return otlptracehttp.New(ctx)
}

func main() {
	ctx := context.Background()
	out, err := exporter(ctx, os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	provider := sdk.NewTracerProvider(sdk.WithBatcher(out))
	tracer := provider.Tracer("desk")
	text, list := attribute.String, attribute.StringSlice
	span := func(ctx context.Context, name string, about ...attribute.KeyValue) context.Context {
		inside, made := tracer.Start(ctx, name)
		made.SetAttributes(about...)
		made.End()
		return inside
	}

	name := os.Getenv("OTEL_SERVICE_NAME")
	fingerprint := fmt.Sprintf("fp_%x", sha256.Sum256([]byte(os.Args[2])))[:35]
	ctx, run := tracer.Start(ctx, "invoke_agent "+name)
	run.SetAttributes(
		text("gen_ai.operation.name", "invoke_agent"), text("gen_ai.agent.name", name),
		text("gen_ai.conversation.id", os.Args[2]))
	span(ctx, "chat", text("gen_ai.operation.name", "chat"),
		text("gen_ai.tool.definitions", `[{"name":"read_order"},{"name":"delete_order"}]`))
	span(ctx, "issue_credential oauth_access_token", attribute.Int("footprint.schema", 1),
		text("footprint.credential.fingerprint", fingerprint),
		text("footprint.credential.type", "oauth_access_token"),
		list("footprint.credential.scopes", []string{"orders.read"}),
		text("footprint.credential.issued_at", time.Now().UTC().Format(time.RFC3339Nano)),
		text("footprint.credential.expires_at", time.Now().Add(5*time.Minute).UTC().Format(time.RFC3339Nano)))
	span(ctx, "authorize tool:read_order", attribute.Int("footprint.schema", 1),
		text("footprint.permission", "tool:read_order"), text("footprint.decision.id", os.Args[2]+"-d1"),
		text("footprint.decision.effect", "allow"), text("footprint.policy.engine", "custom"))
	span(ctx, "execute_tool read_order", text("gen_ai.operation.name", "execute_tool"),
		text("gen_ai.tool.name", "read_order"), text("footprint.decision.id", os.Args[2]+"-d1"),
		text("footprint.credential.fingerprint", fingerprint))
	run.End()
	if err := provider.Shutdown(ctx); err != nil {
		log.Fatal(err)
	}
}
