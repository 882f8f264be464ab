/* A fixed pool. All threads walk through the steps of a run, each by itself: a step is split into as many shares as there
 * are threads, and a thread goes on when every share of the step is said to be done. So a step costs one message between
 * cores, where calling workers and waiting for them would cost two.
 *
 * Which thread does a share cannot change a result. A thread that has waited for a share looks whether anybody has begun
 * it, and else does it: where another program holds a core, a step waits for no worker that cannot run. Rounds, one for
 * each step, are numbered through all runs, and a share is begun once in a round. So a worker that comes late finds all of
 * its round begun and done, goes on, and at the end of a run that is over has touched nothing. */
#include "runtime.h"
#if defined(EDGE_NO_THREADS)
struct edge_pool *edge_pool_make(const struct edge_model *m) {
    (void)m;
    return NULL;
}
int edge_pool_complete(const struct edge_pool *pool) { return pool != NULL; }
void edge_pool_free(struct edge_pool *pool) { (void)pool; }
int edge_pool_run(struct edge_pool *pool, int32_t first, int32_t end, uint64_t *ns, int32_t *failed) {
    (void)pool, (void)end, (void)ns;
    *failed = first;
    return EDGE_E_USAGE;
}
#else
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    SPINS = 4000,     /* looks before a thread gives its core away */
    PATIENCE = 32,    /* looks before it wants to know whether a share that it waits for has been begun */
    VAIN = 4,         /* a worker has looked in vain once SPINS looks, and one part of so many of its time in the run, are over */
    NAP = 50000,      /* nanoseconds that a worker sleeps between looks while the others are in the middle of a run */
};

struct worker {
    struct edge_pool *pool;
    pthread_t thread;
    int32_t index;
};

struct line { /* a round, in a line of the cache that nobody else writes */
    atomic_uint round;
    uint8_t rest[64 - sizeof(atomic_uint)];
};

struct job { /* steps first .. end, the first of which is of that round */
    atomic_int first, end;
    atomic_uint round;
};

struct edge_pool {
    const struct edge_model *m;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    int32_t count, started, complete;
    pid_t process;         /* whose the workers are */
    unsigned next;         /* round of the next run's first step; the caller's thread alone knows */
    uint8_t apart[64];
    atomic_uint run;       /* goes up when a job is ready: jobs[run % 2], so that one is whole while the next is written */
    struct job jobs[2];
    atomic_int stop;
    atomic_int asleep;     /* workers that wait for `wake`, or are about to */
    atomic_int failed;     /* 0, or 1 more than the step that failed first; from then on nothing is computed */
    atomic_int status;     /* what it failed with */
    struct worker workers[EDGE_MAX_THREADS];
    struct line begun[EDGE_MAX_THREADS], done[EDGE_MAX_THREADS]; /* by share: the last round in which it was */
};

