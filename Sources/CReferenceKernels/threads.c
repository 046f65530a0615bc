// Fork and join of a few pinned threads.
//
// A kernel of a small model lasts 10 to 1000 µs, so a sleep and a wake between two kernels (some 10 to 50 µs) would cost as much as
// the kernels. A thread that waits therefore spins for a while and sleeps only when no work comes.
#if defined(__linux__)
#define _GNU_SOURCE
#include <sched.h>
#endif
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "kernels.h"

// How long a waiting thread spins unless told otherwise: longer than what a caller does between two kernels of a step.
enum { SPIN_NANOSECONDS = 50000 };

typedef struct {
  _Alignas(128) rk_share share;
  size_t scratch_bytes;
  int core;  // -1: not pinned
  pthread_t thread;
  rk_threads *group;
} member;

struct rk_threads {
  int count;
  const rk_kernel_table *table;
  member *members;
  int started;
  _Atomic uint64_t spin;  // nanoseconds
#if defined(__linux__)
  pthread_t caller;
  bool pinned;
#endif
  // The work at hand, written before `generation` moves.
  rk_kernel *kernel;
  const void *arguments;
  int parts;
  bool ending;
  atomic_size_t next;
  _Alignas(128) atomic_uint generation;
  _Alignas(128) atomic_int unfinished;
  _Alignas(128) atomic_int sleepers;
  atomic_int caller_sleeps;
  pthread_mutex_t mutex;
  pthread_cond_t work_came, work_done;
};

