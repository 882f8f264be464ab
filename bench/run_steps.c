/* Loads a .edge file and runs it a given number of times on what its inputs hold, for counting what was executed:
 *
 *   run_steps model.edge ISA RUNS */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../runtime/edge.h"

int main(int argc, char **argv) {
    if (argc != 4) {
        fprintf(stderr, "usage: run_steps model.edge ISA RUNS\n");
        return 2;
    }
    static _Alignas(64) unsigned char data[64 << 20];
    FILE *file = fopen(argv[1], "rb");
    size_t bytes = file ? fread(data, 1, sizeof data, file) : 0;
    if (file) fclose(file);
    char message[256] = "";
    edge_options options = {.threads = 1, .isa = argv[2], .message = message, .message_bytes = sizeof message};
    edge_model *model = NULL;
    if (edge_load(data, bytes, &options, &model) != EDGE_OK) {
        fprintf(stderr, "%s: %s\n", argv[1], message);
        return 3;
    }
    edge_tensor t;
    for (int i = 0; edge_input(model, i, &t) == EDGE_OK; i++) memset(t.data, 0, t.bytes);
    int failed = 0;
    for (long run = strtol(argv[3], NULL, 10); run > 0 && !failed; run--) failed = edge_run(model) != EDGE_OK;
    edge_free(model);
    return failed;
}
