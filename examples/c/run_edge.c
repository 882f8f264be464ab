/* Loads a .edge file from memory and runs it once on zeros:  run_edge model.edge
 *
 * Build, from the project's root:
 *   cc -O2 -std=c11 examples/c/run_edge.c runtime/[a-z]*.c runtime/isa/[a-z]*.c -lm -lpthread -o run_edge */
#include <stdio.h>
#include <stdlib.h>

#include "../../runtime/edge.h"

/* The whole file, at an address that edge_load accepts; NULL where it cannot be read. */
static void *read_file(const char *path, size_t *bytes) {
    FILE *file = fopen(path, "rb");
    if (!file) return NULL;
    void *data = NULL;
    long size = -1;
    if (fseek(file, 0, SEEK_END) == 0) size = ftell(file);
    if (size > 0 && fseek(file, 0, SEEK_SET) == 0) data = malloc((size_t)size);
    if (data && fread(data, 1, (size_t)size, file) != (size_t)size) {
        free(data);
        data = NULL;
    }
    fclose(file);
    *bytes = data ? (size_t)size : 0;
    return data;
}

static void describe(const char *role, const edge_tensor *t) {
    printf("%s %s: %s[", role, t->name, t->dtype);
    for (int i = 0; i < t->rank; i++) printf("%s%d", i ? "x" : "", (int)t->shape[i]);
    printf("], %zu bytes\n", t->bytes);
}

int main(int argc, char **argv) {
    size_t bytes = 0;
    void *data = argc == 2 ? read_file(argv[1], &bytes) : NULL;
    if (!data) {
        fprintf(stderr, "usage: run_edge model.edge\n");
        return 2;
    }
    char message[256] = "";
    edge_options options = {.threads = 1, .message = message, .message_bytes = sizeof message};
    edge_model *model = NULL;
    if (edge_load(data, bytes, &options, &model) != EDGE_OK) {
        fprintf(stderr, "%s: %s\n", argv[1], message);
        free(data);
        return 3;
    }
    printf("%d steps on %s, arena %zu bytes\n", (int)edge_step_count(model), edge_isa(model), edge_arena_bytes(model));
    edge_tensor t;
    for (int i = 0; edge_input(model, i, &t) == EDGE_OK; i++) describe("input", &t); /* t.data is where to write */
    int failed = edge_run(model) != EDGE_OK;
    if (failed) fprintf(stderr, "%s\n", edge_error(model));
    for (int i = 0; !failed && edge_output(model, i, &t) == EDGE_OK; i++) describe("output", &t);
    edge_free(model);
    free(data);
    return failed;
}
