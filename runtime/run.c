/* Runs a loaded program: one call per step, nothing to decide. */
#include <string.h>
#include <time.h>

#include "runtime.h"

static edge_status say_step(edge_model *m, int32_t step, int code) {
    char number[24];
    edge_number(number, step);
    const char *pieces[] = {"step ", number, " '", m->steps[step].layer, "' (", edge_kernels[m->steps[step].kernel].name,
                            "): ", edge_status_text((edge_status)code), NULL};
    edge_say(m->message, EDGE_MESSAGE, pieces);
    return (edge_status)code;
}

static int run_step(edge_model *m, const struct edge_step *s) {
    if (s->parallel && m->pool) return edge_pool_run(m, s->run, s->args);
    const struct edge_task whole = {0, 1, m->scratch, m->far};
    return s->run(s->args, &whole);
}

edge_status edge_run_steps(edge_model *m, int32_t first, int32_t count) {
    if (!m || first < 0 || count < 0 || first > m->step_count || count > m->step_count - first) return EDGE_E_USAGE;
    for (int32_t i = first; i < first + count; i++) {
        int code = run_step(m, &m->steps[i]);
        if (code) return say_step(m, i, code);
    }
    return EDGE_OK;
}

edge_status edge_run(edge_model *m) { return m ? edge_run_steps(m, 0, m->step_count) : EDGE_E_USAGE; }

static uint64_t now(void) {
    struct timespec t;
    if (timespec_get(&t, TIME_UTC) == 0) return 0;
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

edge_status edge_run_timed(edge_model *m, uint64_t *ns) {
    if (!m || !ns) return EDGE_E_USAGE;
    uint64_t before = now();
    for (int32_t i = 0; i < m->step_count; i++) {
        int code = run_step(m, &m->steps[i]);
        if (code) return say_step(m, i, code);
        uint64_t after = now();
        ns[i] += after > before ? after - before : 0;
        before = after;
    }
    return EDGE_OK;
}

void edge_reset(edge_model *m) {
    if (!m) return;
    for (int32_t i = 0; i < m->state_count; i++) {
        const struct edge_state *s = &m->states[i];
        if (s->initial) memcpy(m->arena + s->offset, s->initial, s->bytes);
        else memset(m->arena + s->offset, 0, s->bytes);
    }
}

static edge_status border(const edge_tensor *all, int32_t count, int32_t index, edge_tensor *tensor) {
    if (!tensor || index < 0 || index >= count) return EDGE_E_USAGE;
    *tensor = all[index];
    return EDGE_OK;
}
edge_status edge_input(const edge_model *m, int32_t index, edge_tensor *tensor) {
    return m ? border(m->inputs, m->input_count, index, tensor) : EDGE_E_USAGE;
}
edge_status edge_output(const edge_model *m, int32_t index, edge_tensor *tensor) {
    return m ? border(m->outputs, m->output_count, index, tensor) : EDGE_E_USAGE;
}
int32_t edge_input_count(const edge_model *m) { return m ? m->input_count : 0; }
int32_t edge_output_count(const edge_model *m) { return m ? m->output_count : 0; }
int32_t edge_step_count(const edge_model *m) { return m ? m->step_count : 0; }

const char *edge_step_layer(const edge_model *m, int32_t step) {
    return m && step >= 0 && step < m->step_count ? m->steps[step].layer : NULL;
}
const char *edge_step_kernel(const edge_model *m, int32_t step) {
    return m && step >= 0 && step < m->step_count ? edge_kernels[m->steps[step].kernel].name : NULL;
}

size_t edge_arena_bytes(const edge_model *m) { return m ? m->arena_bytes : 0; }
size_t edge_scratch_bytes(const edge_model *m) { return m ? m->scratch_bytes : 0; }
size_t edge_packed_bytes(const edge_model *m) { return m ? m->packed_bytes : 0; }
size_t edge_total_bytes(const edge_model *m) { return m ? m->total_bytes : 0; }
void *edge_arena(const edge_model *m) { return m ? m->arena : NULL; }
const char *edge_isa(const edge_model *m) { return m ? m->isa->name : NULL; }
