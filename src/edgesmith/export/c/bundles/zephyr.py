"""A Zephyr module: the library behind a Kconfig switch, and a sample that runs the self-test."""

from __future__ import annotations

from edgesmith.export.c.bundles.common import readme, selftest_main, sentence
from edgesmith.export.c.package import Exported


def texts(e: Exported, version: str) -> dict[str, str]:
    """Texts by path."""
    big = e.name.upper()
    module = f"name: {e.name}\nbuild:\n  cmake: zephyr\n  kconfig: zephyr/Kconfig\nsamples:\n  - samples\n"
    kconfig = "\n".join(
        [
            f"config {big}",
            f'\tbool "{sentence(e)}"',
            "\thelp",
            f"\t  Takes {e.arena_bytes} bytes of RAM and {e.constant_bytes} bytes of constants. Version {version}.",
            "",
            f"if {big}",
            "",
            f"config {big}_GOLDEN",
            '\tbool "compile in the inputs and outputs of the self-test"',
            "",
            f"config {big}_TRACE",
            f'\tbool "call {e.name}_trace after every step"',
            "",
            "endif",
            "",
        ]
    )
    library = f"""\
if(CONFIG_{big})
  zephyr_library_named({e.name})
  zephyr_library_sources(../src/{e.name}.c)
  zephyr_library_compile_options(-O2)
  zephyr_include_directories(../src)
  zephyr_library_compile_definitions_ifdef(CONFIG_{big}_GOLDEN {big}_GOLDEN)
  zephyr_library_compile_definitions_ifdef(CONFIG_{big}_TRACE {big}_TRACE)
endif()
"""
    sample = f"""\
cmake_minimum_required(VERSION 3.20.0)
list(APPEND ZEPHYR_EXTRA_MODULES ${{CMAKE_CURRENT_SOURCE_DIR}}/../..)
find_package(Zephyr REQUIRED HINTS $ENV{{ZEPHYR_BASE}})
project({e.name}_selftest)
target_sources(app PRIVATE src/main.c)
"""
    expected = f"""\
sample:
  name: self-test of {e.name}
tests:
  sample.{e.name}.selftest:
    harness: console
    harness_config:
      type: one_line
      regex:
        - "every run is as on the desk"
"""
    return {
        "zephyr/module.yml": module,
        "zephyr/Kconfig": kconfig,
        "zephyr/CMakeLists.txt": library,
        "samples/selftest/CMakeLists.txt": sample,
        "samples/selftest/prj.conf": f"CONFIG_{big}=y\nCONFIG_{big}_GOLDEN=y\nCONFIG_FPU=y\n",
        "samples/selftest/sample.yaml": expected,
        "samples/selftest/src/main.c": selftest_main(e),
        "README.md": readme(e, ["Add this folder to `ZEPHYR_EXTRA_MODULES`, or to the projects of `west.yml`, and say "
                                f"`CONFIG_{big}=y`."]),
        **{f"src/{name}": text for name, text in e.files().items()},
    }  # fmt: skip
