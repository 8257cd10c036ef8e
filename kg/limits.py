"""Every constant limit of Clew, in one place, each with its reason. Anything that bites one of these reports it."""

from __future__ import annotations

# --- questions
MAX_QUESTION_CHARS = 2_000
"""Longest question accepted. MetaQA's longest has 120 characters; MiniLM reads 256 word pieces (some 1,200)."""

MAX_HOPS = 3
"""Default longest relation path searched: the question sets of the field stop at 3 or 4."""

MAX_HOPS_CEILING = 6
"""Largest ``max_hops`` a caller may ask for; frontiers of more hops cover most of any graph."""

MAX_TOPICS = 4
"""Linked entities tried as the start of a path, per question."""

MAX_CONDITION_NAMES = 100
"""Names in one condition of a question (relations, classes, answers, files): people list a few."""

MAX_CONDITIONS_KEPT = 4
"""Sets of conditions whose share of a graph an engine keeps at hand: each takes up to the memory of its adjacency."""

MAX_MENTION_CHARS = 200
"""Longest label (folded) that is looked for in a question; longer ones are sentences, which nobody types as a name."""

MAX_NAMELESS_STEPS = 3
"""Edges named in what is shown for a node without a name ("geo of address of Vindal"): more cannot be read."""

MAX_HOSTS_SKIPPED = 10_000
"""Hosts whose skolem IRIs are found by binary search, some 20 us each; further hosts' keys are read one by one."""

MAX_NAMELESS_HOPS = 3
"""Nodes without a name, one behind the other, that are passed through to the values behind them."""

MAX_PATHS_BEHIND = 64
"""Relation paths followed from nodes without a name to the values behind them; an address has some ten."""

MAX_INFERRED = 50_000_000
"""Statements that may be inferred: a transitive relation can give the square of its nodes (8 GB of memory at most)."""

# --- linking
MAX_LINK_CANDIDATES = 20
"""Candidates kept per mention: further bearers of a name score no better and cannot be told apart."""

MAX_TYPO_CANDIDATES = 64
"""Labels judged by edit distance per question; the right one was among the best 32 for each of 900 misspelled names."""

MAX_TRIE_BYTES_COPIED = 256 * 2**20
"""A larger marisa trie is memory-mapped instead of being read into memory."""

MAX_TYPO_POSTINGS = 1_000_000
"""Trigram postings read per question, rarest first: some milliseconds on graphs of a million labels; the trigrams left
out are the commonest, which tell least."""

MAX_NAME_BEARERS = 200
"""Labels a word may be part of and still be a name to go by; a word in more ("John") names nobody."""

MAX_RUN_WORDS = 12
"""Words in the longest run compared with labels; longer names are found by their first words or not at all."""

MAX_EDITS = 3
"""Edits between a misspelled name and the label it is read as; with more, different names become alike."""

MAX_NEAREST_LABELS = 5
"""Labels that the vector index gives for a part of a question: further ones are rarely near enough to count."""

MAX_TEXT_TOKENS = 256
"""Word pieces of a text that are embedded, as in the model's own ``sentence_bert_config.json``; the rest is cut off."""

MAX_PATH_VECTORS = 65_536
"""Path vectors kept (100 MB at 384 dimensions); a graph's questions share most of their relation paths."""

MAX_EXACT_VECTORS = 200_000
"""Vectors up to which search is exact: a CPU core scans 43,000 x 384 in 2 ms, 200,000 in some 10 ms. Beyond it an
inverted file (IVF) is built, which is approximate and says so in ``exact``."""

MAX_GPU_HITS = 2_048
"""Most hits per query that FAISS's GPU indices give; larger requests run on the CPU."""

MIN_UPDATED_INDEX = 100_000
"""Nodes of a graph from which an update changes the linker's index; that of a smaller one is built anew in less than a
second."""

MAX_UPDATED_NAMES_SHARE = 0.05
"""Share of a graph's nodes whose names an update may concern for that; beyond it the index is built anew, since what
has changed is looked up beside what has not."""

# --- answers
MAX_ANSWERS = 1_000
"""Answers returned per question; a cut is reported as ``partial``."""

MAX_TABLE_VALUES = 100_000
"""Values in the cells of a table that is answered; of further rows, or of a cell that is longer, the rest is left out
and the result is ``partial``."""

MAX_STEP_MEMBERS = 5
"""Members shown of what an operator of a program leaves: enough to recognise the set; its size is said."""

MAX_STORED_ROWS = 100
"""Answers and rows of a program that are stored with it, for inspection: its operators prove them all."""

MAX_STEP_MEMBERS_SEEN = 1_000
"""Members looked at for those that have a name."""

