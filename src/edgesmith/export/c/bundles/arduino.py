"""An Arduino library folder, by the library specification of arduino-cli (format 1.5)."""

from __future__ import annotations

from edgesmith.export.c.bundles.common import readme, sentence, with_golden
from edgesmith.export.c.package import Exported

# Whose boards have the cores of a target; the names are those of Arduino's own and the vendors' platforms.
ARCHITECTURES = {
    "c99": "*",
    "cortex-m0+": "samd,rp2040,mbed_rp2040,stm32",
    "cortex-m4": "mbed_nano,mbed_nicla,nrf52,stm32,samd,renesas_uno",
    "cortex-m7": "mbed_portenta,mbed_giga,stm32,teensy,imxrt",
    "cortex-m33": "stm32,rp2350,rp2040,nrf53",
    "cortex-m55": "stm32,alif",
    "rv32imc": "esp32,ch32v",
}
ADDRESS = "https://example.com/"  # a library without a page; put yours here


def texts(e: Exported, version: str) -> dict[str, str]:
    """Texts by path, below a folder that bears the library's name."""
    properties = {
        "name": e.name,
        "version": version,
        "author": "the owner of this model",
        "maintainer": "the owner of this model",
        "sentence": f"{sentence(e)}.",
        "paragraph": f"No heap and no set-up. It takes {e.arena_bytes:,} bytes of memory and {e.constant_bytes:,} of "
        "constants, and computes what the desk does, bit for bit where it computes integers.",
        "category": "Data Processing",
        "url": ADDRESS,
        "architectures": ARCHITECTURES[e.target.name],
        "includes": f"{e.name}.h",
    }
    return {
        "library.properties": "".join(f"{key}={value}\n" for key, value in properties.items()),
        "keywords.txt": _keywords(e),
        "README.md": readme(e, ["Copy this folder to `libraries/` of the sketchbook, and open the example SelfTest."]),
        "examples/SelfTest/SelfTest.ino": _sketch(e),
        **{f"src/{name}": text for name, text in with_golden(e).items()},
    }


def _keywords(e: Exported) -> str:
    functions = [f"{e.name}_{what}" for what in ("input", "output", "run", "selftest")]
    return "".join(f"{name}\tKEYWORD2\n" for name in functions)


def _sketch(e: Exported) -> str:
    return f"""\
// Runs the stored inputs and says whether this board computes what the desk did; then times one inference.
#include <{e.name}.h>

void setup() {{
  Serial.begin(115200);
  while (!Serial && millis() < 3000) {{
  }}
  const int32_t failed = {e.name}_selftest();
  if (failed) {{
    Serial.print("run ");
    Serial.print(failed);
    Serial.println(" differs from the desk");
  }} else {{
    Serial.println("every run is as on the desk");
  }}
  const uint32_t begun = micros();
  {e.name}_run();
  Serial.print(micros() - begun);
  Serial.println(" us an inference");
}}

void loop() {{
}}
"""
