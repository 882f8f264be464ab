"""A plain CMake project: a static library, and a test that runs the self-test."""

from __future__ import annotations

from edgesmith.export.c.bundles.common import readme, selftest_main
from edgesmith.export.c.package import Exported


def texts(e: Exported, version: str) -> dict[str, str]:
    """Texts by path."""
    flags = e.target.flags.split()
    big = e.name.upper()
    project = f"""\
cmake_minimum_required(VERSION 3.16)
project({e.name} VERSION {version} LANGUAGES C)

add_library({e.name} STATIC {e.name}.c)
target_include_directories({e.name} PUBLIC ${{CMAKE_CURRENT_SOURCE_DIR}})
target_compile_features({e.name} PRIVATE c_std_11)
target_compile_options({e.name} PRIVATE -O2 -ffunction-sections -fdata-sections {" ".join(flags)})

option({big}_TRACE "call {e.name}_trace after every step" OFF)
if({big}_TRACE)
    target_compile_definitions({e.name} PUBLIC {big}_TRACE)
endif()

# The self-test runs where the build does, or under CMAKE_CROSSCOMPILING_EMULATOR.
option({big}_SELFTEST "build the self-test" ${{PROJECT_IS_TOP_LEVEL}})
if({big}_SELFTEST)
    enable_testing()
    target_compile_definitions({e.name} PRIVATE {big}_GOLDEN)
    add_executable({e.name}_selftest selftest.c)
    target_compile_options({e.name}_selftest PRIVATE {" ".join(flags)})
    target_link_libraries({e.name}_selftest PRIVATE {e.name})
    add_test(NAME {e.name} COMMAND {e.name}_selftest)
endif()
"""
    files = {
        **e.files(),
        "CMakeLists.txt": project.replace("${PROJECT_IS_TOP_LEVEL}", "ON"),
        "selftest.c": selftest_main(e),
        "README.md": readme(e, _how(e)),
    }
    toolchain = _toolchain(e)
    if toolchain:
        files["toolchain.cmake"] = toolchain
    return files


def _how(e: Exported) -> list[str]:
    cross = " -DCMAKE_TOOLCHAIN_FILE=toolchain.cmake" if _toolchain(e) else ""
    return [
        "As a part of another project: `add_subdirectory` this folder and link to the library, with "
        f"`{e.name.upper()}_SELFTEST` off.",
        "Alone:",
        "",
        "```sh",
        f"cmake -B build{cross} && cmake --build build && ctest --test-dir build",
        "```",
    ]


def _toolchain(e: Exported) -> str:
    """The file that names the compiler for a target that the build machine is not; empty for portable code."""
    if not e.target.flags:
        return ""
    arm = "-mthumb" in e.target.flags
    prefix, processor = ("arm-none-eabi-", "arm") if arm else ("riscv64-unknown-elf-", "riscv")
    specs = "--specs=rdimon.specs" if arm else "--specs=picolibc.specs"
    flags = e.target.flags
    return f"""\
# {e.target.core} with GCC; the self-test says its outcome by semihosting.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR {processor})
set(CMAKE_C_COMPILER {prefix}gcc)
set(CMAKE_C_FLAGS_INIT "{flags}{"" if arm else " " + specs}")
set(CMAKE_EXE_LINKER_FLAGS_INIT "{flags} {specs} -Wl,--gc-sections")
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
"""