MAX_PATHS_PER_ANSWER = 3
"""Proof paths returned per answer; further ones exist in the graph but add no certainty."""

MIN_CONFIDENCE = 0.45
"""Least estimated probability of the best path at which it is answered, by a reasoner without a selection score; below
it, "no answer". A wrong answer costs a reader about as much as an "I don't know"."""

UNREAD_FACTOR = 0.25
"""By what the selection score (or the confidence) is multiplied where parts of a question are unread. Below both least
scores: such a question is declined by default."""

NAMING_SHARE = 0.03
"""Probability, as a share of the likeliest path's, from which a path that the question names is taken instead."""
INSTEAD_SHARE = 0.1
"""Probability, as a share of the likeliest path's, from which a path is taken instead whose answers alone are of the
class that the question names."""
MAX_PATHS_COMPARED = 8
"""Likely paths whose names are compared with a question."""
SAID = 0.9
"""Least selection score and confidence of an answer by one relation that the question asks for by its name alone, from
the right end. Of 118 questions over FB15k-237's dev graph whose words are all those of the path, 106 are right."""

UNLIKE_FACTOR = 0.85
"""By what it is multiplied where no word of the question is like the path. Such a question is answered only where the
reasoner is sure of it."""

MAX_CLASS_STEPS = 8
"""Steps from a class to its superclasses. Deeper hierarchies are rare, and a cycle ends here."""

MAX_SENSES = 4
"""Senses kept of a word of WordNet, the most frequent ones."""
MAX_SENSE_STEPS = 20
"""Steps upwards from a sense; the longest chain of WordNet has 19."""
MAX_KINDRED = 16
"""Entities of whose classes, kinds and relations the names are compared with the words of a question."""

MAX_ANSWERS_READ = 64
"""Answers whose paths and classes are compared with the words of a question."""

MIN_SELECTION = 0.7
"""Least selection score at which a question is answered; below it, "no answer". On domains held out of the embedded
model's training seven right answers in a hundred lie below it (the model card has more figures)."""

MIN_PROGRAM_SELECTION = 0.45
"""Least selection score at which a program answers. Of the demo's program questions 0.55 would answer 6 in a hundred
fewer rightly, and 4 fewer wrongly (the model card has more figures)."""

MAX_SURPRISAL = 1e9
"""Greatest minus log-probability that is reported: stands for infinity, which JSON cannot say."""

# --- threads
MAX_THREADS = 4
"""Threads of one computation of the embedded model: its matrices are small, and more threads wait for each other."""

MAX_TRAINING_THREADS = 1
"""Threads of training the embedded model: its time is CPU time, of which several threads spend a third on waiting."""

SWITCH_SECONDS = 0.0005
"""Time after which a server's thread lets another run Python code. A question waits that long after each of its
hundreds of tensor operations while a graph is loaded: with Python's usual 5 ms it took up to 10 s instead of 0.1."""

MEMORY_ARENAS = 2
"""Areas of memory that a server's threads share. With the allocator's own number, eight a core, a server on two cores
held some 60 MB more, and went on to grow."""

MEMORY_SECONDS = 3.0
"""Time after which a server that worked gives freed memory back to the system, which takes some 2 ms."""

MEMORY_WORK_SECONDS = 1.0
"""CPU time that counts as work, for that: an idle server lets the machine sleep."""

# --- frontiers and searches
MAX_EXPORTED_PATHS = 20_000
"""Paths written out as a choice list, regular expression or grammar; engines take minutes to compile more."""

ROUND_TRIP_STEPS = 2_000
"""Nodes looked at to see that a relation path only leads back to where it has been (a millisecond or two): a path that
goes on elsewhere shows it within a few."""

MAX_PROGRAM_TOKENS = 32
"""Tokens of a program that is written out; questions need eight."""

MAX_READ_TOKENS = 9
"""Tokens of a program that a question is read into: each one more makes the search several times longer, and few
questions need more."""

MAX_READ_HOPS = 4
"""Hops of a program that a question is read into, those of all its operands together."""

MAX_ANCHORS = 16
"""Entities, and as many classes, that a question is taken to name, the likeliest: every program may start at each."""

MAX_LITERALS = 6
"""Numbers and times of a question that a program may compare with; others stay unread."""

MAX_PROGRAM_STEPS = 400
"""Steps of the search for a question's program, some tenths of a second; ``exact`` tells
whether anything better may be left."""
MAX_LONGER = 4
"""Times as many steps are taken where none of the programs found reads the whole question."""

MAX_PROGRAMS_RANKED = 12
"""Programs of a question that are compared as wholes, with their results."""

