"""What the languages must agree on is replayed: no file under `spec/` is there for show."""

import house

HINT = "Replay it in a test that names the file, or its folder and ending."


def test_every_file_of_the_spec_is_replayed_by_a_test() -> None:
    tests = {path: house.text(path) for path in house.files() if house.is_test(path)}
    tests |= {
        path: house.text(path)
        for path in house.with_ending(".rs")
        if "#[cfg(test)]" in house.text(path)
    }
    tests = {
        path: said
        for path, said in tests.items()
        if not path.startswith(("tests/architecture/", "spec/"))
    }
    spec = [path for path in house.files() if path.startswith("spec/") and not path.endswith(".md")]
    assert spec
    wrongs: list[str] = []
    for path in spec:
        folder, _, name = path.rpartition("/")
        # A test that walks a folder names it from below `spec`, in one string or in two.
        inner = folder.removeprefix("spec").strip("/").split("/")[0]
        marks = [name] + (
            [f"spec/{inner}", f'"spec", "{inner}"', f'"spec" / "{inner}"'] if inner else []
        )
        replayed = any(mark in said for said in tests.values() for mark in marks)
        if not replayed and not house.granted("spec", path):
            wrongs.append(path)
    house.complain(wrongs, HINT)
