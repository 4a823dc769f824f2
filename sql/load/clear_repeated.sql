-- The spans that came again are compared.
truncate repeated_spans;
truncate repeated_decisions;
