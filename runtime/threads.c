/* A fixed pool: every step is split into as many shares as there are threads. A worker spins for a moment, since the next
 * step is near, and then sleeps. Which thread does a share cannot change a result, so a thread that has finished its own
 * takes one that nobody has begun: where another program holds a core, a step waits for no worker that cannot run. */
#if defined(EDGE_NO_THREADS)
#include "runtime.h"
struct edge_pool *edge_pool_make(int32_t count, void *(*allocate)(void *, size_t), void *user) {
    (void)count, (void)allocate, (void)user;
    return NULL;
}
int edge_pool_complete(const struct edge_pool *pool) { return pool != NULL; }
void edge_pool_free(struct edge_pool *pool, void (*release)(void *, void *), void *user) {
    (void)pool, (void)release, (void)user;
}
int edge_pool_run(const struct edge_model *m, edge_run_fn run, const void *args) {
    const struct edge_task whole = {0, 1, m->scratch, m->far};
    return run(args, &whole);
}
#else
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "runtime.h"

enum { SPINS = 4000 };

struct worker {
    struct edge_pool *pool;
    pthread_t thread;
    int32_t index;
};

struct edge_pool {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    atomic_uint round;     /* goes up when a job is ready */
    atomic_int left;       /* shares that are not finished */
    atomic_int status;     /* first failure of the round */
    atomic_int stop;
    atomic_int asleep;     /* workers that wait for `wake`, or are about to */
    edge_run_fn run;       /* the job of this round */
    const void *args;
    const struct edge_model *model;
    int32_t count, started, complete;
    struct worker workers[EDGE_MAX_THREADS];
    atomic_uint begun[EDGE_MAX_THREADS]; /* the last round in which somebody took the share */
};

static inline void relax(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/* Does every share of the round that nobody has begun, one's own first. A thread that comes late, when the round is
 * over, finds none: each has been begun. */
static void share(struct edge_pool *p, int32_t own, unsigned round) {
    const struct edge_model *m = p->model;
    for (int32_t i = 0; i < p->count; i++) {
        const int32_t index = own + i < p->count ? own + i : own + i - p->count;
        unsigned before = round - 1; /* a look first: it leaves the line where it is */
        if (atomic_load_explicit(&p->begun[index], memory_order_relaxed) != before) continue;
        if (!atomic_compare_exchange_strong(&p->begun[index], &before, round)) continue;
        struct edge_task task = {index, p->count, m->scratch + (size_t)index * m->scratch_bytes, m->far};
        int code = p->run(p->args, &task);
        if (code) atomic_store(&p->status, code);
        atomic_fetch_sub_explicit(&p->left, 1, memory_order_release);
    }
}

static void *work(void *argument) {
    struct worker *w = argument;
    struct edge_pool *p = w->pool;
    unsigned seen = 0;
    for (;;) {
        for (int i = 0; i < SPINS && atomic_load_explicit(&p->round, memory_order_acquire) == seen; i++) relax();
        if (atomic_load_explicit(&p->round, memory_order_acquire) == seen) {
            pthread_mutex_lock(&p->lock);
            atomic_fetch_add(&p->asleep, 1); /* before the look at the round, as announce looks after its change */
            while (atomic_load(&p->round) == seen) pthread_cond_wait(&p->wake, &p->lock);
            atomic_fetch_sub(&p->asleep, 1);
            pthread_mutex_unlock(&p->lock);
        }
        seen = atomic_load_explicit(&p->round, memory_order_acquire); /* perhaps more than one has passed */
        if (atomic_load(&p->stop)) return NULL;
        share(p, w->index, seen);
    }
}

static void announce(struct edge_pool *p) {
    atomic_fetch_add(&p->round, 1);
    if (!atomic_load(&p->asleep)) return; /* all spin, and see it */
    pthread_mutex_lock(&p->lock);
    pthread_cond_broadcast(&p->wake);
    pthread_mutex_unlock(&p->lock);
}

int edge_pool_run(const struct edge_model *m, edge_run_fn run, const void *args) {
    struct edge_pool *p = m->pool;
    p->run = run, p->args = args, p->model = m;
    atomic_store(&p->status, EDGE_OK);
    atomic_store(&p->left, p->count);
    announce(p);
    share(p, 0, atomic_load_explicit(&p->round, memory_order_relaxed));
    for (int i = 0; atomic_load_explicit(&p->left, memory_order_acquire) > 0; i++) {
        if (i < SPINS) relax();
        else sched_yield();
    }
    return atomic_load(&p->status);
}

struct edge_pool *edge_pool_make(int32_t count, void *(*allocate)(void *, size_t), void *user) {
    struct edge_pool *p = allocate(user, sizeof *p);
    if (!p) return NULL;
    memset(p, 0, sizeof *p);
    p->count = count;
    int locked = pthread_mutex_init(&p->lock, NULL) == 0;
    int ready = locked && pthread_cond_init(&p->wake, NULL) == 0;
    for (p->started = 0; ready && p->started < count - 1; p->started++) {
        struct worker *w = &p->workers[p->started];
        *w = (struct worker){.pool = p, .index = p->started + 1};
        if (pthread_create(&w->thread, NULL, work, w) != 0) break;
    }
    p->complete = p->started == count - 1;
    return p;
}

int edge_pool_complete(const struct edge_pool *p) { return p && p->complete; }

void edge_pool_free(struct edge_pool *p, void (*release)(void *, void *), void *user) {
    if (!p) return;
    atomic_store(&p->stop, 1);
    announce(p);
    for (int32_t i = 0; i < p->started; i++) pthread_join(p->workers[i].thread, NULL);
    pthread_cond_destroy(&p->wake);
    pthread_mutex_destroy(&p->lock);
    release(user, p);
}
#endif
