"""Each form of package builds with its build system, or with stand-ins for its words, and its self-test passes."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

import edgesmith as es
from edgesmith.chips import export_model
from edgesmith.export.c import Exported
from edgesmith.export.c.bundles import FORMS, save, texts
from edgesmith.ops import Builder
from edgesmith.types import DType

PASSED = "every run is as on the desk"
needs_cmake = pytest.mark.skipif(not shutil.which("cmake"), reason="cmake is not installed")
needs_cc = pytest.mark.skipif(not shutil.which("c++"), reason="a C++ compiler is not installed")


@pytest.fixture(scope="module")
def model() -> es.Model:
    """A small classifier of integers: a convolution, a pool, a fully connected layer."""
    rng = np.random.default_rng(5)
    b = Builder("blink")
    x = b.input("picture", (1, 12, 12, 3), DType.F32)
    w = b.constant(rng.standard_normal((8, 3, 3, 3)).astype(np.float32))
    y = b.add("conv2d", x, w, b.constant(np.zeros(8, np.float32)), strides=(2, 2), padding=((0, 1), (0, 1)))
    y = b.add("reduce_mean", b.add("relu", y), axes=(1, 2), keepdims=False)
    w = b.constant(rng.standard_normal((4, 8)).astype(np.float32))
    b.output(b.add("softmax", b.add("fully_connected", y, w, b.constant(np.zeros(4, np.float32))), axis=-1), "chances")
    return es.quantize(b.graph, [[rng.standard_normal((1, 12, 12, 3)).astype(np.float32)] for _ in range(4)])


@pytest.fixture(scope="module")
def exported(model: es.Model) -> Exported:
    return export_model(model, "c99", name="blink")


def written(exported: Exported, form: str, folder: Path) -> Path:
    save(texts(exported, form), folder / exported.name)
    return folder / exported.name


def said(*command: object, cwd: Path) -> str:
    done = subprocess.run([str(word) for word in command], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def built(folder: Path, program: str, *options: str) -> str:
    """Configure, build and run a CMake project; what its program says."""
    said("cmake", "-S", folder, "-B", folder / "build", *options, cwd=folder)
    said("cmake", "--build", folder / "build", cwd=folder)
    return said(folder / "build" / program, cwd=folder)


@needs_cmake
def test_cmake_builds_and_its_test_passes(exported: Exported, tmp_path: Path) -> None:
    folder = written(exported, "cmake", tmp_path)
    assert PASSED in built(folder, "blink_selftest")
    assert "100% tests passed" in said("ctest", cwd=folder / "build")


@needs_cmake
@pytest.mark.skipif(not shutil.which("arm-none-eabi-gcc"), reason="arm-none-eabi-gcc is not installed")
def test_cmake_builds_for_a_microcontroller(model: es.Model, tmp_path: Path) -> None:
    folder = written(export_model(model, "cortex-m4", name="blink"), "cmake", tmp_path)
    said("cmake", "-B", "build", "-DCMAKE_TOOLCHAIN_FILE=toolchain.cmake", cwd=folder)
    said("cmake", "--build", "build", cwd=folder)
    about = said("arm-none-eabi-readelf", "-h", "-A", "build/blink_selftest", cwd=folder)
    assert "ARM" in about
    assert "v7E-M" in about


@needs_cmake
def test_another_answer_fails_the_self_test(exported: Exported, tmp_path: Path) -> None:
    folder = written(exported, "cmake", tmp_path)
    golden = folder / "blink_golden.h"
    head, outputs = golden.read_text().split("golden_out_0", 1)
    golden.write_text(head + "golden_out_0" + re.sub(r"-?\d+,", "64,", outputs))
    said("cmake", "-B", "build", cwd=folder)
    said("cmake", "--build", "build", cwd=folder)
    done = subprocess.run([folder / "build/blink_selftest"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "run 1 differs from the desk" in done.stdout


def test_arduino_keeps_the_library_specification(exported: Exported, tmp_path: Path) -> None:
    folder = written(exported, "arduino", tmp_path)
    lines = (folder / "library.properties").read_text().splitlines()
    fields = dict(line.split("=", 1) for line in lines)
    required = {"name", "version", "author", "maintainer", "sentence", "paragraph", "category", "url", "architectures"}
    assert required <= set(fields)
    assert all(fields[key].strip() for key in required)
    assert re.fullmatch(r"[a-zA-Z0-9][a-zA-Z0-9 _.\-]{0,62}", fields["name"])
    assert not fields["name"].lower().startswith("arduino")
    assert re.fullmatch(r"\d+\.\d+\.\d+", fields["version"])
    assert fields["category"] in (
        "Display", "Communication", "Signal Input/Output", "Sensors", "Device Control", "Timing", "Data Storage",
        "Data Processing", "Other",
    )  # fmt: skip
    assert re.fullmatch(r"https?://\S+", fields["url"])
    assert fields["sentence"] not in fields["paragraph"]
    assert fields["name"] == folder.name
    assert (folder / "src" / fields["includes"]).is_file()
    assert not [path for path in folder.rglob("*") if path.suffix in (".exe", ".a", ".o")]
    for sketch in folder.glob("examples/*/*.ino"):
        assert sketch.stem == sketch.parent.name
        assert re.fullmatch(r"[a-zA-Z0-9_][a-zA-Z0-9_.\-]{0,62}", sketch.stem)
    for line in (folder / "keywords.txt").read_text().splitlines():
        assert re.fullmatch(r"\w+\t(KEYWORD[123]|LITERAL1)", line)


ARDUINO = """
#include <cstdint>
#include <cstdio>
inline uint32_t millis() { return 5000; }
inline uint32_t micros() { return 0; }
struct Port {
    void begin(int) {}
    explicit operator bool() const { return true; }
    void print(const char *text) { std::fputs(text, stdout); }
    void print(long number) { std::printf("%ld", number); }
    void println(const char *text) { std::puts(text); }
    void println(long number) { std::printf("%ld\\n", number); }
};
static Port Serial;
"""


@needs_cc
def test_the_arduino_sketch_compiles_as_cpp_and_passes(exported: Exported, tmp_path: Path) -> None:
    folder = written(exported, "arduino", tmp_path)
    source = tmp_path / "sketch.cpp"
    sketch = (folder / "examples/SelfTest/SelfTest.ino").read_text()
    source.write_text(f"{ARDUINO}\n{sketch}\nint main() {{ setup(); loop(); }}\n")
    said("cc", "-std=gnu11", "-Os", "-c", folder / "src/blink.c", "-o", "blink.o", cwd=tmp_path)
    said("c++", "-std=gnu++11", "-I", folder / "src", source, "blink.o", "-o", "sketch", cwd=tmp_path)
    assert PASSED in said(tmp_path / "sketch", cwd=tmp_path)


ZEPHYR = """
cmake_minimum_required(VERSION 3.16)
project(board C)
function(zephyr_library_named name)
    add_library(${name} STATIC)
    set(ZEPHYR_CURRENT_LIBRARY ${name} PARENT_SCOPE)
