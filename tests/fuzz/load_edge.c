/* Feeds bytes to the loader, and runs what it accepts: nothing may crash, hang or touch memory that is not its own.
 *
 * Checksums are made right first, so that mutated files get past them. With libFuzzer this file is the target; without
 * (no -DFUZZER) it has a main that replays the files named on the command line. */
#define _POSIX_C_SOURCE 200809L /* posix_memalign: a block that ends where the file ends */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../runtime/edge.h"

static uint64_t word_at(const uint8_t *p) {
    uint64_t v;
    memcpy(&v, p, 8);
    return v;
}

static uint64_t checksum(const uint8_t *p, size_t bytes) {
    uint64_t sum = 0x9e3779b97f4a7c15u ^ bytes, i = 0;
    for (; bytes >= 8; bytes -= 8, p += 8, i++) sum += (word_at(p) + 1) * (2 * i + 1);
    if (bytes) {
        uint64_t word = 0;
        memcpy(&word, p, bytes);
        sum += (word + 1) * (2 * i + 1);
    }
    return sum;
}

/* Length and checksums as a careful attacker would leave them. */
static void mend(uint8_t *f, size_t bytes) {
    if (bytes < 64) return;
    uint64_t length = bytes;
    uint32_t count;
    memcpy(&count, f + 12, 4);
    memcpy(f + 16, &length, 8);
    if (count > (bytes - 64) / 32) return;
    for (uint32_t i = 0; i < count; i++) {
        uint8_t *e = f + 64 + 32 * (size_t)i;
        uint64_t offset = word_at(e + 8), size = word_at(e + 16);
        if (offset > bytes || size > bytes - offset || offset < 64 + 32 * (uint64_t)count) continue;
        uint64_t sum = checksum(f + offset, (size_t)size);
        memcpy(e + 24, &sum, 8);
    }
    uint64_t sum = checksum(f + 32, 32 + 32 * (size_t)count);
    memcpy(f + 24, &sum, 8);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes) {
    uint8_t *copy = aligned_alloc(64, (bytes + 64) / 64 * 64);
    if (!copy) return 0;
    memcpy(copy, data, bytes);
    mend(copy, bytes);
    /* Exactly as long as the file, so that a read past its end is found. */
    uint8_t *tight = NULL;
    if (posix_memalign((void **)&tight, 64, bytes ? bytes : 1)) tight = NULL;
    if (tight) {
        memcpy(tight, copy, bytes);
        char message[256];
        edge_options options = {
            .threads = 1, .max_bytes = 32u << 20, .max_work = 2e7, .message = message, .message_bytes = sizeof message};
        edge_model *model = NULL;
        if (edge_load(tight, bytes, &options, &model) == EDGE_OK) {
            for (int run = 0; run < 2; run++)
                if (edge_run(model) != EDGE_OK) break;
        }
        edge_free(model);
        free(tight);
    }
    free(copy);
    return 0;
}

#if !defined(FUZZER)
int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        FILE *file = fopen(argv[i], "rb");
        if (!file) return 2;
        static uint8_t data[1 << 20];
        size_t bytes = fread(data, 1, sizeof data, file);
        fclose(file);
        LLVMFuzzerTestOneInput(data, bytes);
    }
    printf("%d files replayed\n", argc - 1);
    return 0;
}
#endif
