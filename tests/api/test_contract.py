"""Every JSON key that programs rely on: the command line and REST answer with the same object."""

import json
import math

import pytest

ASK = {"question", "graph", "version", "status", "linked", "answers", "paths", "timings"}
PATH = {"id", "text", "nodes", "relations", "score", "verified"}
QUESTION = "Which films were directed by Christopher Nolan?"


@pytest.fixture(params=["cli", "rest"])
def ask(request, clew, client):
    """Ask either way; returns the parsed JSON."""

    def by_cli(question, topics=()):
        options = [option for topic in topics for option in ("--topic", topic)]
        return json.loads(clew("ask", "--graph", "films", question, *options, "--json").stdout)

    def by_rest(question, topics=()):
        body = {"question": question} | ({"topics": list(topics)} if topics else {})
        response = client.post("/v1/graphs/films/ask", json=body)
        assert response.status_code == 200
        return response.json()

    return by_cli if request.param == "cli" else by_rest


def test_an_answered_question(ask, service):
    got = ask(QUESTION)
    assert got.keys() >= ASK
    assert (got["question"], got["graph"], got["status"]) == (QUESTION, "films", "answered")
    assert got["version"] == service.catalogue.current("films")
    assert [answer["label"] for answer in got["answers"]] == ["Dunkirk", "Inception", "Tenet"]
    for answer in got["answers"]:
        assert answer.keys() >= {"key", "label", "score", "paths"}
        assert 0 <= answer["score"] <= 1
        assert answer["paths"]
    paths = {path["id"]: path for path in got["paths"]}
    assert sorted(paths) == sorted(path for answer in got["answers"] for path in answer["paths"])
    assert all(value >= 0 and math.isfinite(value) for value in got["timings"].values())


def test_its_paths(ask, triples):
    got = ask(QUESTION)
    paths = {path["id"]: path for path in got["paths"]}
    assert got["answers"]
    for answer in got["answers"]:
        assert answer["paths"]
        for path in (paths[path_id] for path_id in answer["paths"]):
            assert path.keys() >= PATH
            assert path["verified"] is True
            assert 0 <= path["score"] <= 1
            keys = [node["key"] for node in path["nodes"]]
            assert keys[0] == "Christopher Nolan"
            assert keys[-1] == answer["key"]
            for start, relation, end in zip(keys[:-1], path["relations"], keys[1:], strict=True):
                assert relation["direction"] in ("forward", "inverse")
                head, tail = (start, end) if relation["direction"] == "forward" else (end, start)
                assert (head, relation["key"], tail) in triples
            assert all(node["label"] in path["text"] for node in path["nodes"])


def test_what_it_was_linked_to(ask):
    (linked,) = ask(QUESTION)["linked"]
    assert linked.keys() >= {"key", "label", "score", "span", "how", "ambiguous"}
    assert (linked["key"], linked["topic"], linked["ambiguous"]) == ("Christopher Nolan", True, False)
    assert QUESTION[slice(*linked["span"])] == "Christopher Nolan"
    assert 0 < linked["score"] <= 1


def test_brackets_and_surrounding_space(ask):
    got = ask("  Who directed [ Inception ]?")
    (linked,) = got["linked"]
    assert got["question"] == "Who directed [ Inception ]?"
    assert got["question"][slice(*linked["span"])] == "Inception"
    assert [answer["label"] for answer in got["answers"]] == ["Christopher Nolan"]


def test_given_topics(ask):
    got = ask("who directed it", topics=["Juno"])
    assert [(entity["key"], entity["how"], entity["span"]) for entity in got["linked"]] == [("Juno", "given", None)]
    assert [answer["label"] for answer in got["answers"]] == ["Jason Reitman"]


@pytest.mark.parametrize(
    ("question", "status", "code"),
    [
        ("what is the meaning of life", "no_entity", "nothing-linked"),
        ("what did Inception cost", "not_understood", "unread"),
        ("what about Inception", "not_understood", "low-confidence"),
        ("who did not direct Inception", "not_understood", "unread"),
    ],
)
def test_a_declined_question_says_why(ask, question, status, code):
    got = ask(question)
    assert got.keys() >= ASK
    assert got["status"] == status
    assert (got["answers"], got["paths"]) == ([], [])
    assert got["reason"]["code"] == code
    assert got["reason"]["message"]


def test_the_reading_is_given_and_what_was_left_out(ask):
    got = ask("Who directed Inception?")
    assert got["reading"]
    assert (got["unread"], got["ambiguous"], got["corrected"]) == ([], [], [])
    got = ask("who did not direct Inception")
    (part,) = got["unread"]
    assert (got["question"][part["start"] : part["end"]], part["why"]) == (part["text"], "negation")
    assert part["text"] == "not"
    assert [node["label"] for node in got["otherwise"]] == ["Christopher Nolan"]