endfunction()
macro(zephyr_library_sources)
    foreach(file ${ARGN})
        target_sources(${ZEPHYR_CURRENT_LIBRARY} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/${file})
    endforeach()
endmacro()
macro(zephyr_library_compile_options)
    target_compile_options(${ZEPHYR_CURRENT_LIBRARY} PRIVATE ${ARGN})
endmacro()
macro(zephyr_include_directories)
    target_include_directories(${ZEPHYR_CURRENT_LIBRARY} PUBLIC ${CMAKE_CURRENT_SOURCE_DIR}/${ARGN})
endmacro()
macro(zephyr_library_compile_definitions_ifdef switch)
    if(${switch})
        target_compile_definitions(${ZEPHYR_CURRENT_LIBRARY} PRIVATE ${ARGN})
    endif()
endmacro()
file(STRINGS MODULE/samples/selftest/prj.conf lines)
foreach(line ${lines})
    string(REGEX MATCH "^([A-Z0-9_]+)=(.*)$" found ${line})
    set(${CMAKE_MATCH_1} ${CMAKE_MATCH_2})
endforeach()
add_subdirectory(MODULE/zephyr module)
add_executable(app MODULE/samples/selftest/src/main.c)
target_link_libraries(app PRIVATE blink)
"""


@needs_cmake
def test_the_zephyr_module_and_its_sample_build(exported: Exported, tmp_path: Path) -> None:
    folder = written(exported, "zephyr", tmp_path)
    board = tmp_path / "board"
    board.mkdir()
    (board / "CMakeLists.txt").write_text(ZEPHYR.replace("MODULE", str(folder)))
    assert PASSED in built(board, "app")
    known = set(re.findall(r"^config (\w+)$", (folder / "zephyr/Kconfig").read_text(), re.MULTILINE))
    used = re.findall(r"^CONFIG_(\w+)=y$", (folder / "samples/selftest/prj.conf").read_text(), re.MULTILINE)
    assert set(used) - known == {"FPU"}
    assert "\n    " not in (folder / "zephyr/Kconfig").read_text()  # Kconfig indents with tabs


IDF = """
cmake_minimum_required(VERSION 3.16)
project(board C)
set(CONFIG_BLINK_GOLDEN y)
function(idf_component_register)
    cmake_parse_arguments(ARG "" "" "SRCS;INCLUDE_DIRS;REQUIRES" ${ARGN})
    get_filename_component(name ${CMAKE_CURRENT_SOURCE_DIR} NAME)
    add_library(${name} STATIC ${ARG_SRCS})
    foreach(folder ${ARG_INCLUDE_DIRS})
        target_include_directories(${name} PUBLIC ${folder})
    endforeach()
    set(COMPONENT_LIB ${name} PARENT_SCOPE)