MAX_AMOUNTS_KEPT = 100_000
"""Numbers of a graph whose exact amounts are kept for sums and averages, some 10 MB at most; read anew when there are
more."""

MAX_SORTING_COST = 0.5
"""What the name of an attribute that answers are to be sorted by may cost: half of it may be unsaid at most."""

MAX_VALUES_REREAD = 20_000
"""Values of a column that the checker of programs reads to see what they are to be read as, some tenths of a second; of
more, an even sample, and all only if it does not bear out what is claimed."""

MAX_SPARQL_VALUES = 1_000
"""Values of a column that a query carries along where SPARQL would compare them otherwise; more, and there is none."""

MAX_FRONTIER_NODES = 2_000_000
"""Nodes held in one relation path's frontier; a larger one is cut to this many and the result is ``partial``."""

MAX_LOOKAHEAD_TURNS = 32
"""Turns of each look-ahead of a simple walk in tensors, where every turn is taken by all; most need two or three. A row
that needs more is marked, to be replayed on the CPU."""

MAX_EXPANSIONS = 2_000
"""Hypotheses a search may expand per question before it returns what it has, with the remaining gap."""

MAX_CACHED_TOKENS = 32_768
"""Tokens whose keys and values a language model keeps: 1.9 GB for a 7B model with grouped heads in bf16."""

MAX_BATCHED_QUESTIONS = 16
"""Questions whose searches share a language model's forwards; each adds its keys to every mask."""

MAX_JOINT_WORDINGS = 32
"""Wordings of questions that the embedded model reads and searches together: more gain little."""

MAX_LONE_WORDINGS = 3
"""Wordings that the embedded model reads with one thread. Dealing a dozen rows out to two takes what it saves (least
time of 192 questions on two cores: 36 ms with one thread, 40 with two), and on a busy machine more (medians 59 and 70,
71 and 99 ms)."""

MAX_JOINT_SEARCHES = 128
"""Searches made together, several of which may be for one wording: all their frontiers are held."""

MAX_KEPT_GATES = 4_096
"""Names of relations whose share of the embedded decoder's gates is computed once per graph: 6 KB each."""

MAX_READ_BYTES = 16 * 2**20
"""Memory of the questions that the embedded model has read last, per graph: some 250 wordings (their entities masked)
over a graph of a dozen relations; people, and question sets, ask in few."""

MAX_PREPARED_GRAPHS = 8
"""Graph versions held ready at a time, by the service and by each reasoner: each maps its files (cheap) and holds its
relations' tokens and vectors (some megabytes at most)."""

MAX_LOADING = 4
"""Graphs that are loaded at a time, each in a thread of its own: loading takes a core, and memory where indices are to
be built; further ones wait, questions of loaded graphs do not."""

MAX_REMOTE_CHOICES = 2_000
"""Paths listed in one request to a remote engine, which compiles them anew each time: some 100 kB."""

MAX_REMOTE_REPLY_BYTES = 16 * 2**20
"""Largest reply read from a remote engine: ten draws of a path are some kilobytes."""

REMOTE_SECONDS = 60.0
"""Time one request to a remote engine may take: a large model behind a queue answers within some seconds."""

REMOTE_DRAWS = 10
"""Draws by which a remote engine ranks paths: each costs it one short text; shares come in tenths."""

MAX_JUDGED_PATHS = 8
"""Proposed paths that a second model judges: each is some ten tokens of a forward; the right one is seldom below."""

JUDGED_SHARE = 1e-4
"""A proposed path this much less likely than the best one is not judged."""

MAX_JUDGE_PROMPT_TOKENS = 1_024
"""Tokens of the prompt that a judge reads, the paths left out; a longer question is not judged."""

MAX_LISTED_TOKENS = 192
"""Tokens of the relations that a causal LM's prompt lists: some forty labels, read anew with each question."""

MAX_EXAMPLES = 5_000
"""Example questions whose hidden states a kNN shaper keeps: some ten states each, 200 MB at 1,024 dimensions."""

MAX_CHAINS = 4
"""Chains of triples that a beam over chains keeps: each step reads every entity of each chain."""

MAX_THOUGHT_TOKENS = 32
"""Tokens of free reasoning before each triple of a chain: a sentence; each costs a forward."""

MAX_EXPLANATION_TOKENS = 160
"""Tokens of an answer told in words: a sentence that names ten answers; each costs a forward, or a part of one."""

MAX_EXPLAINED_ANSWERS = 10
"""Answers that are told in words: more make a list, which the answers themselves are."""

