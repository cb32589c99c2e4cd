// Calls into apps, as the threads that make them and the handlers of fatal signals see them: who is inside an app, for
// whom, and what happened there. See README.md.
#ifndef CCONTAINMENT_H
#define CCONTAINMENT_H

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { ZZZ_FAULT_FRAMES = 64 };

// What ended a call into an app.
typedef struct zzz_fault {
    int32_t signal;       // SIGSEGV, ...; SIGABRT for a call of abort(3); 0 for an endless loop that was frozen
    int32_t code;         // siginfo_t.si_code
    uint64_t address;     // siginfo_t.si_addr: what could not be accessed, or the instruction
    uint32_t frame_count;
    bool is_stack_overflow;
    bool took_loop;       // the thread was running its loop, which has no thread now: see zzz_thread.token
    // Where it happened: the instruction, then the return addresses, innermost first. With `async_start`, frames from
    // there on are the continuations of the asynchronous functions that wait for this one.
    uint64_t frames[ZZZ_FAULT_FRAMES];
    uint32_t async_start;
} zzz_fault;

enum {
    ZZZ_THREAD_RUNS = 0,
    ZZZ_THREAD_FAULTED = 1,  // frozen by its fault, which nobody has looked at yet
    ZZZ_THREAD_FROZEN = 2    // frozen for good, and accounted for
};

// A thread that calls apps. The record is never freed: a frozen thread keeps it.
typedef struct zzz_thread {
    // What each call touches.

    // The word of the loop that this thread runs, or ran until it lost it; for a thread without loops its own.
    // `token` while the host runs, `token | 1` inside an app. Taking a loop over adds to the word, which only grows:
    // the thread that had it finds its own token gone.
    uint64_t *word;
    // The number of the current or latest call; even.
    uint64_t token;
    // For whom: a request's handle, or 0; the app; the index of its route, or -1.
    uint64_t request;
    void *app;
    int32_t route;
    bool is_in_app;
    // The monitor wants the loop, and has found the thread in a function of the host's each time it looked.
    uint8_t is_wanted;
    // It goes on step by step until it is where it can be frozen; see faults.c.
    uint8_t stepping;
    uint32_t steps;

    uint32_t state;       // ZZZ_THREAD_...
    uint64_t own_word;
    // Where the app's code is, while the thread is asked to freeze in it.
    uint64_t freeze_low, freeze_high;
    bool is_less_urgent;
    // Bookkeeping of whoever made the thread; handed back.
    void *owner;
    pthread_t thread;
    pid_t tid;
    // From the end of the guard pages on.
    void *stack_low;
    size_t stack_size;
    zzz_fault fault;
    struct zzz_thread *next;
} zzz_thread;

extern __thread zzz_thread *zzz_thread_of_this __attribute__((tls_model("initial-exec")));
// Whether the monitor sleeps until somebody calls an app. Read without ordering: a call that misses it is noticed at
// the monitor's next look, a quarter of a second later.
extern uint32_t zzz_monitor_sleeps;

static inline zzz_thread *zzz_thread_self(void) { return zzz_thread_of_this; }
void zzz_monitor_wake(void);

// --- A call into an app, on the thread that makes it ---------------------------------------------------------

static inline void zzz_call_begin(zzz_thread *self, uint64_t request, void *app, int32_t route) {
    self->token += 2;
    self->request = request;
    self->app = app;
    self->route = route;
    self->is_in_app = true;
    __atomic_store_n(self->word, self->token | 1, __ATOMIC_RELEASE);
    if (__builtin_expect(__atomic_load_n(&zzz_monitor_sleeps, __ATOMIC_RELAXED), 0)) zzz_monitor_wake();
}