endfunction()
add_subdirectory(COMPONENT component)
add_subdirectory(COMPONENT/examples/selftest/main main)
target_link_libraries(main PRIVATE blink)
add_executable(app start.c)
target_link_libraries(app PRIVATE main blink)
"""


@needs_cmake
def test_the_esp_idf_component_and_its_example_build(exported: Exported, tmp_path: Path) -> None:
    folder = written(exported, "esp-idf", tmp_path)
    board = tmp_path / "board"
    board.mkdir()
    (board / "CMakeLists.txt").write_text(IDF.replace("COMPONENT/", f"{folder}/").replace("(COMPONENT ", f"({folder} "))
    (board / "start.c").write_text("void app_main(void);\nint main(void) { app_main(); return 0; }\n")
    assert PASSED in built(board, "app")
    assert re.match(r'version: "\d+\.\d+\.\d+"\n', (folder / "idf_component.yml").read_text())


def test_the_platformio_manifest_is_sound_and_its_example_builds(exported: Exported, tmp_path: Path) -> None:
    folder = written(exported, "platformio", tmp_path)
    manifest = json.loads((folder / "library.json").read_text())
    assert re.fullmatch(r"[a-z\d_\- ]{1,100}", manifest["name"], re.IGNORECASE)
    assert len(manifest["description"]) <= 255
    assert (folder / manifest["build"]["srcDir"] / manifest["headers"]).is_file()
    for example in manifest["examples"]:
        assert all((folder / example["base"] / name).is_file() for name in example["files"])
    main = folder / "examples/selftest/src/main.c"
    flags = manifest["build"]["flags"]
    said("cc", "-std=c11", *flags, "-I", folder / "src", main, folder / "src/blink.c", "-o", "app", cwd=tmp_path)
    assert PASSED in said(tmp_path / "app", cwd=tmp_path)


@pytest.mark.parametrize(("form", "file"), [("zephyr", "zephyr/Kconfig"), ("esp-idf", "Kconfig")])
def test_kconfig_is_read_without_a_warning(exported: Exported, form: str, file: str, tmp_path: Path) -> None:
    kconfiglib = pytest.importorskip("kconfiglib")
    folder = written(exported, form, tmp_path)
    found = kconfiglib.Kconfig(str(folder / file), warn_to_stderr=False)
    switches = {"BLINK_GOLDEN", "BLINK_TRACE"} | ({"BLINK"} if form == "zephyr" else set())
    assert {symbol.name for symbol in found.unique_defined_syms} == switches
    assert found.warnings == []


@pytest.mark.parametrize(
    ("form", "words"), [("platformio", ["pio", "pkg", "pack"]), ("esp-idf", ["compote", "manifest", "lint"])]
)
def test_the_tools_of_the_makers_take_it(exported: Exported, form: str, words: list[str], tmp_path: Path) -> None:
    if shutil.which(words[0]) is None:
        pytest.skip(f"{words[0]} is not installed")
    said(*words, cwd=written(exported, form, tmp_path))


def test_a_firmware_names_its_model_whatever_its_name_is(model: es.Model) -> None:
    main = texts(export_model(model, "cortex-m4", name="kws_ref_model", runs=1), "firmware")["main.c"]
    assert '#include "kws_ref_model.h"' in main
    assert "KWS_REF_MODEL_INPUTS" in main
    assert not re.search(r"KWS_REF_(?!MODEL_)|\bMODEL", main)


def test_wishes_that_cannot_be_met_are_one_sentence(exported: Exported) -> None:
    with pytest.raises(es.UsageError, match="Did you mean 'arduino'"):
        texts(exported, "arduinno")
    with pytest.raises(es.UsageError, match="three numbers"):
        texts(exported, "arduino", "v1")
    assert set(FORMS) == {"plain", "cmake", "arduino", "zephyr", "esp-idf", "platformio", "firmware"}
