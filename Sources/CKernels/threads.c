#define _GNU_SOURCE
#include "CKernels.h"
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

// A job is open between the moment its caller publishes it and the moment its indices have run out. A worker first counts
// itself in (`inside`), then looks whether the job is open, and only then reads it; the caller closes the job and waits until
// nobody is inside. So a worker that wakes late meets a closed door and never sees half of the next job, and the caller never
// waits for one that still sleeps. All of this is sequentially consistent: a job lasts 10 to 1000 µs, the fences are noise.
//
// Each thread first works off a part of the indices that is its own, the same part in every job of that size, then helps the
// others with theirs. Layers cut their rows the same way, so a thread mostly reads what it wrote itself a layer before:
// cores need not share a cache (in a virtual machine they may come to lie on different dies from one minute to the next).
struct part {
    _Alignas(128) atomic_size_t next;
    size_t end;
};

static struct {
    pthread_mutex_t owner;  // held by the caller of ck_parallel: one job at a time
    pthread_t *workers;
    size_t count;  // of workers

    void (*body)(void *context, size_t i);
    void *context;
    struct part *parts;  // one a thread, the caller's first
    atomic_bool open;
    atomic_size_t inside;

    atomic_size_t job;  // grows with every job
    size_t hired;       // the last job before the workers came
    atomic_bool stop;
    atomic_size_t asleep;
    pthread_mutex_t bed;
    pthread_cond_t wake;
} pool = {.owner = PTHREAD_MUTEX_INITIALIZER, .bed = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER};

static atomic_size_t threads;

static void relax(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

static int64_t nanoseconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/// The place of the calling thread among those of a job, and whether it is at work on one.
static _Thread_local size_t lane;
static _Thread_local bool busy;

static void share(size_t self) {
    lane = self;
    busy = true;
    for (size_t offset = 0; offset <= pool.count; offset++) {
        struct part *part = &pool.parts[(self + offset) % (pool.count + 1)];
        for (size_t i; (i = atomic_fetch_add(&part->next, 1)) < part->end;) pool.body(pool.context, i);
    }
    lane = 0;
    busy = false;
}

/// Waits for a job other than `seen`: spinning for as long as the gap between two layers lasts, then asleep.
static size_t next_job(size_t seen) {
    enum { SPIN = 50000 };
    for (int64_t end = nanoseconds() + SPIN; nanoseconds() < end;)
        for (int i = 0; i < 32; i++, relax()) {
            size_t job = atomic_load(&pool.job);
            if (job != seen) return job;
        }
    pthread_mutex_lock(&pool.bed);
    atomic_fetch_add(&pool.asleep, 1);
    size_t job;
    while ((job = atomic_load(&pool.job)) == seen) pthread_cond_wait(&pool.wake, &pool.bed);
    atomic_fetch_sub(&pool.asleep, 1);
    pthread_mutex_unlock(&pool.bed);
    return job;
}

static void announce(void) {
    atomic_fetch_add(&pool.job, 1);
    if (atomic_load(&pool.asleep) == 0) return;
    pthread_mutex_lock(&pool.bed);
    pthread_cond_broadcast(&pool.wake);
    pthread_mutex_unlock(&pool.bed);
}

static void *work(void *self) {
    for (size_t job = pool.hired;;) {
        job = next_job(job);
        if (atomic_load(&pool.stop)) return NULL;
        atomic_fetch_add(&pool.inside, 1);
        if (atomic_load(&pool.open)) share((size_t)self);
        atomic_fetch_sub(&pool.inside, 1);
    }
}

/// Ends the workers and starts as many as `ck_threads` asks for. Its caller is the owner.
static void hire(size_t count) {
    atomic_store(&pool.stop, true);
    announce();
    for (size_t i = 0; i < pool.count; i++) pthread_join(pool.workers[i], NULL);
    atomic_store(&pool.stop, false);
    free(pool.workers);
    free(pool.parts);
    pool.workers = calloc(count, sizeof *pool.workers);
    pool.parts = aligned_alloc(_Alignof(struct part), (count + 1) * sizeof *pool.parts);
    if (!pool.workers || !pool.parts) abort();
    pool.hired = atomic_load(&pool.job);
    // Signals belong to the threads that expect them.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    for (pool.count = 0; pool.count < count; pool.count++)
        if (pthread_create(&pool.workers[pool.count], NULL, work, (void *)(pool.count + 1))) break;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void ck_parallel(size_t count, void *context, void (*body)(void *context, size_t i)) {
    size_t workers = ck_threads() - 1;
    if (workers == 0 || count < 2 || pthread_mutex_trylock(&pool.owner)) {
        for (size_t i = 0; i < count; i++) body(context, i);
        return;
    }
    if (pool.count != workers) hire(workers);
    pool.body = body;
    pool.context = context;
    for (size_t i = 0; i <= pool.count; i++) {
        atomic_store(&pool.parts[i].next, count * i / (pool.count + 1));
        pool.parts[i].end = count * (i + 1) / (pool.count + 1);
    }
    atomic_store(&pool.open, true);
    announce();
    share(0);
    atomic_store(&pool.open, false);
    for (size_t turns = 0; atomic_load(&pool.inside) > 0; turns++) {
        if (turns < 10000)
            relax();
        else
            sched_yield();
    }
    pthread_mutex_unlock(&pool.owner);
}

/// Processors' worth of time that the control group of a container or service allows; SIZE_MAX where it says nothing.
static size_t quota(void) {
    char line[512], path[600] = "/sys/fs/cgroup/cpu.max";
    FILE *file = fopen("/proc/self/cgroup", "re");
    while (file && fgets(line, sizeof line, file))
        if (!strncmp(line, "0::/", 4)) {
            line[strcspn(line, "\n")] = 0;
            snprintf(path, sizeof path, "/sys/fs/cgroup%s/cpu.max", line + 3);
        }
    if (file) fclose(file);
    size_t microseconds, period, cores = SIZE_MAX;
    if (!(file = fopen(path, "re"))) return cores;
    if (fscanf(file, "%zu %zu", &microseconds, &period) == 2 && period > 0) cores = (microseconds + period - 1) / period;
    fclose(file);
    return cores > 0 ? cores : 1;
}

size_t ck_cores(void) {
    size_t allowed = quota();
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    size_t cores = online > 0 ? (size_t)online : 1;
#if defined(__linux__)
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0) cores = (size_t)CPU_COUNT(&set);
#endif
    return cores < allowed ? cores : allowed;
}

void ck_set_threads(size_t count) { atomic_store(&threads, count > 0 ? count : 1); }

size_t ck_lane(void) { return lane; }

size_t ck_threads(void) {
    if (busy) return 1;
    size_t count = atomic_load(&threads);
    if (count == 0) ck_set_threads(count = ck_cores());
    return count;
}