// Not PAUSE: a hypervisor takes many of those for a wait on someone who does not run, and gives the core away.
static inline void relax(void) {
#if defined(__x86_64__)
  __asm__ volatile("nop; nop; nop; nop; nop; nop; nop; nop");
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

static uint64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

// True once `condition` was met, false when the time to spin is over.
#define SPIN_UNTIL(condition, met)                                                             \
  do {                                                                                         \
    const uint64_t give_up = now() + atomic_load_explicit(&group->spin, memory_order_relaxed); \
    for (unsigned i = 1; !((met) = (condition)); ++i) {                                        \
      if (i % 64 == 0 && now() > give_up) break;                                               \
      relax();                                                                                 \
    }                                                                                          \
  } while (0)

static void pin(int core) {
#if defined(__linux__)
  if (core < 0) return;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(core, &set);
  pthread_setaffinity_np(pthread_self(), sizeof set, &set);  // refused: it runs where the system puts it
#else
  (void)core;
#endif
}

static void *work_loop(void *argument) {
  member *self = argument;
  rk_threads *group = self->group;
  pin(self->core);
  unsigned seen = 0;
  for (;;) {
    bool came;
    SPIN_UNTIL(atomic_load_explicit(&group->generation, memory_order_acquire) != seen, came);
    if (!came) {
      pthread_mutex_lock(&group->mutex);
      atomic_fetch_add(&group->sleepers, 1);
      while (atomic_load(&group->generation) == seen) pthread_cond_wait(&group->work_came, &group->mutex);
      atomic_fetch_sub(&group->sleepers, 1);
      pthread_mutex_unlock(&group->mutex);
    }
    seen = atomic_load(&group->generation);
    if (group->ending) return NULL;
    if (self->share.part < group->parts) group->kernel(&self->share, group->arguments);
    if (atomic_fetch_sub(&group->unfinished, 1) == 1 && atomic_load(&group->caller_sleeps)) {
      pthread_mutex_lock(&group->mutex);
      pthread_cond_signal(&group->work_done);
      pthread_mutex_unlock(&group->mutex);
    }
  }
}

// Lets every started thread see what is in `group`.
static void announce(rk_threads *group) {
  atomic_fetch_add(&group->generation, 1);
  if (atomic_load(&group->sleepers) > 0) {
    pthread_mutex_lock(&group->mutex);
    pthread_cond_broadcast(&group->work_came);
    pthread_mutex_unlock(&group->mutex);
  }
}

#if defined(__linux__)
// The cores that the process may use, as they were before any group pinned the thread that asks.
static cpu_set_t process_cores;
static bool process_cores_known;
static pthread_once_t process_cores_once = PTHREAD_ONCE_INIT;

static void find_process_cores(void) {
  process_cores_known = sched_getaffinity(0, sizeof process_cores, &process_cores) == 0;
}
#endif

int rk_cores(void) {
#if defined(__linux__)
  pthread_once(&process_cores_once, find_process_cores);
  if (process_cores_known) return CPU_COUNT(&process_cores);
#endif
  long n = sysconf(_SC_NPROCESSORS_ONLN);
  return n < 1 ? 1 : (int)n;
}

static void *allocate(size_t bytes) {
  void *p = NULL;
  if (posix_memalign(&p, 128, rk_round_up(bytes, 128)) != 0) abort();
  memset(p, 0, rk_round_up(bytes, 128));
  return p;
}

rk_threads *rk_threads_create(int count, rk_isa isa, bool pinned) {
  if (count < 1 || !rk_isa_available(isa)) return NULL;
  rk_threads *group = allocate(sizeof *group);
  group->count = count;
  atomic_store(&group->spin, SPIN_NANOSECONDS);
  group->table = &rk_kernels_portable;
#if defined(__x86_64__)
  if (isa == RK_ISA_AVX2) group->table = &rk_kernels_avx2;
  if (isa == RK_ISA_AVX512) group->table = &rk_kernels_avx512;
#endif
  pthread_mutex_init(&group->mutex, NULL);
  pthread_cond_init(&group->work_came, NULL);
  pthread_cond_init(&group->work_done, NULL);
  group->members = allocate((size_t)count * sizeof(member));
  int core = -1;
#if defined(__linux__)
  group->caller = pthread_self();
  group->pinned = pinned && rk_cores() > 0 && process_cores_known;
#endif
  for (int i = 0; i < count; ++i) {
    member *m = &group->members[i];
    m->group = group;
    m->share.part = i;
    m->share.next = &group->next;
    m->core = -1;
#if defined(__linux__)
    if (group->pinned) {  // the next core of those allowed, from the first again when there are more threads
      do core = (core + 1) % CPU_SETSIZE;
      while (!CPU_ISSET(core, &process_cores));
      m->core = core;
    }
#endif
  }
  (void)core;
  pin(group->members[0].core);
  for (int i = 1; i < count; ++i) {
    if (pthread_create(&group->members[i].thread, NULL, work_loop, &group->members[i]) != 0) {
      rk_threads_destroy(group);
      return NULL;
    }
    group->started += 1;
  }
  return group;
}

void rk_threads_destroy(rk_threads *group) {
  group->ending = true;
  announce(group);
  for (int i = 1; i <= group->started; ++i) pthread_join(group->members[i].thread, NULL);
#if defined(__linux__)
  if (group->pinned && pthread_equal(group->caller, pthread_self())) {
    pthread_setaffinity_np(group->caller, sizeof process_cores, &process_cores);
  }
#endif
  for (int i = 0; i < group->count; ++i) free(group->members[i].share.scratch);
  free(group->members);
  pthread_cond_destroy(&group->work_done);
  pthread_cond_destroy(&group->work_came);
  pthread_mutex_destroy(&group->mutex);
  free(group);
}

void rk_threads_set_spin(rk_threads *group, uint64_t nanoseconds) {
  atomic_store(&group->spin, nanoseconds);
}

int rk_threads_count(const rk_threads *group) { return group->count; }

const rk_kernel_table *rk_table(const rk_threads *group) { return group->table; }

rk_work rk_run(rk_threads *group, rk_kernel *kernel, const void *arguments, size_t wanted, size_t scratch) {
  const int parts = (int)rk_max(1, rk_min(wanted, (size_t)group->count));
  for (int i = 0; i < parts; ++i) {
    member *m = &group->members[i];
    if (m->scratch_bytes < scratch) {
      free(m->share.scratch);
      m->share.scratch = allocate(scratch);
      m->scratch_bytes = scratch;
    }
    m->share.parts = parts;
    m->share.work = (rk_work){0, 0};
  }
  atomic_store_explicit(&group->next, 0, memory_order_relaxed);
  if (parts == 1) {
    kernel(&group->members[0].share, arguments);
    return group->members[0].share.work;
  }
  group->kernel = kernel;
  group->arguments = arguments;
  group->parts = parts;
  atomic_store(&group->unfinished, group->started);
  announce(group);
  kernel(&group->members[0].share, arguments);
  bool done;
  SPIN_UNTIL(atomic_load_explicit(&group->unfinished, memory_order_acquire) == 0, done);
  if (!done) {
    pthread_mutex_lock(&group->mutex);
    atomic_store(&group->caller_sleeps, 1);
    while (atomic_load(&group->unfinished) != 0) pthread_cond_wait(&group->work_done, &group->mutex);
    atomic_store(&group->caller_sleeps, 0);
    pthread_mutex_unlock(&group->mutex);
  }
  rk_work sum = {0, 0};
  for (int i = 0; i < parts; ++i) {
    sum.flops += group->members[i].share.work.flops;
    sum.bytes += group->members[i].share.work.bytes;
  }
  return sum;
}
