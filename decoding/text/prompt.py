"""Prompts: versioned template files, chat templates applied, data that stays data.

A template has a ``[user]`` part and an ``[assistant]`` part; the latter is what the model is made to continue. The
line break before ``[assistant]`` is not part of the text; a blank line there ends the text with one. Fields
are filled with text that was escaped first, so that no question or label can spell a control token.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import resources
from typing import Any

from clew.kg.errors import BadInput
from clew.tries.tokens.tokenize import as_tokenize

_PARTS = re.compile(r"\A\[user\]\n(?P<user>.*)\n\[assistant\]\n?(?P<assistant>.*?)\n?\Z", re.DOTALL)
_FIELD = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True)
class Template:
    """A prompt with fields. ``name`` holds the version (``relation-path.v1``): a changed text is a new file."""

    name: str
    user: str
    assistant: str

    @classmethod
    def load(cls, name: str) -> Template:
        """Load a template that ships with Clew; ``BadInput`` for a name there is no file of."""
        file = resources.files("clew.decoding.text") / "templates" / f"{name}.txt"
        if not re.fullmatch(r"[a-z-]+\.v\d+", name) or not file.is_file():
            raise BadInput(f"unknown prompt template {name!r}")
        return cls.parse(name, file.read_text("utf-8"))

    @classmethod
    def parse(cls, name: str, text: str) -> Template:
        """Read a template's text; ``BadInput`` unless it has a [user] and an [assistant] part."""
        match = _PARTS.match(text)
        if not match:
            raise BadInput(f"prompt template {name!r} needs a [user] part and then an [assistant] part")
        return cls(name, match["user"], match["assistant"])

    def fill(self, **fields: str) -> str:
        """Return the user part with its fields filled, for an engine that applies a chat template of its own."""
        return _fill(self.user, fields, self.name)


class Prompter:
    """Fills templates and tokenises them for one tokenizer (of Hugging Face's fast kind).

    The control tokens of the chat template and a leading special token are kept; those in the fields are broken up.
    """

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._plain = as_tokenize(tokenizer)
        self._control = sorted((t for t in self._plain.special_texts if len(t) > 1), key=len, reverse=True)

    def text(self, template: Template, **fields: str) -> str:
        """Return the prompt's text: the chat template's, where the tokenizer has one, and the assistant's beginning."""
        safe = {name: self.escape(value) for name, value in fields.items()}
        user, begin = (_fill(part, safe, template.name) for part in (template.user, template.assistant))
        if getattr(self._tokenizer, "chat_template", None):
            rendered: str = self._tokenizer.apply_chat_template(
                [{"role": "user", "content": user}], tokenize=False, add_generation_prompt=True
            )
            return rendered + begin
        return f"{user}{begin}" if user.endswith("\n") else f"{user}\n{begin}"

    def escape(self, text: str) -> str:
        """Return the text with a backslash put into each control token that it spells.

        Raises:
            BadInput: the tokenizer's control tokens are such that breaking one makes another.
        """
        for _ in range(10):
            found = [control for control in self._control if control in text]
            if not found:
                return text
            for control in found:
                text = text.replace(control, f"{control[0]}\\{control[1:]}")
        raise BadInput("the text contains control tokens of the model that cannot be split")

    def ids(self, text: str) -> list[int]:
        """Return the token ids of a prompt's text. A chat template brings its own leading special token."""
        chat = bool(getattr(self._tokenizer, "chat_template", None))
        ids: list[int] = self._tokenizer(text, add_special_tokens=not chat)["input_ids"]
        end = getattr(self._tokenizer, "eos_token_id", None)
        while ids and not chat and ids[-1] == end:  # some tokenizers close every text; a prompt must stay open
            ids.pop()
        return ids

    def data_ids(self, text: str) -> list[int]:
        """Return the token ids of a label or other data, in which control tokens are plain text."""
        return self._plain.encode_batch([text])[0]


def _fill(text: str, fields: dict[str, str], name: str) -> str:
    """Fill fields in one pass, so that braces in a question are left alone."""

    def value(match: re.Match[str]) -> str:
        if match[1] not in fields:
            raise BadInput(f"prompt template {name!r} has an unknown field {match[1]!r}")
        return fields[match[1]]

    return _FIELD.sub(value, text)
