"""The constraint engines: cost of a step, of starting a question, of building; beside other ways to constrain.

    python -m benchmarks.constraint [--quick] [--json] [--plot FILE.svg]

A step is what a decoding loop does between two forwards: one token taken per row, and the allowed tokens of every row.
The graph automaton walks a whole graph from its hubs; the contenders hold 10,000 two-hop paths of one node. All run in
one process, one after another, on one thread; figures are medians in microseconds.
"""

from __future__ import annotations

import multiprocessing
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import contenders
from benchmarks.graphs import Tokenizing, graphs, tokenizer
from benchmarks.harness import Bars, Results, bar, main
from benchmarks.power_law import power_law_graph
from benchmarks.svg import line_plot
from clew.kg.graph.graph import Graph
from clew.kg.memory import peak_rss_mb
from clew.tries.constraint import SpelledPath
from clew.tries.entities.automaton import GraphAutomaton
from clew.tries.interop import exports
from clew.tries.reference.kg_trie import KGTrie
from clew.tries.reference.path_enumeration import enumerate_paths
from clew.tries.tokens.token_index import TokenIndex

PATHS = 10_000
ROWS = 32
COMPILE_SECONDS = 60
MICRO = 1e6


def run(quick: bool) -> tuple[Results, Bars]:
    """Measure; see the module."""
    results: Results = {"graphs": [], "steps": [], "contenders": []}
    for name, graph in graphs(quick):
        index, built = build(name, graph)
        results["graphs"].append(built)
        for rows in (1, ROWS, 1024):
            for hops in (2, 6) if quick else (1, 2, 3, 4, 5, 6):
                results["steps"].append({"graph": name} | walk_steps(graph, index, rows, hops))
        if name == "synthetic":
            results["start_us"] = start_cost(graph, index)
            results["contenders"] = compare(graph, index, quick)
            results["hops6_vs_hops2"] = hops_ratio(graph, index)
    return results, bars_of(results)


def build(name: str, graph: Graph) -> tuple[TokenIndex, dict[str, Any]]:
    """Build the index twice, kernels compiled before, and describe the faster build."""
    TokenIndex.build(power_law_graph(100, 300), Tokenizing())
    builds = []
    for _ in range(2):
        timed = Tokenizing()
        begin = time.perf_counter()
        index = TokenIndex.build(graph, timed)
        builds.append((time.perf_counter() - begin - timed.seconds, timed.seconds))
    beyond, tokenising = min(builds)
    return index, {
        "graph": name,
        "nodes": graph.num_nodes,
        "edges": graph.num_edges,
        "label_tokens": int((index.tokens >= 0).sum()),
        "build_s": beyond + tokenising,
        "tokenise_s": tokenising,
        "edges_per_s": graph.num_edges / beyond,
        "index_mb": (index.edge_bytes + index.label_bytes) / 1e6,
        "peak_rss_mb": peak_rss_mb(),
        "bytes_per_edge": index.edge_bytes / graph.num_edges,
        "bytes_per_label_token": index.label_bytes / max(1, int((index.tokens >= 0).sum())),
    }


def plot(path: Path, results: Results) -> None:
    """Draw the step's cost over hops, per graph and number of rows, with the contenders as level lines."""
    lines: dict[str, list[tuple[float, float]]] = {}
    for row in results["steps"]:
        lines.setdefault(f"{row['graph']}, {row['rows']:,} rows", []).append((row["hops"], row["step_us"]))
    ticks = sorted({row["hops"] for row in results["steps"]})
    for row in results["contenders"][3:]:
        if "step_us" in row:
            lines[row["name"]] = [(2.0, row["step_us"])]
    line_plot(path, "A constraint's step (contenders: 32 rows, 10,000 paths)", "hops", "µs a step", lines, ticks)


