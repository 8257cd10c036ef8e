"""Question sets that are one JSON document: QALD's and LC-QuAD's.

Their gold answers are IRIs, so a graph must use the same ones (DBpedia's or Wikidata's) to be asked.
"""

from __future__ import annotations

import json
from typing import Any

from clew.evaluation.questions.question import Gold, Question
from clew.evaluation.questions.question_set import QuestionSet
from clew.evaluation.questions.readers.sparql import QueryShape, shape
from clew.kg.errors import BadFile

NO_TEXT = "no question text"
BOOLEAN = "a yes/no question"
NO_ANSWERS = "neither answers nor a query"


def qald(file: str, text: str, language: str = "en") -> QuestionSet:
    """Read QALD's JSON (Usbeck et al. 2018, the 9th challenge; also QALD-9-plus and -10).

    ``questions``: each with ``question`` (texts by ``language``), ``query.sparql`` and ``answers`` as SPARQL results.
    The text in ``language`` is asked, else the first one. Raises ``BadFile`` for what is not such a document.
    """
    document = _loaded(file, text)
    rows = document.get("questions") if isinstance(document, dict) else None
    if not isinstance(rows, list):
        raise BadFile(f"{file}: a QALD document needs a list 'questions'")
    found = QuestionSet([], "qald")
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict):
            raise BadFile(f"{file}: question {number} is not a JSON object")
        query = row.get("query")
        sparql = query.get("sparql") if isinstance(query, dict) else query
        _add(found, number, _in_language(row.get("question"), language), sparql, row.get("answers"))
    return found


def lcquad(file: str, text: str) -> QuestionSet:
    """Read LC-QuAD 1 (Trivedi et al. 2017) or 2 (Dubey et al. 2019): a list of questions with SPARQL queries.

    They give no answers: the ends of a query's chain are right where it follows one; other questions are left out. Of
    LC-QuAD 2's two queries Wikidata's is taken. Raises ``BadFile`` for what is not such a document.
    """
    rows = _loaded(file, text)
    if not isinstance(rows, list):
        raise BadFile(f"{file}: an LC-QuAD document must be a list of questions")
    found = QuestionSet([], "lcquad")
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict):
            raise BadFile(f"{file}: question {number} is not a JSON object")
        asked = _first(row, "corrected_question", "question", "paraphrased_question", "NNQT_question")
        query = _first(row, "sparql_query", "sparql_wikidata", "sparql_dbpedia18")
        _add(found, number, asked, query, row.get("answers"))
    return found


def _add(found: QuestionSet, number: int, asked: str | None, query: Any, answers: Any) -> None:
    if not asked:
        found.skipped[NO_TEXT] += 1
        return
    gold = _gold(answers)
    read = shape(query) if isinstance(query, str) and query.strip() else QueryShape((), None, NO_ANSWERS)
    if gold is None or "AskQuery" in read.reason:
        found.skipped[BOOLEAN] += 1
    elif not gold and read.chain is None:
        found.skipped[read.reason] += 1
    else:
        hops = len(read.chain) if read.chain else None
        found.questions.append(Question(asked, gold, read.topics, read.chain, hops, True, number, by_chain=not gold))


def _gold(answers: Any) -> tuple[Gold, ...] | None:
    """Return the answers of SPARQL results (IRIs as keys, literals as labels) or a list of IRIs; None for yes or no."""
    gold: dict[Gold, None] = {}
    for answer in answers if isinstance(answers, list) else []:
        if isinstance(answer, str):
            gold[Gold(key=answer)] = None
        elif isinstance(answer, dict):
            if "boolean" in answer:
                return None
            bindings = (answer.get("results") or {}).get("bindings") or []
            terms = [term for binding in bindings for term in binding.values() if isinstance(term, dict)]
            for term in terms:
                value = str(term.get("value", ""))
                gold[Gold(key=value) if term.get("type") == "uri" else Gold(label=value)] = None
    return tuple(gold)


def _in_language(texts: Any, language: str) -> str | None:
    """Return the text of this language, else the first; QALD also has plain texts."""
    if isinstance(texts, str):
        return texts.strip() or None
    said = [one for one in texts or [] if isinstance(one, dict) and isinstance(one.get("string"), str)]
    said.sort(key=lambda one: one.get("language") != language)
    return next((text for one in said if (text := one["string"].strip())), None)


def _first(row: dict[str, Any], *fields: str) -> str | None:
    texts = (row[field].strip() for field in fields if isinstance(row.get(field), str))
    return next((text for text in texts if text), None)


def _loaded(file: str, text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadFile(f"{file}: not JSON ({error})") from None
