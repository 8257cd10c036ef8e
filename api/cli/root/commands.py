"""Every command: its group, the module that holds it, and one line about it, so that the list needs no import."""

from __future__ import annotations

GROUPS: dict[str, dict[str, tuple[str, str]]] = {
    "Ask": {
        "ask": ("asking", "Answer a question from a graph"),
        "shell": ("shell", "Ask one question after the other; the model is loaded once"),
        "demo": ("demo", "Ask the demo graph"),
        "query": ("query", "Run a program over a graph"),
        "inspect": ("inspect", "Show a path or program of an earlier answer"),
        "verify": ("verify", "Check saved results, or the files of a graph"),
    },
    "Load and change": {
        "ingest": ("ingest", "Load files or databases as a graph"),
        "update": ("update", "Add and delete statements"),
        "mapping": ("mapping", "Show how a database or table becomes a graph"),
        "index": ("index", "Find entities by meaning, too"),
        "remove": ("remove", "Delete a graph"),
    },
    "Versions": {
        "versions": ("versions", "List the versions of a graph"),
        "diff": ("diff", "Show what changed between two versions"),
        "rollback": ("rollback", "Make an earlier version the current one"),
        "collect": ("collect", "Delete the oldest versions"),
        "compact": ("compact", "Build the snapshot of an updated graph"),
        "migrate": ("migrate", "Convert graphs from an older format"),
    },
    "Look": {
        "graphs": ("graphs", "List all graphs"),
        "stats": ("stats", "Show what is in a graph"),
        "history": ("history", "Count or delete stored answers"),
    },
    "Serve": {
        "serve": ("serve", "Serve REST and the web page"),
        "mcp": ("mcp", "Serve the tools of agents"),
        "keys": ("keys", "Make, list and revoke API keys"),
    },
    "Improve": {
        "train": ("train", "Train the model on a graph"),
        "eval": ("evaluate", "Measure how well questions are answered"),
    },
    "Set up": {
        "doctor": ("doctor", "Check that everything is in place"),
        "completion": ("completion", "Print the script that completes commands in a shell"),
    },
}
"""By group and name: the module of ``clew.api.cli`` that holds it as ``command``, and its summary."""

COMMANDS = {name: module for group in GROUPS.values() for name, (module, _) in group.items()}
"""Each command and its module."""
