"""A PlatformIO library, with an example that runs the self-test."""

from __future__ import annotations

import json

from edgesmith.export.c.bundles.common import readme, selftest_main, sentence, with_golden
from edgesmith.export.c.package import Exported


def texts(e: Exported, version: str) -> dict[str, str]:
    """Texts by path."""
    manifest = {
        "name": e.name,
        "version": version,
        "description": f"{sentence(e)}. No heap, no set-up.",
        "keywords": ["machine-learning", "tinyml", "inference"],
        "frameworks": "*",
        "platforms": "*",
        "headers": f"{e.name}.h",
        "build": {"srcDir": "src", "includeDir": "src", "flags": ["-O2"]},
        "examples": [{"name": "selftest", "base": "examples/selftest", "files": ["src/main.c"]}],
    }
    project = f"""\
; Runs the self-test where PlatformIO runs: pio run -d examples/selftest -t exec
[env:native]
platform = native
lib_deps = {e.name}=symlink://../..
"""
    return {
        "library.json": json.dumps(manifest, indent=2) + "\n",
        "README.md": readme(e, ["Put this folder into `lib/` of a project, or name it in `lib_deps`."]),
        "examples/selftest/platformio.ini": project,
        "examples/selftest/src/main.c": selftest_main(e),
        **{f"src/{name}": text for name, text in with_golden(e).items()},
    }
