"""A bare-metal program for a machine of QEMU: start, linker script, semihosting, and a main that runs the self-test."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

from edgesmith.errors import ModelError, UsageError
from edgesmith.export.c.bundles.common import readme
from edgesmith.export.c.flash import flash
from edgesmith.export.c.package import Exported

SOURCES = Path(__file__).parents[1] / "firmware"
STACK_ROOM = 16 << 10
REST = 8 << 10  # of flash, for main.c, the start and the C library
K, M = 1 << 10, 1 << 20


@dataclass(frozen=True, slots=True)
class Board:
    """A machine of QEMU. ``flash`` and ``ram`` are origins and bytes; ``tick`` instructions pass in one of its counter.

    ``libraries`` names the C library that GCC links to.
    """

    machine: str
    emulator: str
    prefix: str
    libraries: str
    start: str
    flash: tuple[int, int]
    ram: tuple[int, int]
    tick: float = 1.0
    note: str = ""
    large: tuple[tuple[int, int], tuple[int, int]] | None = (
        None  # other memory, for what flash and RAM are too small for
    )

    @property
    def command(self) -> str:
        """What runs an image, up to its name. Counts of instructions hold with ``-icount shift=0`` alone."""
        bios = " -bios none" if "riscv" in self.emulator else ""
        host = "-semihosting-config enable=on,target=native"
        return f"{self.emulator} -M {self.machine}{bios} -nographic -icount shift=0 {host} -kernel"


def _mps2(machine: str, note: str = "") -> Board:
    spaces = (0, 4 * M), (0x2000_0000, 4 * M)
    arm = "qemu-system-arm", "arm-none-eabi-", "--specs=nano.specs", "cortex_m.c"
    return Board(machine, *arm, *spaces, tick=40, note=note, large=((0x2100_0000, 8 * M), (0x2180_0000, 8 * M)))


def _mps3(note: str = "") -> Board:
    spaces = (0, 512 * K), (0x2000_0000, 512 * K)
    arm = "qemu-system-arm", "arm-none-eabi-", "--specs=nano.specs", "cortex_m.c"
    return Board("mps3-an547", *arm, *spaces, tick=31.25, note=note)


BOARDS = {
    "cortex-m0+": _mps2("mps2-an386", "a Cortex-M4 that is made to trap what a Cortex-M0+ cannot read"),
    "cortex-m4": _mps2("mps2-an386"),
    "cortex-m7": _mps2("mps2-an500"),
    "cortex-m33": _mps3("a Cortex-M55, which has all that a Cortex-M33 has"),
    "cortex-m55": _mps3(),
    "rv32imc": Board(
        "virt", "qemu-system-riscv32", "riscv64-unknown-elf-", "--specs=picolibc.specs", "rv32.c",
        (0x8000_0000, 16 * M), (0x8100_0000, 16 * M),
    ),
}  # fmt: skip


def texts(e: Exported, version: str) -> dict[str, str]:
    """Texts by path.

    Raises:
        UsageError: the target has no machine.
        ModelError: the machine has less memory than the model needs.
    """
    if e.target.name not in BOARDS:
        raise UsageError(f"target '{e.target.name}' has no machine of QEMU; targets with one: {', '.join(BOARDS)}")
    board = _roomy(e, BOARDS[e.target.name])
    if e.name in ("main", "board", "cortex_m", "rv32"):
        raise UsageError(f"a file of the firmware is called '{e.name}' already; give the model another name")
    return {
        **e.files(),
        "main.c": _main(e),
        "board.h": _read("board.h"),
        board.start: _read(board.start),
        "link.ld": _link(board),
        "Makefile": _makefile(e, board),
        "README.md": readme(e, _how(e, board)),
    }


def _roomy(e: Exported, board: Board) -> Board:
    """The board, with memory that is large enough."""
    golden = sum(a.nbytes for run in e.golden for arrays in run for a in arrays)
    flash_need, ram_need = flash(e).total + golden + REST, e.arena_bytes + STACK_ROOM
    large = board.large
    if large is not None and flash_need > board.flash[1]:
        board = replace(board, flash=large[0])
    if large is not None and ram_need > board.ram[1]:
        board = replace(board, ram=large[1])
    for kind, need, room in (("flash", flash_need, board.flash[1]), ("RAM", ram_need, board.ram[1])):
        if need > room:
            raise ModelError(
                f"{e.name} needs about {need:,} bytes of {kind} with its self-test; {board.machine} has {room:,}"
            )
    return board


def _read(name: str) -> str:
    return (SOURCES / name).read_text(encoding="utf-8")


def _main(e: Exported) -> str:
    text = _read("main.c")
    for kind, tensors in (("INPUT_BYTES", e.program.inputs), ("OUTPUT_BYTES", e.program.outputs)):
        text = text.replace(f"{{{kind}}}", "{" + ", ".join(str(t.bytes) for t in tensors) + "}")
    names = {True: e.name.upper(), False: e.name}  # at once: a model's own name may hold this word
    return re.sub("MODEL(_[A-Z])?", lambda word: names[bool(word[1])] + (word[1] or ""), text)


def _link(board: Board) -> str:
    spaces = [("flash (rx)", board.flash), ("ram (rwx)", board.ram)]
    apart = board.large is not None and board.flash == board.large[0]
    if apart:
        spaces.insert(0, ("first (rx)", (0, K)))  # where the core looks for its vectors
    rows = [f"    {name} : ORIGIN = 0x{origin:08x}, LENGTH = {size >> 10}K" for name, (origin, size) in spaces]
    alias = f'REGION_ALIAS("vectors", {"first" if apart else "flash"})'
    memory = "\n".join([f"/* Memory of QEMU's {board.machine}. */", "MEMORY {", *rows, "}", alias])
    return f"{memory}\nSTACK_ROOM = {STACK_ROOM >> 10}K;\n{_read('sections.ld')}"


def _makefile(e: Exported, board: Board) -> str:
    big, level = e.name.upper(), "-Os" if e.optimize == "size" else "-O2"
    return f"""\
