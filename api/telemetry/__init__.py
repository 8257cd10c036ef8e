"""Traces (OpenTelemetry, extra ``otel``): a span for each request, and one for each stage of answering."""