MAX_ONE_PASS_NODES = 20_000
"""Prefixes of a constraint that are all scored in one pass; more cost more than searching for the best of them."""

SAMPLED_PATHS = 32
"""Paths drawn where a search samples (``CLEW_SEARCH=sampling``): each takes some forwards of its own, one after the
other, and most likely paths are drawn many times over."""

MAX_FORWARD_TOKENS = 2_048
"""Prompt tokens read in one forward: its mask is their number squared (16 MB in float32)."""

MAX_ALTERNATIVES = 10
"""Continuations not taken that a decode trace keeps per decision; a hub allows thousands, nobody reads them."""

ASK_SECONDS = 30.0
"""Time one question may take before it returns what it has as ``partial``."""

SHOWING_SHARE = 0.5
"""Share of the time left that proving the answers leaves for showing them, which takes less."""

LOOK_SECONDS = 0.05
"""Time between two looks at a time limit while waiting for another question; computations look more often."""

MAX_EDGES_PER_LOOK = 500_000
"""Edges that a compiled loop walks between two looks at a time limit: some 5 to 20 ms."""

INTERPRETED_STEPS = 100_000
"""Rounds of loops that ``clew ask`` runs as Python before it compiles any: some 50 ms, a sixth of what it takes to load
the compiler."""

MAX_INTERPRETED_EDGES = 1_000_000
"""Edges of a graph beyond which ``clew ask`` has all loops compiled before the question's time begins."""

RESERVED_SHARE = 0.3
"""Share of a question's time that linking and search leave for what comes after: gathering the answers of a hub,
reading them against the question and proving them."""

RESERVED_SECONDS = 2.0
"""Most of it that they leave: a thousand answers are gathered, read and proved in some tenths of a second."""

MAX_SUGGESTIONS = 5
"""Relations named when a question is declined: a hint of what the graph holds, not a listing."""

MAX_EVALUATED_TOGETHER = 512
"""Questions that an evaluation asks at a time: many of them share a wording, and are then read and searched as one;
their trees, some dozens of kilobytes each, are all held."""

MAX_OFFERED_NAMES = 3
"""Names that an error offers instead of an unknown one: more would hide the message."""

MAX_NAMED_SOURCES = 5
"""Sources that the error for an unknown one lists: enough to show how sources are called in a graph."""

MAX_NAMED_EDGES = 5
"""Edges with unreadable times that an error lists: enough to find what they have in common."""

MAX_NAMED_LABELS = 20
"""Labels that an error about tokenisation lists; more would hide the message."""

MAX_LOGITS_HELD = 16_000_000
"""Values (logits, or gathered weights) of a language model's last layer held at once: 64 MB of float32."""

# --- REST
MAX_BODY_BYTES = 64 * 1024
"""Largest request body: a question and its options are far smaller."""

MAX_BATCH_QUESTIONS = 64
"""Questions in one batch: they hold one of the service's few workers for about a second, as long as anyone should wait;
a body of ``MAX_BODY_BYTES`` holds a thousand characters for each."""

TOOL_ANSWERS = 20
"""Answers that an agent's tool returns unless it asks for more: each takes some hundred tokens of its context."""
MAX_TOOL_ANSWERS = 200
"""Most that it may ask for: more would fill the context of most models."""

MAX_TURNS = 6
"""Questions of a conversation that are looked at: each pronoun leads one back, and few follow-ups hang together longer.
"""
MAX_ANTECEDENTS = 4
"""Entities that a pronoun is tried to stand for: each is a question; of more, none can be meant alone."""
MAX_MESSAGES = 200
"""Messages of a conversation; the body has a limit, too."""

MAX_GATHERED = 16
"""Questions to one graph that are answered together because they waited together: the first of them waits for the last,
some 100 ms."""

GATHER_SECONDS = 0.003
"""Time that waiting questions give those just answered to ask again, between two batches: a client on the same network
needs a millisecond or two. A question that finds nothing running never waits."""

GATHER_PATIENCE_SECONDS = 0.5
"""Time after which the next batch no longer waits for the one that runs: usual batches take half of that, and one slow
question should not hold up the others."""

MAX_PROCESSES = 4
"""Processes that answer questions by default, where there are as many cores: each of them holds the model and what it
derives from a graph, some 400 MB."""

HELPER_MEMORY = 2.0
"""Memory that must be available before one more is started, in shares of what the server holds: it will hold about as
much, and so may what it loads meanwhile."""

HELPER_NICENESS = 5
"""How much sooner than such a process the server gets a core that both want: it also has to tell a crowd that it is
overloaded, within a tenth of a second."""