# make builds firmware.elf; make run runs it in QEMU; make profile says what every step takes, make trace what it wrote.
CC = {board.prefix}gcc
CFLAGS = {board.libraries} {e.target.flags} {level} -std=c11 $(WARNINGS) -ffunction-sections -fdata-sections
WARNINGS = -Wall -Wextra
CPPFLAGS = -D{big}_GOLDEN -DQUARTERS_PER_TICK={round(4 * board.tick)}
LDFLAGS = -nostartfiles -Tlink.ld -Wl,--gc-sections -lm
QEMU = {board.command}
SOURCES = {e.name}.c main.c {board.start}
OBJECTS = $(SOURCES:.c=.o)

firmware.elf: $(OBJECTS) link.ld
\t$(CC) $(CFLAGS) $(OBJECTS) $(LDFLAGS) -Wl,-Map=firmware.map -o $@
$(OBJECTS): board.h $(wildcard {e.name}*.h)
run: firmware.elf
\t$(QEMU) $< < /dev/null
trace: SWITCHES = -D{big}_TRACE
profile: SWITCHES = -D{big}_TRACE -DPROFILE
trace profile: $(SOURCES)
\t$(CC) $(CFLAGS) $(CPPFLAGS) $(SWITCHES) $(SOURCES) $(LDFLAGS) -o $@.elf
\t$(QEMU) $@.elf < /dev/null
clean:
\trm -f $(OBJECTS) firmware.elf firmware.map trace.elf profile.elf
.PHONY: run trace profile clean
"""


def _how(e: Exported, board: Board) -> list[str]:
    note = f", {board.note}" if board.note else ""
    return [
        f"It runs without an operating system on QEMU's `{board.machine}`{note}. With `{board.prefix}gcc`, `make` and "
        f"`{board.emulator}` installed:",
        "",
        "```sh",
        "make run",
        "```",
        "",
        "It says whether the self-test passed, with the arena painted in two patterns before; the instructions of one "
        "inference; the deepest stack, and the bytes of the arena that were written; and whether constants are as they "
        "were. It ends with status 0 where all is well.",
        "",
        "- Inputs of your own: write them to `inputs.bin` as they lie in memory, run after run; the answers are in "
        "`outputs.bin` afterwards.",
        "- `make profile` says how many instructions every step takes.",
        "- `make trace 2> trace.txt` writes what `edgesmith trace` reads.",
        "",
        f"For a board of your own keep `{e.name}.c` and its headers, and replace the rest: `{board.start}` starts the "
        "core and counts, `link.ld` says what memory there is, `main.c` is the program.",
    ]
