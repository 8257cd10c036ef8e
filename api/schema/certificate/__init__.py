"""The certificate of a result: what is needed to check it again without a model."""