// Back from the app, at the end of the call or for a function of the host's that the app calls. False when another
// thread has the loop now: this one must not touch it any more.
static inline bool zzz_call_leave(zzz_thread *self) {
    uint64_t inside = self->token | 1;
    return __atomic_compare_exchange_n(self->word, &inside, self->token, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

// Waits inside the app for the monitor to take the loop, for a moment.
void zzz_call_wait_for_taker(zzz_thread *self);

// Into the app again, after a zzz_call_leave that said true.
static inline void zzz_call_return(zzz_thread *self) {
    __atomic_store_n(self->word, self->token | 1, __ATOMIC_RELEASE);
    if (__builtin_expect(__atomic_load_n(&self->is_wanted, __ATOMIC_RELAXED), 0)) zzz_call_wait_for_taker(self);
}

static inline bool zzz_call_end(zzz_thread *self) {
    bool keeps = zzz_call_leave(self);
    self->is_in_app = false;
    return keeps;
}

// Whether the loop still belongs to this thread. One that has lost it never gets it back by itself.
static inline bool zzz_thread_has_loop(zzz_thread *self) {
    return __atomic_load_n(self->word, __ATOMIC_ACQUIRE) <= (self->token | 1);
}

// --- The monitor's side --------------------------------------------------------------------------------------

static inline uint64_t zzz_word_load(uint64_t *word) { return __atomic_load_n(word, __ATOMIC_ACQUIRE); }
static inline void zzz_word_store(uint64_t *word, uint64_t value) { __atomic_store_n(word, value, __ATOMIC_RELEASE); }

// Takes the loop from the thread that is inside an app with `seen`. The next one begins with the returned token; 0 when
// the thread has come back meanwhile.
static inline uint64_t zzz_word_take(uint64_t *word, uint64_t seen) {
    uint64_t next = (seen | 1) + 1;
    if ((seen & 1) == 0) return 0;
    return __atomic_compare_exchange_n(word, &seen, next, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE) ? next : 0;
}

static inline void zzz_thread_want_loop(zzz_thread *thread) {
    __atomic_store_n(&thread->is_wanted, 1, __ATOMIC_RELAXED);
}

static inline uint32_t zzz_thread_state(const zzz_thread *thread) {
    return __atomic_load_n(&thread->state, __ATOMIC_ACQUIRE);
}
static inline void zzz_thread_set_frozen(zzz_thread *thread) {
    __atomic_store_n(&thread->state, ZZZ_THREAD_FROZEN, __ATOMIC_RELEASE);
}
static inline void zzz_monitor_set_sleeping(bool sleeps) {
    __atomic_store_n(&zzz_monitor_sleeps, sleeps, __ATOMIC_SEQ_CST);
}
// Waits until somebody wakes the monitor, or `nanoseconds` are over.
void zzz_monitor_wait(uint64_t nanoseconds);
// Every thread that was started, newest first.
zzz_thread *zzz_threads(void);
// Threads of an app's own that have faulted, newest first.
zzz_thread *zzz_strangers(void);

// The calling thread runs the loop of `word` from now on, and counts its calls from `token`.
static inline void zzz_thread_adopt_loop(zzz_thread *self, uint64_t *word, uint64_t token) {
    self->token = token;
    self->word = word;
}
static inline void zzz_thread_leave_loop(zzz_thread *self) { self->word = &self->own_word; }

// Starts a thread that may call apps: its stack has `stack` bytes and a wide guard, and signals have a stack of their
// own. Returns 0 or an errno.
int zzz_thread_start(zzz_thread **thread, size_t stack, const char *name, void *owner, void *(*body)(void *),
                     void *context);
// Gives the memory of the stack that is not in use back to the kernel.
void zzz_thread_trim_stack(zzz_thread *self);
// CPU time in nanoseconds, 0 when it cannot be told.
uint64_t zzz_thread_cpu_ns(const zzz_thread *thread);
// Whether this process may give a thread that it has made less urgent its priority back: it has CAP_SYS_NICE, or a
// RLIMIT_NICE that allows for it (setpriority(2), getrlimit(2)).
bool zzz_priority_may_rise(void);
// For a thread whose work can wait; its child processes inherit it.
void zzz_this_thread_is_less_urgent(void);
// Makes the thread less urgent than those that run loops, or as urgent again.
void zzz_thread_set_urgent(zzz_thread *thread, bool is_urgent);
// Has the thread frozen when it is, right now, inside [low, high) of its app's code. Asked again and again.
void zzz_thread_freeze_in(zzz_thread *thread, uint64_t low, uint64_t high);

// --- Faults --------------------------------------------------------------------------------------------------

// Installs the handlers of SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGFPE and of the freezing signal. Once per process.
// Returns 0 or an errno.
int zzz_containment_install(void);

// Where the code of an app's image is, so that a fault on a thread that is nobody's (a thread of the app's own) is
// known to be the app's. Returns false when the table is full.
bool zzz_image_add(const void *inside, void *app, uint64_t *low, uint64_t *high);
// Where the code of an app is; false when it was never added.
bool zzz_image_range(void *app, uint64_t *low, uint64_t *high);
// The app whose code is at that address, or NULL.
void *zzz_image_app(uint64_t address);

// The image that an address is in, for a report: its path, and the address as the file has it. Not for handlers.
bool zzz_image_locate(uint64_t address, const char **path, uint64_t *offset);

#ifdef __cplusplus
}
#endif
#endif
