"""The laws of the Constraint port, for anyone who implements it: importing this needs no test library."""
