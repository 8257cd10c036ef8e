"""The laws of the ports of decoding, for anyone who implements one: importing them needs no test library."""
