"""Rust modules use each other in one direction: down a written order, and never in a circle."""

import re
from collections.abc import Iterator, Mapping

import pytest
import repo

Module = tuple[str, ...]
Graph = Mapping[Module, frozenset[Module]]

# The top modules of each crate, lowest layer first. A module may use those of lower layers; modules of
# one layer do not know each other.
LAYERS: Mapping[str, tuple[str, ...]] = {
    "engine/core/src": (
        "dtls_cookie",
        "dsp id identity rng route samples sdp_error srtp time",
        "recording",
        "clock config event negotiation rate_limit",
        "command dtmf rtp sdp",
        "codec io session",
        "jitter play transmit",
        "mixer receive",
        "dtls ice recorder stun",
        "leg",
        "bridge",
        "engine",
    ),
    "engine/netem/src": ("nat rng", "path", "network", "world"),
    "engine/shell/src": (
        "batch counts links load notifier recording_files sockets",
        "event_queue framing udp",
        "file_writer tcp",
        "worker",
        "shell",
    ),
    "engine/sound/src": (
        "error iff",
        "output",
        "adpcm container gsm mpeg",
        "ogg pcm",
        "aiff au headerless wav",
        "format",
        "decode",
    ),
    "engine/py/src": ("errors events", "recording source", "legs", "engine world"),
    "bench/generator/src": (
        "delays gaps key rtp socket srtp timeline",
        "speech",
        "dtls scene sdp",
        "party",
        "connect traffic",
        "bursts press recite",
    ),
}
HINT = "Move what both need into a module below them, or give the module its layer in LAYERS."

_USE = re.compile(r"^\s*(?P<public>pub(?:\([^)]*\))?\s+)?use\s+(?P<tree>[^;]+);", re.MULTILINE)
_PATH = re.compile(r"\b(?:crate|super|self)(?:::\w+)+")


def modules_of(source: str, files: Mapping[str, str]) -> dict[Module, str]:
    """The code of each module of a crate by its path, comments, strings and tests aside."""
    found: dict[Module, str] = {}
    for path, code in files.items():
        name = path.removeprefix(source + "/").removesuffix(".rs")
        parts = tuple(part for part in name.split("/") if part not in {"lib", "main", "mod"})
        found[parts] = repo.skeleton(repo.without_test_module(code))
    return found


def names_in(tree: str) -> Iterator[Module]:
    """The paths of a `use` tree: `a::{b, c::D}` is `a::b` and `a::c::D`."""
    tree = re.sub(r"\s+", " ", tree).strip()
    head, brace, rest = tree.partition("{")
    if not brace:
        if tree:
            yield tuple(part.split(" as ")[0].strip() for part in tree.split("::"))
        return
    prefix = tuple(part for part in head.strip().split("::") if part)
    for branch in branches(rest.rpartition("}")[0]):
        yield from (prefix + name for name in names_in(branch))


def branches(inner: str) -> Iterator[str]:
    """The parts of a list that are separated by the commas of its own level."""
    depth, start = 0, 0
    for position, letter in enumerate(inner):
        depth += (letter == "{") - (letter == "}")
        if letter == "," and depth == 0:
            yield inner[start:position]
            start = position + 1
    yield inner[start:]


def absolute(name: Module, module: Module) -> Module | None:
    """A path of this crate from its root, or None when it begins elsewhere."""
    if name[0] == "crate":
        return name[1:]
    if name[0] == "self":
        return module + name[1:]
    depth = next((at for at, part in enumerate(name) if part != "super"), len(name))
    return module[: len(module) - depth] + name[depth:] if depth else None


def exports_of(modules: Mapping[Module, str]) -> dict[tuple[Module, str], Module]:
    """What each module re-exports, by its name there, and the path that it has within the crate."""
    found: dict[tuple[Module, str], Module] = {}
    for module, code in modules.items():
        for use in _USE.finditer(code):
            for name in names_in(use["tree"]) if use["public"] else ():
                inside = (*module, name[0]) in modules
                target = module + name if inside else absolute(name, module)
                if target:
                    found[module, name[-1]] = target
    return found


def home_of(
    path: Module, modules: Mapping[Module, str], exports: Mapping[tuple[Module, str], Module]
) -> Module:
    """The module in which an item of this path is defined."""
    module: Module = ()
    for position, part in enumerate(path):
        if (*module, part) in modules:
            module = (*module, part)
        elif (module, part) in exports:
            return home_of(exports[module, part] + path[position + 1 :], modules, exports)
        else:
            break
    return module


