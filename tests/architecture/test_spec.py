"""What the languages must agree on is replayed: no file under `spec/` is there for show."""

import repo

HINT = "Replay it in a test that names the file, or its folder and ending."


def test_every_file_of_the_spec_is_replayed_by_a_test() -> None:
    tests = {path: repo.text(path) for path in repo.files() if repo.is_test(path)}
    tests |= {
        path: repo.text(path)
        for path in repo.with_ending(".rs")
        if "#[cfg(test)]" in repo.text(path)
    }
    tests = {
        path: said
        for path, said in tests.items()
        if not path.startswith(("tests/architecture/", "spec/"))
    }
    spec = [path for path in repo.files() if path.startswith("spec/") and not path.endswith(".md")]
    assert spec
    violations: list[str] = []
    for path in spec:
        folder, _, name = path.rpartition("/")
        # A test that walks a folder names it from below `spec`, in one string or in two.
        inner = folder.removeprefix("spec").strip("/").split("/")[0]
        marks = [name] + (
            [f"spec/{inner}", f'"spec", "{inner}"', f'"spec" / "{inner}"'] if inner else []
        )
        replayed = any(mark in said for said in tests.values() for mark in marks)
        if not replayed and not repo.allowed("spec", path):
            violations.append(path)
    repo.fail_on(violations, HINT)
