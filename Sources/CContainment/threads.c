// Threads that call apps: starting them, waking the monitor, and what it asks of them.
#define _GNU_SOURCE
#include "internal.h"

#include <errno.h>
#include <linux/capability.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

__thread zzz_thread *zzz_thread_of_this __attribute__((tls_model("initial-exec"))) = NULL;
uint32_t zzz_monitor_sleeps = 0;

static sem_t wakes;
static pthread_once_t wakes_once = PTHREAD_ONCE_INIT;
static zzz_thread *threads = NULL;

static void make_wakes(void) { sem_init(&wakes, 0, 0); }

// sem_post is one of the functions that a signal handler may call (signal-safety(7)).
void zzz_monitor_wake(void) {
    __atomic_store_n(&zzz_monitor_sleeps, 0, __ATOMIC_RELAXED);
    sem_post(&wakes);
}

void zzz_monitor_wait(uint64_t nanoseconds) {
    pthread_once(&wakes_once, make_wakes);
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    uint64_t nanos = (uint64_t)until.tv_nsec + nanoseconds;
    until.tv_sec += (time_t)(nanos / 1000000000u);
    until.tv_nsec = (long)(nanos % 1000000000u);
    if (sem_clockwait(&wakes, CLOCK_MONOTONIC, &until) == 0) {
        while (sem_trywait(&wakes) == 0) {}
    }
}

zzz_thread *zzz_threads(void) { return __atomic_load_n(&threads, __ATOMIC_ACQUIRE); }

void zzz_call_wait_for_taker(zzz_thread *self) {
    __atomic_store_n(&self->is_wanted, 0, __ATOMIC_RELAXED);
    zzz_monitor_wake();
    struct timespec pause = {.tv_nsec = 50 * 1000};
    for (int round = 0; round < 100 && zzz_thread_has_loop(self); round++) nanosleep(&pause, NULL);
}

// --- Starting ------------------------------------------------------------------------------------------------

// The kernel needs room for the vector registers on it (sigaltstack(2)); backtraces are taken on it too.
enum { SIGNAL_STACK = 64 * 1024 };

struct start {
    zzz_thread *thread;
    void *(*body)(void *);
    void *context;
};

static void *enter(void *argument) {
    struct start start = *(struct start *)argument;
    free(argument);
    zzz_thread *self = start.thread;
    self->thread = pthread_self();
    self->tid = (pid_t)syscall(SYS_gettid);
    zzz_thread_of_this = self;
    zzz_unblock_signals();

    void *memory = mmap(NULL, SIGNAL_STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (memory != MAP_FAILED) {
        stack_t stack = {.ss_sp = memory, .ss_size = SIGNAL_STACK, .ss_flags = 0};
        sigaltstack(&stack, NULL);
    }
    pthread_attr_t attributes;
    if (pthread_getattr_np(self->thread, &attributes) == 0) {
        // Without the guard, which glibc puts below it since version 2.27.
        pthread_attr_getstack(&attributes, &self->stack_low, &self->stack_size);
        pthread_attr_destroy(&attributes);
    }
    // In the list from here on: everything above is set.
    zzz_thread *head = __atomic_load_n(&threads, __ATOMIC_RELAXED);
    do self->next = head;
    while (!__atomic_compare_exchange_n(&threads, &head, self, true, __ATOMIC_RELEASE, __ATOMIC_RELAXED));
    return start.body(start.context);
}

int zzz_thread_start(zzz_thread **thread, size_t stack, const char *name, void *owner, void *(*body)(void *),
                     void *context) {
    pthread_once(&wakes_once, make_wakes);
    zzz_thread *self = calloc(1, sizeof *self);
    struct start *start = malloc(sizeof *start);
    if (self == NULL || start == NULL) {
        free(self);
        free(start);
        return ENOMEM;
    }
    self->word = &self->own_word;
    self->route = -1;
    self->owner = owner;
    *start = (struct start){.thread = self, .body = body, .context = context};

    pthread_attr_t attributes;
    pthread_t id;
    int error = pthread_attr_init(&attributes);
    if (error == 0) {
        pthread_attr_setstacksize(&attributes, stack);
        // A frame of Swift's may be larger than a page, and would step over the usual guard.
        pthread_attr_setguardsize(&attributes, ZZZ_GUARD_BYTES);
        pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
        error = pthread_create(&id, &attributes, enter, start);
        pthread_attr_destroy(&attributes);
    }
    if (error != 0) {
        free(self);
        free(start);
        return error;
    }
    char cut[16];
    strncpy(cut, name, sizeof cut - 1);
    cut[sizeof cut - 1] = 0;
    pthread_setname_np(id, cut);
    *thread = self;
    return 0;
}

// --- What the monitor asks -----------------------------------------------------------------------------------

void zzz_release_stack_below(const zzz_thread *self, uint64_t address) {
    uint64_t page = 4096, low = (uint64_t)(uintptr_t)self->stack_low;
    uint64_t high = (address - 1024) & ~(page - 1);
    if (self->stack_low == NULL || address <= low || address > low + self->stack_size || high <= low) return;
    syscall(SYS_madvise, low, high - low, MADV_DONTNEED);
}

void zzz_thread_trim_stack(zzz_thread *self) {
    zzz_release_stack_below(self, (uint64_t)(uintptr_t)__builtin_frame_address(0) - 4096);
}

uint64_t zzz_thread_cpu_ns(const zzz_thread *thread) {
    clockid_t clock;
    struct timespec time;
    if (pthread_getcpuclockid(thread->thread, &clock) != 0 || clock_gettime(clock, &time) != 0) return 0;
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

// --- Priority ------------------------------------------------------------------------------------------------

// About a tenth of the processor's time against a thread of nice 0 (sched(7)).
enum { LESS_URGENT = 10 };

static int usual_priority(void) {
    errno = 0;
    int value = getpriority(PRIO_PROCESS, (id_t)getpid());
    return errno == 0 ? value : 0;
}

bool zzz_priority_may_rise(void) {
    struct rlimit limit;
    // The limit counts from 20 downwards: nice 0 needs 20.
    if (getrlimit(RLIMIT_NICE, &limit) == 0 && (long)limit.rlim_cur >= 20 - usual_priority()) return true;
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {{0}};
    return syscall(SYS_capget, &header, data) == 0 && (data[0].effective & (1u << CAP_SYS_NICE)) != 0;
}

void zzz_this_thread_is_less_urgent(void) {
    setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), LESS_URGENT);
}

void zzz_thread_set_urgent(zzz_thread *thread, bool is_urgent) {
    if (thread->is_less_urgent != is_urgent) return;
    thread->is_less_urgent = !is_urgent;
    // Of one thread, by its number (setpriority(2), C library/kernel differences).
    setpriority(PRIO_PROCESS, (id_t)thread->tid, is_urgent ? usual_priority() : LESS_URGENT);
}

void zzz_thread_freeze_in(zzz_thread *thread, uint64_t low, uint64_t high) {
    thread->freeze_low = low;
    __atomic_store_n(&thread->freeze_high, high, __ATOMIC_RELEASE);
    syscall(SYS_tgkill, getpid(), thread->tid, ZZZ_FREEZE_SIGNAL);
}