HELPER_IDLE_SECONDS = 600.0
"""Time after which a process that helps to answer questions ends, if none came: it starts again within some 10 s of
the next crowd."""

HELPER_REST_SECONDS = 60.0
"""Time after which such a process is started again that has failed: what ended it may be a lack of memory."""

MAX_SPARQL_STATEMENTS = 2_000_000
"""Statements of a graph that SPARQL queries are answered over: copying so many into a store takes some 27 s of CPU time
and 300 MB of disk. Larger graphs belong into a triple store of their own."""

MAX_SPARQL_COPIES = 4
"""Graph versions that are held in such stores, on disk."""

SPARQL_COPY_SECONDS = 300.0
"""Time that making one may take."""

SPARQL_COPIED_TOGETHER = 200_000
"""Statements of which the store sorts one piece: it holds them twice over, some 200 MB."""

MAX_SPARQL_WORKERS = 2
"""Queries that are evaluated at a time, each in a process of its own."""

MAX_SPARQL_WAITING = 16
"""Queries that wait for them."""

QUERY_SECONDS = 10.0
"""Time of one query. Of a result that is not there by then nothing is returned: a part would look like the whole."""

QUERY_MEMORY_MB = 2_048
"""Address space of a process that evaluates queries: sorting and grouping hold their input."""

MAX_SPARQL_ROWS = 100_000
"""Rows, or triples, of a result. Of a larger one nothing is returned, for the same reason."""

MAX_SPARQL_BYTES = 32 * 2**20
"""Bytes of a result: some 300 a row."""
MAX_KEYS = 1_000
"""API keys of a home: each change writes all of them anew, some 400 bytes each."""

MAX_REQUESTS_OF_KEY = 32
"""Requests with one API key that are answered at a time: half of the queue of questions is left to the others."""

MAX_READING = 2
"""Threads for requests that list graphs, and as many for those that open one: they take milliseconds, and a graph that
is slow to open holds up no list."""

MAX_CONNECTIONS = 512
"""Connections open at a time; a request on a further one gets 503. Processes may usually open 1,024 files."""

LITTLE_DISK_BYTES = 1 << 30
"""Free disk below which ``clew doctor`` warns: less than a few versions of a large graph take."""

MAX_REPLICAS = 1_000
"""Replicas of a Ray Serve application: more than a cluster has; a mistyped number is refused."""

REPLICA_START_SECONDS = 600.0
"""Time that a replica may take to load the model and its graphs before it is sent requests all the same."""

MAX_SOCKET_PATH = 100
"""Bytes of the path of a socket: systems allow 104 to 108. With a longer one, commands do not find it."""

SERVER_CONNECT_SECONDS = 2.0
"""Time that a command waits for the connection to a server of its own home, before it answers alone."""

SERVER_MARGIN_SECONDS = 10.0
"""Time that a command waits for the response beyond the time limit of the question: in the queue, for the graph."""

MAX_HEADER_BYTES = 64 * 1024
"""Bytes of a request before its headers are complete: browsers and proxies send a few kilobytes."""

REQUEST_SECONDS = 20.0
"""Time in which a request's headers must arrive, and then its body: clients need milliseconds, and one that stops
in the middle holds a connection."""

IDLE_SECONDS = 5
"""Time that a connection stays open between two requests."""

MAX_WAITING = 64
"""Questions queued before the service answers 503; more would only time out."""

MAX_STORED_ANSWERS = 10_000
"""Answers whose decode traces are kept for path inspection; the oldest are dropped first."""

MAX_UPLOAD_BYTES = 2**30
"""Most bytes that are sent in one request to be loaded; more are loaded on the server itself, by ``clew ingest``."""

MAX_UPLOAD_FILES = 100
"""Files that are sent in one request: a graph is rarely cut into more, and a folder of them is loaded on the server."""

UPLOAD_SECONDS = 600.0
"""Time in which such a request must arrive: a gigabyte at 2 MB/s."""

UPLOAD_KEPT_SECONDS = 86_400.0
"""Age from which a file that was sent is deleted, if the process that was to load it was killed."""

MAX_JOBS = 100
"""Jobs whose end can be asked for."""

MAX_JOBS_WAITING = 8
"""Jobs that wait for the one that runs: each holds a file on disk."""

JOB_END_SECONDS = 2.0
"""Time that a server waits, when it ends, for the job that it cancels."""

MAX_REPLIES = 64
"""Responses kept for requests that are sent again with the same key; one of a thousand answers takes some 2 MB."""

REPLY_SECONDS = 600.0
"""Time that they are kept: clients that retry do so within minutes."""

