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
void edge_pool_begin(struct edge_pool *pool) { (void)pool; }
void edge_pool_end(struct edge_pool *pool) { (void)pool; }
int edge_pool_run(struct edge_pool *pool, edge_run_fn run, const void *args, void *scratch, size_t scratch_bytes) {
    (void)pool, (void)scratch_bytes;
    struct edge_task whole = {0, 1, scratch};
    return run(args, &whole);
}
#else
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

#include "runtime.h"

enum { SPINS = 4000 }; /* about a tenth of a millisecond */
enum { WATCHING, OFFERED, TAKEN, ASLEEP };

struct worker {
    atomic_int state;
    int32_t index; /* of its share */
    struct edge_pool *pool;
    pthread_t thread;
    char apart[64]; /* each worker's state in a cache line of its own */
};

struct edge_pool {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    atomic_int running;  /* a run is on: do not sleep */
    atomic_int sleepers;
    atomic_int stop;
    atomic_int status;   /* a failure of this step */
    edge_run_fn run;     /* this step */
    const void *args;
    uint8_t *scratch;
    size_t scratch_bytes;
    int32_t shares, count, started, complete;
    struct worker workers[EDGE_MAX_THREADS];
};

static inline void relax(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

static void share(struct edge_pool *p, int32_t index) {
    struct edge_task task = {index, p->shares, p->scratch + (size_t)index * p->scratch_bytes};
    int code = p->run(p->args, &task);
    if (code) atomic_store(&p->status, code);
}

static int move(struct worker *w, int from, int to) { return atomic_compare_exchange_strong(&w->state, &from, to); }

static void doze(struct edge_pool *p, struct worker *w) {
    pthread_mutex_lock(&p->lock);
    if (move(w, WATCHING, ASLEEP)) {
        atomic_fetch_add(&p->sleepers, 1);
        while (!atomic_load(&p->running) && !atomic_load(&p->stop)) pthread_cond_wait(&p->wake, &p->lock);
        atomic_fetch_sub(&p->sleepers, 1);
        atomic_store(&w->state, WATCHING);
    }
    pthread_mutex_unlock(&p->lock);
}

static void *work(void *argument) {
    struct worker *w = argument;
    struct edge_pool *p = w->pool;
    for (int spins = 0; !atomic_load_explicit(&p->stop, memory_order_relaxed);) {
        if (atomic_load_explicit(&w->state, memory_order_acquire) == OFFERED) {
            if (!move(w, OFFERED, TAKEN)) continue;
            share(p, w->index);
            atomic_store_explicit(&w->state, WATCHING, memory_order_release);
            spins = 0;
        } else if (++spins < SPINS) {
            relax();
        } else if (atomic_load_explicit(&p->running, memory_order_relaxed)) {
            sched_yield();
        } else {
            doze(p, w);
            spins = 0;
        }
    }
    return NULL;
}

void edge_pool_begin(struct edge_pool *p) {
    atomic_store(&p->running, 1);
    if (atomic_load(&p->sleepers) == 0) return;
    pthread_mutex_lock(&p->lock);
    pthread_cond_broadcast(&p->wake);
    pthread_mutex_unlock(&p->lock);
}

void edge_pool_end(struct edge_pool *p) { atomic_store(&p->running, 0); }

int edge_pool_run(struct edge_pool *p, edge_run_fn run, const void *args, void *scratch, size_t scratch_bytes) {
    struct worker *team[EDGE_MAX_THREADS];
    int32_t shares = 1;
    for (int32_t i = 0; i < p->started; i++)
        if (atomic_load_explicit(&p->workers[i].state, memory_order_acquire) == WATCHING) team[shares++] = &p->workers[i];
    p->run = run, p->args = args, p->scratch = scratch, p->scratch_bytes = scratch_bytes, p->shares = shares;
    atomic_store_explicit(&p->status, EDGE_OK, memory_order_relaxed);
    for (int32_t i = 1; i < shares; i++) {
        team[i]->index = i;
        if (!move(team[i], WATCHING, OFFERED)) team[i] = NULL; /* it just fell asleep */
    }
    share(p, 0);
    for (int32_t i = 1; i < shares; i++)
        if (!team[i] || move(team[i], OFFERED, WATCHING)) share(p, i), team[i] = NULL;
    for (int32_t i = 1; i < shares; i++)
        for (int spins = 0; team[i] && atomic_load_explicit(&team[i]->state, memory_order_acquire) == TAKEN; spins++) {
            if (spins < SPINS) relax();
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
        w->pool = p;
        if (pthread_create(&w->thread, NULL, work, w) != 0) break;
    }
    p->complete = p->started == count - 1;
    return p;
}

int edge_pool_complete(const struct edge_pool *p) { return p && p->complete; }

void edge_pool_free(struct edge_pool *p, void (*release)(void *, void *), void *user) {
    if (!p) return;
    atomic_store(&p->stop, 1);
    edge_pool_begin(p);
    for (int32_t i = 0; i < p->started; i++) pthread_join(p->workers[i].thread, NULL);
    pthread_cond_destroy(&p->wake);
    pthread_mutex_destroy(&p->lock);
    release(user, p);
}
#endif
