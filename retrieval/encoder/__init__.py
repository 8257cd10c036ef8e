"""Text encoders: MiniLM and any pretrained model."""
