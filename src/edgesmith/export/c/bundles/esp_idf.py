"""A component of ESP-IDF, with an example project that runs the self-test."""

from __future__ import annotations

import json

from edgesmith.export.c.bundles.common import readme, selftest_main, sentence
from edgesmith.export.c.package import Exported


def texts(e: Exported, version: str) -> dict[str, str]:
    """Texts by path."""
    big = e.name.upper()
    component = f"""\
idf_component_register(SRCS "{e.name}.c" INCLUDE_DIRS ".")
target_compile_options(${{COMPONENT_LIB}} PRIVATE -O2)
if(CONFIG_{big}_GOLDEN)
    target_compile_definitions(${{COMPONENT_LIB}} PRIVATE {big}_GOLDEN)
endif()
if(CONFIG_{big}_TRACE)
    target_compile_definitions(${{COMPONENT_LIB}} PUBLIC {big}_TRACE)
endif()
"""
    kconfig = f"""\
menu "{e.name}"
    config {big}_GOLDEN
        bool "Compile in the inputs and outputs of the self-test"
        default n
    config {big}_TRACE
        bool "Call {e.name}_trace after every step"
        default n
endmenu
"""
    manifest = f'version: "{version}"\ndescription: {json.dumps(sentence(e) + ".")}\ndependencies:\n  idf: ">=5.0"\n'
    example = f"""\
cmake_minimum_required(VERSION 3.16)
set(EXTRA_COMPONENT_DIRS ${{CMAKE_CURRENT_LIST_DIR}}/../..)
include($ENV{{IDF_PATH}}/tools/cmake/project.cmake)
project({e.name}_selftest)
"""
    return {
        **e.files(),
        "CMakeLists.txt": component,
        "Kconfig": kconfig,
        "idf_component.yml": manifest,
        "README.md": readme(e, ["Put this folder into `components/` of a project. The example builds alone with "
                                "`idf.py -C examples/selftest build flash monitor`."]),
        "examples/selftest/CMakeLists.txt": example,
        "examples/selftest/sdkconfig.defaults": f"CONFIG_{big}_GOLDEN=y\n",
        "examples/selftest/main/CMakeLists.txt": 'idf_component_register(SRCS "main.c")\n',
        "examples/selftest/main/main.c": selftest_main(e, entry="void app_main(void)", end="(void)failed;"),
    }  # fmt: skip
