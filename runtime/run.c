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

static uint64_t now(void) {
    struct timespec t;
    if (timespec_get(&t, TIME_UTC) == 0) return 0;
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* After the trials: a step stays split where that was faster by more than the noise, and not at all where all steps
 * together gain less than it takes to wake a thread. */
static void settle_threads(struct edge_model *m) {
    enum { WORTH_WAKING = 3000 };
    uint64_t gain = 0;
    for (int32_t i = 0; i < m->step_count; i++) {
        struct edge_step *s = &m->steps[i];
        s->parallel = s->parallel && s->best[1] + s->best[1] / 16 < s->best[0];
        if (s->parallel) gain += s->best[0] - s->best[1];
    }
    m->pooled = gain > WORTH_WAKING;
}

static int run_step(struct edge_model *m, struct edge_step *s, int split, int trial) {
    const uint64_t before = trial ? now() : 0;
    int code;
    if (s->parallel && split) {
        code = edge_pool_run(m->pool, s->run, s->args, m->scratch, m->scratch_bytes);
    } else {
        struct edge_task whole = {0, 1, m->scratch};
        code = s->run(s->args, &whole);
    }
    if (trial) {
        const uint64_t time = now() - before, most = UINT32_MAX;
        const uint32_t spent = (uint32_t)(time < most ? time : most), best = s->best[split];
        if (best == 0 || spent < best) s->best[split] = spent > 0 ? spent : 1;
    }
    return code;
}

static edge_status run_all(struct edge_model *m, int32_t first, int32_t count) {
    const int trial = m->pooled && m->trials < EDGE_TRIALS && count == m->step_count;
    const int split = m->pooled && !(trial && m->trials % 2 == 1);
    edge_status status = EDGE_OK;
    if (split) edge_pool_begin(m->pool);
    for (int32_t i = first; i < first + count && status == EDGE_OK; i++) {
        if (m->hook) m->hook(m->hook_user, m, i);
        int code = run_step(m, &m->steps[i], split, trial);
        if (code) status = say_step(m, i, code);
    }
    if (m->hook && status == EDGE_OK) m->hook(m->hook_user, m, first + count);
    if (split) edge_pool_end(m->pool);
    if (trial && status == EDGE_OK && ++m->trials == EDGE_TRIALS) settle_threads(m);
    return status;
}

edge_status edge_run_steps(edge_model *m, int32_t first, int32_t count) {
    if (!m || first < 0 || count < 0 || first > m->step_count || count > m->step_count - first) return EDGE_E_USAGE;
    return run_all(m, first, count);
}

edge_status edge_run(edge_model *m) { return m ? run_all(m, 0, m->step_count) : EDGE_E_USAGE; }

void edge_set_hook(edge_model *m, edge_step_hook hook, void *user) {
    if (m) m->hook = hook, m->hook_user = user;
}

struct stopwatch {
    uint64_t *ns, before;
    edge_step_hook inner; /* what the caller had set */
    void *user;
};

static void stamp(void *user, const edge_model *m, int32_t next) {
    struct stopwatch *w = user;
    const uint64_t time = now();
    if (next > 0 && time > w->before) w->ns[next - 1] += time - w->before;
    if (w->inner) w->inner(w->user, m, next);
    w->before = w->inner ? now() : time;
}

edge_status edge_run_timed(edge_model *m, uint64_t *ns) {
    if (!m || !ns) return EDGE_E_USAGE;
    struct stopwatch w = {ns, 0, m->hook, m->hook_user};
    edge_set_hook(m, stamp, &w);
    edge_status status = edge_run(m);
    edge_set_hook(m, w.inner, w.user);
    return status;
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
