/* The text of every status, and sentences built without printf. */
#include "runtime.h"

static const char *const texts[EDGE_STATUS_COUNT] = {
    [EDGE_OK] = "ok",
    [EDGE_E_FILE] = "not a sound .edge file",
    [EDGE_E_VERSION] = "a .edge file of another version",
    [EDGE_E_KERNEL] = "a kernel is missing or has another layout",
    [EDGE_E_ARGS] = "a step would touch memory that it must not",
    [EDGE_E_MEMORY] = "an allocation failed",
    [EDGE_E_ISA] = "the instruction set is unknown or not in this CPU",
    [EDGE_E_LIMIT] = "over a limit that was set",
    [EDGE_E_INDEX] = "an index in the data lies outside its tensor",
    [EDGE_E_USAGE] = "an argument of the call is wrong",
};

const char *edge_status_text(edge_status status) {
    return (unsigned)status < EDGE_STATUS_COUNT ? texts[status] : "unknown status";
}

const char *edge_error(const edge_model *model) { return model ? model->message : "no model"; }

void edge_say(char *out, size_t bytes, const char *const *pieces) {
    if (!out || !bytes) return;
    size_t used = 0;
    for (; *pieces; pieces++)
        for (const char *c = *pieces; *c && used + 1 < bytes; c++) out[used++] = *c;
    out[used] = 0;
}

void edge_number(char *out, int64_t value) {
    char digits[24];
    int n = 0;
    uint64_t rest = value < 0 ? 0u - (uint64_t)value : (uint64_t)value;
    do digits[n++] = (char)('0' + rest % 10);
    while (rest /= 10);
    if (value < 0) *out++ = '-';
    while (n) *out++ = digits[--n];
    *out = 0;
}
