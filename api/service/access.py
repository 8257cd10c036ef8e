"""What whoever asks the service may do: that of a key, or everything."""

from __future__ import annotations

from dataclasses import dataclass

from clew.api.schema.problems import InsufficientScope
from clew.api.service.keys import ApiKey


@dataclass(frozen=True, slots=True)
class Access:
    """The rights of one caller. ``key`` None: on this machine, where no key is required, he may do everything."""

    key: ApiKey | None = None

    @property
    def owner(self) -> str:
        """Whom his jobs and responses belong to; "": to whoever needs no key."""
        return "" if self.key is None else self.key.id

    def may(self, operation: str, graph: str | None = None) -> bool:
        """Whether he may do something in a graph; None: in any one."""
        return self.key is None or self.key.may(operation, graph)

    def check(self, operation: str, graph: str | None = None) -> None:
        """Raise ``InsufficientScope`` unless he may."""
        if not self.may(operation, graph):
            where = "" if graph is None else f" in the graph {graph!r}"
            raise InsufficientScope(f"the API key lacks the scope {operation}{where}", operation)

    def owns(self, owner: str, graph: str) -> bool:
        """Whether a job of an owner, for a graph, is his, or one that he administers."""
        return self.key is None or owner == self.owner or self.may("admin", graph)


EVERYTHING = Access()
"""The access of whoever needs no key."""