DRAIN_SECONDS = 30
"""Time that a server which is told to stop gives the requests that are being answered; then they are cut off. Who runs
services (systemd, Kubernetes) waits 30 to 90 s before it kills."""

EVENT_PING_SECONDS = 15.0
"""Time without an event after which a stream of events sends a comment: proxies close what is silent for a minute."""

RETRY_AFTER_SECONDS = 2
"""Time that a client is told to wait when the queue is full: some tens of questions are answered meanwhile."""

MAX_EXAMPLE_QUESTIONS = 5
"""Example questions given for a graph: a hint of what to ask, not a listing."""

MAX_EXAMPLE_EDGES = 1_000_000
"""Edges looked at to make example questions: a page must not wait for a scan of a hundred million."""

HISTORY_DAYS = 90.0
"""Days that stored answers are kept: long enough to look into an answer that was passed on."""

HISTORY_SECONDS = 2.0
"""Time that a writer of stored answers waits for another process's write, which takes milliseconds: its answer waits,
too."""

HISTORY_REST_SECONDS = 60.0
"""Time for which nothing is stored after storing failed: a locked database may delay one answer, but not each."""

HISTORY_PAUSE_SECONDS = 0.02
"""Time between its tries where the database itself does not wait."""

MAX_COMPLETIONS_COMPARED = 1000
"""Labels compared for each way to complete a name: more would take longer than the 20 ms between two key strokes."""

MAX_PAGE = 200
"""Entries of a page of triples, relations or entities that REST returns at once."""

MAX_PATHS_SECONDS = 10.0
"""Time that REST searches a graph for one page of paths: a client that wants more asks on from there."""

MAX_SAME_NAME = 100
"""Nodes of one name that a path is checked with: more would be looked up in every step."""

MAX_LISTED_RELATIONS = 200
"""Relation names given with a graph: enough for a person to see what may be asked; Wikidata has 12,000."""

# --- graphs
MAX_STRINGS = 2**31 - 2**20
"""Distinct nodes, or label rows, of one graph: ids are int32."""

KEEP_VERSIONS = 5
"""Versions kept of each graph: enough to roll back a bad update and to compare; each costs a full snapshot."""

MAX_PLAIN_BYTES = 2**20
"""Size of all files of statements, one a line, up to which they are read without a process of their own."""

MIN_DELTA = 10_000
"""Statements of a change up to which it is kept as one whatever the graph's size: some megabytes."""

MAX_DELTA_SHARE = 0.1
"""Share of a graph's statements beyond which its accumulated change is built into a whole version at once: reading it
again at each further update would cost more than that."""

MAX_SPLICED_STATEMENTS = 100_000
"""Statements of a change up to which the changed graph is made by splicing them into the base's arrays; beyond, there
are so many pieces that sorting all statements anew takes less."""

STAGING_GRACE_SECONDS = 60.0
"""Age from which a folder in staging whose lock is free counts as left by a dead process: a live one locks at once."""

ABANDONED_SECONDS = 3_600.0
"""Age from which a half-written index counts as left by a dead process; writing a single file takes minutes at most."""

MAX_PROFILED = 10
"""Hubs, shared labels and classes named in a profile: a look at the top, not a listing."""

MAX_SOURCES_KEPT = 1_024
"""Sources (a file and a named graph) whose names stay in memory: most graphs come from a handful of files."""

# --- values
MAX_NUMBER_DIGITS = 4_300
"""Digits of a number that is compared, written out without an exponent: Python's own bound for reading whole numbers,
which takes time with the square of their digits. A longer one counts as text."""

MAX_YEAR_DIGITS = 20
"""Digits of a year that is compared, with its sign: the age of the universe has eleven. A longer one counts as text."""

MAX_VALUE_TEXT = 100
"""Characters of a plain text that may be a number or a time with its unit; longer ones are sentences."""

MAX_LITERAL_SUFFIXES = 4_096
"""Datatypes and languages of a graph's literals that compiled code tells apart; those of further ones are read one by
one. Wikidata has some 600 languages."""

# --- ingest
INGEST_MEMORY_MB = 16_384
"""Address space of the process that parses: some 100 million triples fit; a bomb dies there, not in the service."""

INGEST_SECONDS = 24 * 3600.0
"""Time that one ingest may take."""

MAX_LINE_BYTES = 16 * 2**20
"""Longest line of a line-based format: far above any label, far below what would fill the memory."""

MIN_LINES_TO_JUDGE = 1_000
"""Rejections after which their share is looked at: fewer say little about a whole file."""

MAX_REJECTED_SHARE = 0.5
"""Share of rejected statements beyond which a file is taken for one of another format and reading stops."""