def test_a_corrected_spelling_is_said(ask):
    got = ask("Who directed Incepton?")
    assert [(fixed["text"], fixed["label"]) for fixed in got["corrected"]] == [("Incepton", "Inception")]


def test_partial(client, clew):
    got = client.post("/v1/graphs/films/ask", json={"question": QUESTION, "max_answers": 2}).json()
    assert (got["status"], len(got["answers"]), got["reason"]["code"]) == ("partial", 2, "budget")
    by_cli = json.loads(clew("ask", "-g", "films", QUESTION, "--max-answers", 2, "--json").stdout)
    assert {**by_cli, "timings": None} == {**got, "timings": None}


def test_alternatives(ask):
    got = ask("Who directed Inception?")
    best, *others = got["alternatives"]
    assert best["chosen"] is True
    assert [relation["key"] for relation in best["relations"]] == ["directed_by"]
    assert others
    assert best["score"] >= max(other["score"] for other in others)


def test_the_same_question_gives_the_same_answer(ask):
    first, second = ask(QUESTION), ask(QUESTION)
    assert {**first, "timings": None} == {**second, "timings": None}


def test_inspection(clew, client):
    path = client.post("/v1/graphs/films/ask", json={"question": "Who directed Inception?"}).json()["paths"][0]
    rest = client.get(f"/v1/paths/{path['id']}").json()
    assert rest == json.loads(clew("inspect", path["id"], "--json").stdout)
    assert rest["path"] == path
    assert rest["question"] == "Who directed Inception?"
    (triple,) = rest["triples"]
    assert [triple[part]["key"] for part in ("head", "relation", "tail")] == [
        "Inception",
        "directed_by",
        "Christopher Nolan",
    ]
    taken, end = rest["steps"]
    assert taken["taken"]["relation"]["key"] == "directed_by"
    assert "starred_actors" in [option["relation"]["key"] for option in taken["alternatives"]]
    assert taken["taken"]["probability"] == pytest.approx(math.exp(-0.1))
    assert end["taken"]["relation"] is None
    assert end["alternatives"][0]["probability"] == 0  # a log-probability of minus infinity is still JSON


def test_graphs(clew, client, service):
    (listed,) = client.get("/v1/graphs").json()
    assert [listed] == json.loads(clew("graphs", "--json").stdout)
    assert (listed["name"], listed["triples"], listed["entities"], listed["relations"]) == ("films", 10, 10, 4)
    detail = client.get("/v1/graphs/films").json()
    assert detail.items() >= listed.items()
    assert detail["versions"] == [listed["version"]]
    assert "directed by" in detail["relation_labels"]
    assert any("Juno" in question or "Inception" in question for question in detail["examples"])


def test_healthz(client):
    assert client.get("/healthz").json().items() >= {"status": "ok", "graphs": 1}.items()


def test_eval(clew, tmp_path):
    questions = tmp_path / "q.txt"
    questions.write_text(
        "which films were directed by [Christopher Nolan]\tInception|Tenet|Dunkirk\n"
        "who directed [Juno]\tChristopher Nolan\n"
        "who directed [Tenet]\tChristopher Nolan|Someone Else\n"
        "what did [Inception] cost\t\n"
    )
    for topic in ("given", "linked"):
        got = json.loads(
            clew("eval", "-g", "films", "--questions", questions, "--topic", topic, "--json", "--seed", 1).stdout
        )
        assert got["n"] == 4
        assert got["hits@1"] == pytest.approx(2 / 3)
        assert got["precision"] == pytest.approx(2 / 3)
        assert got["recall"] == pytest.approx((1 + 0 + 1 / 2) / 3)
        assert got["f1"] == pytest.approx((1 + 0 + 2 / 3) / 3)
        assert got["exact"] == pytest.approx(1 / 3)
        assert (got["path_valid"], got["linked"], got["errors"]) == (1.0, 1.0, 0)
        assert got["abstention"]["unanswerable_declined"] == 1.0
        assert 0 < got["p50_ms"] <= got["p95_ms"]
        assert got["peak_rss_mb"] > 10
    assert json.loads(clew("eval", "-g", "films", "--questions", questions, "--limit", 2, "--json").stdout)["n"] == 2
    details = tmp_path / "details.jsonl"
    assert "hits@1" in clew("eval", "-g", "films", "--questions", questions, "--details", details).stdout
    first, wrong, _, declined = map(json.loads, details.read_text().splitlines())
    assert (first["exact"], first["paths"], first["linked"]) == (1, ["^directed_by"], ["Christopher Nolan"])
    assert (wrong["gold"], wrong["predicted"][0]["label"], wrong["hit"]) == (["Christopher Nolan"], "Jason Reitman", 0)
    assert (declined["answerable"], declined["declined"]) == (False, True)
