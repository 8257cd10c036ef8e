"""The laws of the ports of ``decoding``, for any implementation. Importing them needs no test library."""