def hubs(graph: Graph, count: int) -> list[int]:
    """The entities with most edges, repeated if there are too few."""
    degree = (np.diff(graph.out.ptr) + np.diff(graph.inc.ptr))[: graph.num_entities]
    best: list[int] = np.argsort(-degree, kind="stable")[:count].tolist()
    return (best * (1 + count // len(best)))[:count]


def random_walk(automaton: GraphAutomaton, heads: Sequence[int], seed: int = 0) -> list[np.ndarray]:
    """Tokens of random walks that end only where they must, for as long as every row is alive."""
    rng = np.random.default_rng(seed)
    states = automaton.start(heads)
    taken: list[np.ndarray] = []
    while True:
        allowed = automaton.allowed(states)
        size = np.diff(allowed.row_ptr)
        if not size.all():
            return taken
        ends = allowed.token_ids[allowed.row_ptr[1:] - 1] == automaton.end_token
        choice = (rng.random(len(size)) * np.maximum(size - ends, 1)).astype(np.int64)
        tokens = allowed.token_ids[allowed.row_ptr[:-1] + choice]
        if (tokens == automaton.end_token).any():
            return taken
        taken.append(tokens)
        states = automaton.advance(states, tokens)


def timed_steps(engine: contenders.Contender, rows: int, steps: Sequence[Any], repeats: int) -> float:
    """Median time of a step, in microseconds, after one run to warm up."""
    times = []
    for repeat in range(repeats + 1):
        engine.start(rows)
        for tokens in steps:
            begin = time.perf_counter()
            engine.step(tokens)
            if repeat:
                times.append(time.perf_counter() - begin)
    return statistics.median(times) * MICRO


def walk_steps(graph: Graph, index: TokenIndex, rows: int, hops: int) -> dict[str, Any]:
    """The automaton's step over random walks from the hubs of a whole graph."""
    automaton = GraphAutomaton(index, END, hops)
    heads = hubs(graph, rows)
    steps = random_walk(automaton, heads)
    us = timed_steps(contenders.Ours(automaton, heads), rows, steps, 5 if rows > ROWS else 20)
    return {"rows": rows, "hops": hops, "step_us": us, "steps": len(steps)}


def hops_ratio(graph: Graph, index: TokenIndex) -> float:
    """Step at 6 hops over step at 2, measured in turns so that a busy machine slows both."""
    heads = hubs(graph, ROWS)
    engines = {hops: GraphAutomaton(index, END, hops) for hops in (2, 6)}
    walks = {hops: random_walk(engine, heads) for hops, engine in engines.items()}
    ratios = []
    for _ in range(9):
        two, six = (timed_steps(contenders.Ours(engines[h], heads), ROWS, walks[h], 5) for h in (2, 6))
        ratios.append(six / two)
    return statistics.median(ratios)


def start_cost(graph: Graph, index: TokenIndex) -> float:
    """Median time to start a question at a hub, in microseconds."""
    automaton, (head,), times = GraphAutomaton(index, END, 6), hubs(graph, 1), []
    for _ in range(300):
        begin = time.perf_counter()
        automaton.start([head])
        times.append(time.perf_counter() - begin)
    return statistics.median(times) * MICRO


def sample_paths(graph: Graph, index: TokenIndex, count: int) -> list[SpelledPath]:
    """``count`` two-hop paths of one node, at random among all of its paths."""
    for head in reversed(hubs(graph, min(3000, graph.num_entities))):
        found = enumerate_paths(index, head, 2, 2, budget=50 * count)
        if len(found.paths) >= count:
            chosen = np.random.default_rng(0).choice(len(found.paths), count, replace=False)
            return [found.paths[i] for i in chosen]
    raise RuntimeError("no node of this graph has that many paths")


def compare(graph: Graph, index: TokenIndex, quick: bool) -> list[dict[str, Any]]:
    """Every contender over the same 10,000 paths; the graph automaton over the whole graph besides."""
    paths = sample_paths(graph, index, PATHS)
    head = paths[0].nodes[0]
    strings = [spell(index, path) for path in paths]
    rng = np.random.default_rng(1)
    batches = [[strings[i] for i in rng.choice(len(strings), ROWS, replace=False)] for _ in range(3)]
    steps = [np.array(step, np.int32) for batch in batches[:1] for step in zip(*batch, strict=False)]
    text = exports.choices(graph, index.spelling, paths)
    whole = GraphAutomaton(index, END, 2)
    heads = hubs(graph, ROWS)
    rows = [
        measured(
            "graph automaton, whole graph, 32 hubs",
            lambda: contenders.Ours(whole, heads),
            random_walk(whole, heads),
            30,
        ),
        measured("the same, in two calls", lambda: contenders.OursInTurn(whole, heads), random_walk(whole, heads), 30),
        measured("graph automaton, these paths", lambda: contenders.Ours(whole, [head]), steps, 30),
        measured(
            "KG-Trie (token trie)", lambda: contenders.Ours(KGTrie.from_paths(index, paths, END), [head]), steps, 30
        ),
        measured("dict trie", lambda: contenders.DictTrie(strings, VOCAB), listed(steps), 10),
        measured("marisa behind HF processor", lambda: contenders.MarisaBehindHF(strings, VOCAB), listed(steps), 1),
    ]
    expression = exports.regular_expression(text)
    compiled: list[tuple[str, Callable[[], contenders.Contender]]] = [
        ("llguidance", lambda: contenders.LLGuidance(tokenizer().to_str(), END, expression))
    ]
    rows += [attempted(name, make, listed(steps)) for name, make in compiled]
    for name in ("xgrammar", "outlines-core"):
        if quick:
            rows.append({"name": name, "note": "compiles for tens of seconds: not in a quick run"})
        else:
            rows.append(in_process(name, text, listed(steps)))
    ours = rows[0]["step_us"]
    return [row | ({"times_ours": row["step_us"] / ours} if "step_us" in row else {}) for row in rows]


def spell(index: TokenIndex, path: SpelledPath) -> list[int]:
    """The tokens of a path, without the end."""
    tokens: list[int] = []
    for r, node in zip(path.relations, path.nodes[1:], strict=True):
        tokens += [*index.relation_tokens(r).tolist(), *index.node_tokens(node).tolist()]
    return tokens


def listed(steps: Sequence[np.ndarray]) -> list[list[int]]:
    """Steps as lists of Python integers, which is what row-by-row engines take."""
    return [step.tolist() for step in steps]


def measured(name: str, make: Callable[[], contenders.Contender], steps: Sequence[Any], repeats: int) -> dict[str, Any]:
    """Build one contender, time its steps."""
    begin = time.perf_counter()
    engine = make()
    built = time.perf_counter() - begin
    return {"name": name, "build_s": built, "step_us": timed_steps(engine, ROWS, steps, repeats)}


def attempted(name: str, make: Callable[[], contenders.Contender], steps: Sequence[Any]) -> dict[str, Any]:
    """Measure a contender that may not be installed or may refuse."""
    try:
        return measured(name, make, steps, 3)
    except Exception as error:  # whatever another library raises is a result to report, not a failure of ours
        return {"name": name, "note": f"{type(error).__name__}: {str(error)[:120]}"}


def in_process(name: str, text: list[str], steps: list[list[int]]) -> dict[str, Any]:
    """Measure an engine in a process of its own that is stopped after ``COMPILE_SECONDS`` of compiling and running."""
    receive, send = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("spawn").Process(target=child, args=(name, text, steps, send), daemon=True)
    process.start()
    send.close()
    try:
        if receive.poll(COMPILE_SECONDS + 20):
            return dict(receive.recv())
        return {"name": name, "note": f"does not compile 10,000 paths within {COMPILE_SECONDS} s"}
    except EOFError:
        return {"name": name, "note": "its process ended without a result"}
    finally:
        process.kill()


def child(name: str, text: list[str], steps: list[list[int]], send: Any) -> None:
    """The other end of ``in_process``."""
    tok = tokenizer()
    vocabulary = tok.get_vocab()
    words = [""] * VOCAB
    for word, i in vocabulary.items():
        words[i] = word

    def make() -> contenders.Contender:
        if name == "xgrammar":
            return contenders.XGrammar(words, END, exports.grammar(text))
        letters = contenders.byte_letters()
        spelled: dict[bytes, list[int]] = {}
        for i, word in enumerate(words):
            if word and i != END and all(char in letters for char in word):
                spelled.setdefault(bytes(letters[char] for char in word), []).append(i)
        return contenders.OutlinesCore(spelled, END, exports.regular_expression(text), VOCAB)

    send.send(attempted(name, make, steps))


def bars_of(results: Results) -> Bars:
    """The figures that the project holds itself to."""
    step = {row["name"]: row.get("step_us") for row in results["contenders"]}
    ours = step["graph automaton, whole graph, 32 hubs"]
    built = results["graphs"][0]
    bars = [bar("speedup_vs_marisa_hf", step["marisa behind HF processor"] / ours)]
    if step.get("llguidance"):
        bars.append(bar("speedup_vs_llguidance", step["llguidance"] / ours))
    return [
        *bars,
        bar("hops6_vs_hops2", results["hops6_vs_hops2"]),
        bar("index_bytes_per_edge", built["bytes_per_edge"]),
        bar("index_bytes_per_label_token", built["bytes_per_label_token"]),
        bar("build_edges_per_s", built["edges_per_s"]),
        bar("start_us", results["start_us"]),
        bar("step_us_32", ours),
    ]


VOCAB = tokenizer().get_vocab_size(with_added_tokens=True)
END = max(tokenizer().get_added_tokens_decoder(), default=VOCAB - 1)

if __name__ == "__main__":
    main(run, plot)