MAX_EXPANSION_RATIO = 250
"""Bytes of text one compressed byte may give: N-Triples reach 30 to 60, a bomb 1,000."""

MIN_EXPANSION_BYTES = 16 * 2**20
"""Decompressed size up to which the expansion ratio is not looked at: small repetitive files are harmless."""

MAX_DECOMPRESSION_MB = 160
"""Memory of a decompressor in MiB: xz -9 and zstd --ultra -22 need less, --long=31 asks for 2 GiB."""

MAX_EXCERPT = 80
"""Characters shown of a bad line: the width of a terminal."""

MAX_FIRST_REJECTED = 10
"""Bad lines told in an ingest's report; all are counted, and quarantine keeps them all."""

MAX_LINES_SHOWN = 100
"""Errors of a document whose line is read again to be shown: each takes time linear in the file."""

MAX_XML_PROLOG_BYTES = 64 * 1024
"""Bytes of XML within which the first element must begin: comments before it are short."""

MAX_ENTITIES = 256
"""Entities that an RDF/XML document may define: editors of ontologies write one for each namespace."""

MAX_ENTITY_CHARS = 1_000
"""Characters of an entity, with those in it written out: they stand for namespaces."""

MAX_JSON_DEPTH = 64
"""Nesting of a JSON-LD document: real ones stay below ten, and the parser takes quadratic time in the depth."""

MAX_CONTEXT_BYTES = 2**20
"""Largest context within a JSON-LD document: that of schema.org, the largest in use, has 180 kB."""

MAX_XML_DEPTH = 128
"""Nesting of RDF/XML and GraphML: real files stay below thirty, and the parser takes quadratic time in the depth."""

MAX_TURTLE_DEPTH = 512
"""Nesting of blank nodes and collections in Turtle: real files stay below twenty."""

MAX_TERM_BYTES = 16 * 2**20
"""Longest literal or IRI of Turtle: far above any label, far below what would fill the memory."""

MAX_STATEMENT_BYTES = 64 * 2**20
"""Longest statement of Turtle, and longest element below the root of RDF/XML that errors are looked for in: a class
with a million members takes some thirty."""

MAX_SPELLING_RATIO = 60
"""Bytes of N-Quads one byte of a document may give: prefixes and @vocab save a factor of ten at most in real files."""

MAX_DOCUMENT_BYTES = 512 * 2**20
"""Largest file of a format that is read whole (GraphML, node-link JSON): networkx needs some ten times as much."""

MAX_COLUMN_NAME = 40
"""Characters of a cell that may be the name of a column: headers are short."""

MIN_ROWS_TO_JUDGE = 20
"""Rows of a table without a known header from which most of them must share their relation: fewer may be the facts of
one thing, each of another kind."""

MAX_TITLE_ROWS = 20
"""Rows of a table within which its header must come: titles of exported tables take a few."""

SPARQL_PAGE = 10_000
"""Statements asked of a SPARQL endpoint at a time: public ones cut off at that many."""

SPARQL_PAGE_BYTES = 256 * 2**20
"""Largest response taken for one page, as sent and once more when decompressed."""

SPARQL_ATTEMPTS = 5
"""Times a request is tried: with pauses of 0.5 to 8 seconds between, a restart of the server is sat out."""

SPARQL_PAUSE_SECONDS = 60.0
"""Longest pause that an endpoint's Retry-After is given: more is for people to decide."""

SPARQL_SECONDS = 120.0
"""Time one request may take, from connecting to the last byte: sorting behind a large OFFSET is slow."""

SPARQL_COUNT_ATTEMPTS = 2
"""Times an endpoint is asked how many statements there are: many cannot count that far, and are read without."""

SPARQL_REDIRECTS = 5
"""Redirects that one request follows: an endpoint that moved needs one or two, and a circle has no end."""

MAX_SPARQL_ERROR_BYTES = 64 * 1024
"""Bytes read of an endpoint's error page: its first lines are shown."""

MAX_SAMPLED_ROWS = 10_000
"""Rows of a table by which the types of its columns are judged: a cell that is none of its column's type stays text."""

MAX_KEY_CHARS = 200
"""Longest value of a column that can be a key or a name: longer texts describe."""

MAX_MAPPING_BYTES = 2**20
"""Largest mapping file: a table takes some hundred bytes of it."""

MAX_DATABASE_REFERENCES = 40
"""References of one table that are followed: each is a join, and databases allow some sixty."""

# --- embedded model
MAX_TYPED_ENDS = 64
"""Ends of a path whose classes are looked up, evenly spread: a share needs no more."""

