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

uint64_t edge_now(void) {
    struct timespec t;
    if (timespec_get(&t, TIME_UTC) == 0) return 0;
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}
uint64_t edge_since(uint64_t before, uint64_t *sum) {
    const uint64_t after = edge_now();
    *sum += after > before ? after - before : 0;
    return after;
}

/* The same without a pool. */
static int run_alone(const edge_model *m, int32_t first, int32_t end, uint64_t *ns, int32_t *failed) {
    const struct edge_task whole = {0, 1, m->scratch, m->far};
    uint64_t before = ns ? edge_now() : 0;
    for (int32_t i = first; i < end; i++) {
        const int code = m->steps[i].run(m->steps[i].args, &whole);
        if (code) {
            *failed = i;
            return code;
        }
        if (ns) before = edge_since(before, &ns[i]);
    }
    return EDGE_OK;
}

static edge_status run(edge_model *m, int32_t first, int32_t end, uint64_t *ns) {
    int32_t shared = first, failed = 0; /* workers are not called where there is nothing to share */
    while (m->pool && shared < end && !m->steps[shared].parallel) shared++;
    const int code = m->pool && shared < end ? edge_pool_run(m->pool, first, end, ns, &failed)
                                             : run_alone(m, first, end, ns, &failed);
    return code ? say_step(m, failed, code) : EDGE_OK;
}

edge_status edge_run_steps(edge_model *m, int32_t first, int32_t count) {
    if (!m || first < 0 || count < 0 || first > m->step_count || count > m->step_count - first) return EDGE_E_USAGE;
    return run(m, first, first + count, NULL);
}

edge_status edge_run(edge_model *m) { return m ? edge_run_steps(m, 0, m->step_count) : EDGE_E_USAGE; }

edge_status edge_run_timed(edge_model *m, uint64_t *ns) {
    return m && ns ? run(m, 0, m->step_count, ns) : EDGE_E_USAGE;
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
