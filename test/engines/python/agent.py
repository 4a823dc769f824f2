# A LangChain agent as people run it: real instrumentation, a scripted model, one tool offered and used, one offered only.
# Arguments: the dialect (openinference or openllmetry), the protocol (http or grpc). The model is at OPENAI_BASE_URL.
import os
import sys

from langchain.agents import create_agent
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

dialect, protocol = sys.argv[1:3]

if protocol == "grpc":
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
else:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))

if dialect == "openinference":
    from openinference.instrumentation.langchain import LangChainInstrumentor
else:
    from opentelemetry.instrumentation.langchain import LangchainInstrumentor as LangChainInstrumentor
LangChainInstrumentor().instrument(tracer_provider=provider)


@tool
def read_order(number: int) -> str:
    """Reads an order."""
    return f"order {number} is paid"


@tool
def delete_order(number: int) -> str:
    """Deletes an order."""
    return f"order {number} is gone"


model = ChatOpenAI(model="scripted", api_key="none", max_retries=0)
agent = create_agent(model, [read_order, delete_order], name=os.environ["OTEL_SERVICE_NAME"])
asked = {"messages": [{"role": "user", "content": "Is order 7 paid?"}]}
answer = agent.invoke(asked, config={"metadata": {"session_id": sys.argv[3]}})
print(answer["messages"][-1].content)
provider.shutdown()