MAX_INSTANCES = 1_000_000
"""Instances of the classes asked for that are listed (4 MB of ids); with more, answer types go by relation alone."""

MAX_TYPED_QUESTIONS = 4096
"""Wordings whose expected answer types stay in memory: question sets share most of theirs."""

MAX_NOUN_VECTORS = 20_000
"""Nouns whose vectors stay in memory (1.5 kB each)."""

MAX_LABEL_TOKENS = 12
"""Word pieces kept of a label: longer ones are composite names whose head is enough."""

MAX_RERANKED = 192
"""Best paths whose ends are run through the decoder: each costs it a row; these are four batches."""

MAX_BLOCK_ROWS = 2_048
"""Rows of a block of the decoder: more gain nothing and no longer fit a CPU's cache."""

MAX_BLOCK_SCORES = 2**22
"""Scores (rows times relations) of a block: some dozens of MB of features; a question by itself may have more."""

MAX_QUESTION_TOKENS = 128
"""Word pieces read of a question: MetaQA's longest has under 40; the rest is cut off."""

MAX_TRAINING_QUESTION = 220
"""Characters of a question that the embedded model is trained on; longer ones are not used."""

MAX_COMPARED_TOKENS = 2**25
"""Pairs of a question's and a label's token compared at a time (128 MB in float32); one question may need more."""

MAX_RELATION_NAMES = 4
"""Alternative labels read per relation: each costs as much as a relation."""

MAX_CLASSES = 2_000
"""Classes of a graph that are all compared with questions; of more, only those that relations reach."""

MAX_SAMPLED_TARGETS = 200
"""Nodes looked at to tell what a relation reaches: a majority class needs no more."""

# --- training
MAX_MINED_FRONTIER = 20_000
"""Nodes that a path reaches while labels are mined; what lies behind more explains everything and nothing."""

MAX_SAMPLED_ENDS = 300
"""Answers of a sampled question: nobody asks for all films in English."""

MAX_SAMPLED_FRONTIER = 3_000
"""Nodes on the way of a sampled chain: chains through what very many share say little, and are slow to follow."""

MAX_SAMPLED_CHARS = 220
"""Characters of a sampled question; nested phrases may run on."""

KEEP_MODELS = 3
"""Models kept per graph: the one in use and two to go back to (16 MB each)."""

MAX_EXAMPLE_RELATIONS = 96
"""Relations of one example: a softmax over more costs time and memory and teaches little."""

MAX_JUDGED_TOGETHER = 64
"""Held-out questions that a training asks together: more are hardly faster, and progress would be seen less often."""

# --- evaluation
MAX_BASELINE_PATHS = 1_000
"""Relation paths compared per topic, shorter ones first: a CPU embeds some hundreds of new texts a second."""

MAX_DETAILED_ANSWERS = 20
"""Predicted answers and proofs written per question: nobody reads further, and files stay small."""

MAX_REPORTED_RELATIONS = 100
"""Relations broken down in a report; the rarest of a schema of thousands say nothing."""

MAX_REPORTED_NAMES = 100
"""Operators and kinds of questions broken down in a report: a set that has a kind for every question says nothing."""

MAX_EVALUATED_ROWS = 100_000
"""Rows of a table that an evaluation compares. Several values in several cells of one row make a row of each
combination, so a few nodes may make millions."""

MAX_PERMUTED_COLUMNS = 6
"""Columns of a table that an evaluation compares in any order: of six there are 720 orders, of ten 3.6 million."""

MAX_VERIFIED_EDGES = 100_000
"""Edges that a verifier remembers to have looked up, some dozens of megabytes: questions of a set share many."""

MAX_REPORTED_ERRORS = 500
"""Wrong answers written out on a report's page; browsers are slow with larger files."""

MAX_CURVE_POINTS = 400
"""Points drawn of a curve: more than its pixels show."""

MAX_TRACED_ALTERNATIVES = 5
"""Alternatives of a step written with an evaluated question: half of ``MAX_ALTERNATIVES``, for files of many."""

# --- command line and pictures
MAX_PRINTED_ANSWERS = 20
"""Answers printed; ``--json`` has them all."""

MAX_DRAWN_ANSWERS = 3
"""Answers whose paths are drawn: a screenful."""

MAX_PRINTED_CELL_CHARS = 40
"""Characters of a cell that a printed table shows: several columns fit a screen; ``--json`` has the whole cells."""

MAX_PRINTED_STATEMENTS = 20
"""Statements printed of each side of a difference unless asked for more: a screenful."""

MAX_DRAWN_CHARS = 30
"""Characters of a label drawn in a picture; the whole label is in the title that shows when it is pointed at."""