static inline void relax(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

static inline int is_before(unsigned a, unsigned b) { return b - a - 1 < 1u << 31; } /* rounds wrap around */
static inline int is_done(struct edge_pool *p, int32_t index, unsigned round) {
    return !is_before(atomic_load_explicit(&p->done[index].round, memory_order_acquire), round);
}
static inline void say_done(struct edge_pool *p, int32_t index, unsigned round) {
    atomic_store_explicit(&p->done[index].round, round, memory_order_release);
}

static void fail(struct edge_pool *p, int32_t step, int code) {
    int none = 0;
    if (atomic_compare_exchange_strong(&p->failed, &none, step + 1)) atomic_store(&p->status, code);
}

/* Does a share that nobody has begun; says whether it did. */
static int take(struct edge_pool *p, int32_t step, int32_t index, unsigned round) {
    unsigned before = atomic_load_explicit(&p->begun[index].round, memory_order_relaxed);
    if (!is_before(before, round) || !atomic_compare_exchange_strong(&p->begun[index].round, &before, round)) return 0;
    if (!atomic_load_explicit(&p->failed, memory_order_relaxed)) {
        const struct edge_step *s = &p->m->steps[step];
        uint8_t *scratch = p->m->scratch + (size_t)index * p->m->scratch_bytes;
        const struct edge_task task = {index, p->count, scratch, p->m->far};
        const int code = s->run(s->args, &task);
        if (code) fail(p, step, code);
    }
    say_done(p, index, round);
    return 1;
}

/* Lets others have the core for a moment: the caller's thread as short as can be, a worker for a nap. */
static void give_way(struct edge_pool *p, int32_t own) {
    struct timespec until;
    if (own == 0 || timespec_get(&until, TIME_UTC) == 0) {
        sched_yield();
        return;
    }
    until.tv_nsec += NAP;
    if (until.tv_nsec >= 1000000000) until.tv_sec++, until.tv_nsec -= 1000000000;
    pthread_mutex_lock(&p->lock);
    pthread_cond_timedwait(&p->wake, &p->lock, &until);
    pthread_mutex_unlock(&p->lock);
}

/* Until a share is done. A shared step's is done here where nobody begins it. A worker that has been in the run since `begun`
 * and looks for it in vain leaves the run to the others: there are fewer cores than threads, and the thread that is waited
 * for may need this one. */
enum outcome { WAITED, TOOK, LEFT };
static enum outcome await(struct edge_pool *p, int32_t own, int32_t step, int32_t index, unsigned round, int patience,
                          uint64_t begun) {
    const int shared = p->m->steps[step].parallel;
    uint64_t until = 0;
    for (unsigned i = 0; !is_done(p, index, round); i++) {
        if (i == (unsigned)patience && shared && take(p, step, index, round)) return TOOK;
        if (i < SPINS) {
            relax();
            continue;
        }
        if (!own || !shared) {
            give_way(p, own);
            continue;
        }
        const uint64_t now = edge_now();
        if (!until) until = now + (now - begun) / VAIN;
        if (now >= until) return LEFT;
        relax();
    }
    return WAITED;
}

/* Steps that are not worth sharing, from `step` on: the caller's thread does them, in one round. Returns the one behind. */
static int32_t alone(struct edge_pool *p, int32_t own, int32_t step, int32_t end, unsigned round, uint64_t *ns) {
    uint64_t before = ns ? edge_now() : 0;
    for (; step < end && !p->m->steps[step].parallel; step++) {
        if (own || atomic_load_explicit(&p->failed, memory_order_relaxed)) continue;
        const struct edge_step *s = &p->m->steps[step];
        const struct edge_task whole = {0, 1, p->m->scratch, p->m->far};
        const int code = s->run(s->args, &whole);
        if (code) fail(p, step, code);
        if (ns) before = edge_since(before, &ns[step]);
    }
    if (!own) say_done(p, 0, round);
    return step;
}

/* All steps of a run, as thread `own`; returns the round behind the last, or 0 where a worker left before. Where a share had
 * to be taken from a thread that was late, the next one is not waited for. */
static unsigned walk(struct edge_pool *p, int32_t own, int32_t first, int32_t end, unsigned round, uint64_t *ns) {
    const uint64_t begun = own ? edge_now() : 0;
    int patience = PATIENCE;
    for (int32_t step = first; step < end; round++) {
        if (!p->m->steps[step].parallel) {
            const int32_t last = step;
            step = alone(p, own, step, end, round, ns);
            if (own) await(p, own, last, 0, round, PATIENCE, begun);
            continue;
        }
        const uint64_t before = ns ? edge_now() : 0;
        const int waits = patience;
        take(p, step, own, round);
        patience = PATIENCE;
        for (int32_t i = 0; i < p->count; i++) {
            const enum outcome outcome = await(p, own, step, i, round, waits, begun);
            if (outcome == LEFT) return 0;
            if (outcome == TOOK) patience = 0;
        }
        if (ns) edge_since(before, &ns[step]);
        step++;
    }
    return round;
}

static void *work(void *argument) {
    struct worker *w = argument;
    struct edge_pool *p = w->pool;
    unsigned seen = 0;
    int spins = SPINS; /* who left a run looks no further, but sleeps until the next */
    for (;;) {
        for (int i = 0; i < spins && atomic_load_explicit(&p->run, memory_order_acquire) == seen; i++) relax();
        if (atomic_load_explicit(&p->run, memory_order_acquire) == seen) {
            pthread_mutex_lock(&p->lock);
            atomic_fetch_add(&p->asleep, 1); /* before the look at the run, as announce looks after its change */
            while (atomic_load(&p->run) == seen) pthread_cond_wait(&p->wake, &p->lock);
            atomic_fetch_sub(&p->asleep, 1);
            pthread_mutex_unlock(&p->lock);
        }
        int32_t first, end;
        unsigned round;
        do { /* perhaps more than one has passed, and the next begins while this one is read */
            seen = atomic_load_explicit(&p->run, memory_order_acquire);
            struct job *job = &p->jobs[seen % 2];
            first = atomic_load_explicit(&job->first, memory_order_acquire);
            end = atomic_load_explicit(&job->end, memory_order_acquire);
            round = atomic_load_explicit(&job->round, memory_order_acquire);
        } while (atomic_load_explicit(&p->run, memory_order_acquire) != seen);
        if (atomic_load(&p->stop)) return NULL;
        spins = walk(p, w->index, first, end, round, NULL) ? SPINS : 0;
    }
}

/* A process that was forked has the pool, but none of its threads: they may seem to hold the lock or to wait for `wake` for
 * ever. The caller's thread does all shares there, each as one that nobody begins. */
static int is_forked(const struct edge_pool *p) { return p->process != getpid(); }

static void announce(struct edge_pool *p) {
    atomic_fetch_add(&p->run, 1);
    if (!atomic_load(&p->asleep) || is_forked(p)) return; /* all spin, and see it */
    pthread_mutex_lock(&p->lock);
    pthread_cond_broadcast(&p->wake);
    pthread_mutex_unlock(&p->lock);
}

int edge_pool_run(struct edge_pool *p, int32_t first, int32_t end, uint64_t *ns, int32_t *failed) {
    struct job *job = &p->jobs[(atomic_load(&p->run) + 1) % 2];
    atomic_store_explicit(&job->first, first, memory_order_release);
    atomic_store_explicit(&job->end, end, memory_order_release);
    atomic_store_explicit(&job->round, p->next, memory_order_release);
    if (atomic_load(&p->failed)) atomic_store(&p->failed, 0);
    announce(p);
    p->next = walk(p, 0, first, end, p->next, ns);
    *failed = atomic_load(&p->failed) - 1;
    return *failed < 0 ? EDGE_OK : atomic_load(&p->status);
}

struct edge_pool *edge_pool_make(const struct edge_model *m) {
    struct edge_pool *p = m->allocate(m->user, sizeof *p);
    if (!p) return NULL;
    memset(p, 0, sizeof *p);
    p->m = m;
    p->count = m->threads;
    p->process = getpid();
    p->next = 1;
    int locked = pthread_mutex_init(&p->lock, NULL) == 0;
    int ready = locked && pthread_cond_init(&p->wake, NULL) == 0;
    for (p->started = 0; ready && p->started < p->count - 1; p->started++) {
        struct worker *w = &p->workers[p->started];
        *w = (struct worker){.pool = p, .index = p->started + 1};
        if (pthread_create(&w->thread, NULL, work, w) != 0) break;
    }
    p->complete = p->started == p->count - 1;
    return p;
}

int edge_pool_complete(const struct edge_pool *p) { return p && p->complete; }

void edge_pool_free(struct edge_pool *p) {
    if (!p) return;
    if (!is_forked(p)) {
        atomic_store(&p->stop, 1);
        announce(p);
        for (int32_t i = 0; i < p->started; i++) pthread_join(p->workers[i].thread, NULL);
        pthread_cond_destroy(&p->wake);
        pthread_mutex_destroy(&p->lock);
    }
    p->m->release(p->m->user, p);
}
#endif