def graph_of(modules: Mapping[Module, str]) -> Graph:
    """Which modules each module uses. What a parent defines belongs to its children, too."""
    exports = exports_of(modules)
    graph: dict[Module, frozenset[Module]] = {}
    for module, code in modules.items():
        private = (use for use in _USE.finditer(code) if not use["public"])
        used = {name for use in private for name in names_in(use["tree"])}
        used |= {tuple(path.split("::")) for path in _PATH.findall(_USE.sub("", code))}
        used_here: set[Module] = set()
        for name in used:
            path = module + name if (*module, name[0]) in modules else absolute(name, module)
            home = None if path is None else home_of(path, modules, exports)
            if home is not None and module[: len(home)] != home:
                used_here.add(home)
        graph[module] = frozenset(used_here)
    return graph


def circles(graph: Graph) -> list[list[str]]:
    """Groups of modules that use each other, directly or through others."""
    reach: dict[Module, set[Module]] = {}
    for module in graph:
        seen: set[Module] = set()
        waiting = list(graph[module])
        while waiting:
            other = waiting.pop()
            if other not in seen:
                seen.add(other)
                waiting += graph[other]
        reach[module] = seen
    groups = {
        tuple(sorted(other for other in reach[module] if module in reach[other]))
        for module in graph
        if module in reach[module]
    }
    return [["::".join(module) for module in group] for group in sorted(groups)]


def upward(graph: Graph, layers: tuple[str, ...]) -> list[str]:
    """The uses of a module by one that is not above it."""
    level = {name: at for at, layer in enumerate(layers) for name in layer.split()}
    violations = [f"{name} has no layer" for name in {m[0] for m in graph if m} - set(level)]
    for module, used in graph.items():
        for other in used:
            if module[:1] == other[:1] or not module or not other:
                continue
            if level.get(module[0], -1) <= level.get(other[0], -1):
                violations.append(f"{'::'.join(module)} uses {'::'.join(other)}")
    return sorted(violations)


@pytest.mark.parametrize("source", LAYERS)
def test_modules_of_a_crate_use_lower_layers_only(source: str) -> None:
    files = {path: repo.text(path) for path in repo.sources(".rs") if path.startswith(source)}
    graph = graph_of(modules_of(source, files))
    assert sum(len(used) for used in graph.values()) >= len(graph) // 2, "the uses were not found"
    repo.fail_on([f"a circle: {' '.join(group)}" for group in circles(graph)], HINT)
    repo.fail_on(upward(graph, LAYERS[source]), HINT)


def test_every_crate_has_its_layers() -> None:
    roots = [path for path in repo.files() if path.endswith(("/src/lib.rs", "/src/main.rs"))]
    sources = {path.rpartition("/")[0] for path in roots} - {"engine/fuzz/src"}
    assert sources == set(LAYERS)


# A crate whose `leg` re-exports what `leg::media` and `leg::feed` define, as in the core.
PLANTED = {
    "src/lib.rs": "mod clock;\nmod leg;\nmod stun;\npub use clock::Time;\n",
    "src/clock.rs": "pub struct Time;\n",
    "src/leg.rs": "mod feed;\nmod media;\npub(crate) use media::{Media, Payload as Kind};\n",
    "src/leg/feed.rs": "use crate::leg::{Kind, Media};\n// use super::media::Media;\n",
    "src/leg/media.rs": "use super::super::Time;\nstruct Payload;\n",
    "src/stun.rs": "fn time() -> crate::Time { todo!() }\n",
}


def planted(path: str, code: str) -> Graph:
    """The graph of that crate with more code in one of its files."""
    return graph_of(modules_of("src", {**PLANTED, path: PLANTED[path] + code}))


def test_uses_are_followed_to_the_module_that_defines_the_item() -> None:
    graph = planted("src/stun.rs", "")
    assert graph["leg", "feed"] == {("leg", "media")}
    assert graph["leg", "media"] == {("clock",)}
    assert graph["stun",] == {("clock",)}
    assert circles(graph) == []
    assert upward(graph, ("clock", "stun", "leg")) == []


@pytest.mark.parametrize(
    "code",
    [
        "use super::feed::Feed;\n",
        "use {super::feed, std::fmt};\n",
        "fn feed() -> super::feed::Feed { todo!() }\n",
    ],
)
def test_a_circle_is_found(code: str) -> None:
    assert circles(planted("src/leg/media.rs", code)) == [["leg::feed", "leg::media"]]


def test_a_use_of_a_higher_layer_and_a_module_without_layer_are_found() -> None:
    graph = planted("src/stun.rs", "use crate::leg::Media;\n")
    assert upward(graph, ("clock", "stun", "leg")) == ["stun uses leg::media"]
    assert "clock has no layer" in upward(graph, ("stun", "leg"))


def test_test_only_modules_are_ignored() -> None:
    tests = "#[cfg(test)]\nmod tests {\n    use super::super::feed::Feed;\n}\n"
    assert circles(planted("src/leg/media.rs", tests)) == []
