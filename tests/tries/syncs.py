"""What a CUDA graph cannot capture, found on any device: operations that ask the host for a tensor's values."""

from __future__ import annotations

from typing import Any

from torch.utils._python_dispatch import TorchDispatchMode

ASKING = ("_local_scalar_dense", "nonzero", "is_nonzero", "masked_select", "unique", "_unique2", "equal", "lift_fresh")
"""The last makes a tensor of Python values, which is a copy from the host."""


class NoSync(TorchDispatchMode):
    """Within it, an operation that would synchronise with the host is an error."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func.overloadpacket.__name__ in ASKING:
            raise AssertionError(f"{func} synchronises with the host")
        return func(*args, **(kwargs or {}))
