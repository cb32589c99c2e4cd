// The handlers of fatal signals: a thread that faults inside an app is frozen where it is, for good.
//
// Everything that runs in a handler is async-signal-safe (signal-safety(7)): no allocation, no lock, no dynamic linker.
#define _GNU_SOURCE
#include "internal.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

static const int fatal_signals[] = {SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGFPE};
enum { FATAL_SIGNALS = sizeof fatal_signals / sizeof fatal_signals[0] };

static bool is_installed = false;

// --- Where the C library is ----------------------------------------------------------------------------------

// A fault inside the allocator or the dynamic linker may hold a lock that everybody needs, and mostly means that memory
// is damaged already. Functions that only copy and compare hold nothing: a bad pointer of the app's ends there.
struct range {
    uint64_t low, high;
};
static struct range system_code[4];
static uint32_t system_code_count = 0;
static uint64_t plain_functions[16];
enum { PLAIN_FUNCTION_BYTES = 4096 };

static bool ends_with(const char *text, const char *end) {
    size_t length = strlen(text), tail = strlen(end);
    return length >= tail && strcmp(text + length - tail, end) == 0;
}

static int note_system_code(struct dl_phdr_info *info, size_t size, void *context) {
    (void)size, (void)context;
    const char *name = info->dlpi_name;
    if (!ends_with(name, "/libc.so.6") && strstr(name, "/ld-linux") == NULL) return 0;
    for (int index = 0; index < info->dlpi_phnum; index++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[index];
        if (header->p_type != PT_LOAD || (header->p_flags & PF_X) == 0) continue;
        if (system_code_count == sizeof system_code / sizeof system_code[0]) return 1;
        uint64_t low = info->dlpi_addr + header->p_vaddr;
        system_code[system_code_count++] = (struct range){.low = low, .high = low + header->p_memsz};
    }
    return 0;
}

// The addresses that the dynamic linker has chosen for this processor.
static void note_plain_functions(void) {
    static const char *const names[] = {
        "memcpy", "memmove", "memset", "memcmp", "memchr", "memrchr", "rawmemchr", "strlen", "strnlen", "strcmp",
        "strncmp", "strchr", "strrchr", "strcpy", "strncpy", "strcasecmp",
    };
    for (size_t index = 0; index < sizeof names / sizeof names[0]; index++)
        plain_functions[index] = (uint64_t)(uintptr_t)dlsym(RTLD_DEFAULT, names[index]);
}

static bool is_in_plain_function(uint64_t pc) {
    for (size_t index = 0; index < sizeof plain_functions / sizeof plain_functions[0]; index++)
        if (pc >= plain_functions[index] && pc < plain_functions[index] + PLAIN_FUNCTION_BYTES) return true;
    return false;
}

static bool may_hold_a_lock(uint64_t pc) {
    for (uint32_t index = 0; index < system_code_count; index++)
        if (pc >= system_code[index].low && pc < system_code[index].high) return !is_in_plain_function(pc);
    return false;
}

// --- Freezing ------------------------------------------------------------------------------------------------

// Whether the thread is inside an app's code, and not in a function of the host's that the app has called.
static bool is_inside_app(const zzz_thread *self) {
    return self->is_in_app && __atomic_load_n(self->word, __ATOMIC_ACQUIRE) != self->token;
}

// What the functions below a frame on the same stack may need, in bytes: sigsuspend, and the kernel's signal frame.
enum { KEPT_BELOW_FRAME_BYTES = 16384 };

static _Noreturn void freeze(zzz_thread *self, uint64_t stack) {
    // From here on the loop, when this thread still runs one, waits for whoever the monitor sends.
    self->fault.took_loop = self->word != &self->own_word && zzz_word_take(self->word, self->token | 1) != 0;
    // A handler has a stack of its own; abort(3) comes here on the one that is to be kept.
    uint64_t frame = (uint64_t)(uintptr_t)__builtin_frame_address(0);
    bool is_on_own_stack = frame >= (uint64_t)(uintptr_t)self->stack_low && frame < stack;
    zzz_release_stack_below(self, is_on_own_stack ? frame - KEPT_BELOW_FRAME_BYTES : stack);
    __atomic_store_n(&self->state, ZZZ_THREAD_FAULTED, __ATOMIC_RELEASE);
    zzz_monitor_wake();
    sigset_t all;
    sigfillset(&all);
    // It returns now and then without a signal: io_uring completes in the thread that has submitted (io_uring(7)).
    for (;;) sigsuspend(&all);
}

// Threads of an app's own have no record; these are theirs, when they fault.
static zzz_thread strangers[64];
static uint32_t stranger_count = 0;
static zzz_thread *stranger_list = NULL;

static zzz_thread *stranger(void *app) {
    uint32_t index = __atomic_fetch_add(&stranger_count, 1, __ATOMIC_RELAXED);
    if (index >= sizeof strangers / sizeof strangers[0]) return NULL;
    zzz_thread *self = &strangers[index];
    self->word = &self->own_word;
    self->app = app;
    self->route = -1;
    self->thread = pthread_self();
    self->tid = (pid_t)syscall(SYS_gettid);
    return self;
}

static void list_stranger(zzz_thread *self) {
    zzz_thread *head = __atomic_load_n(&stranger_list, __ATOMIC_RELAXED);
    do self->next = head;
    while (!__atomic_compare_exchange_n(&stranger_list, &head, self, true, __ATOMIC_RELEASE, __ATOMIC_RELAXED));
}

zzz_thread *zzz_strangers(void) { return __atomic_load_n(&stranger_list, __ATOMIC_ACQUIRE); }

static void *app_of(const zzz_fault *fault) {
    for (uint32_t index = 0; index < fault->frame_count; index++) {
        void *app = zzz_image_app(fault->frames[index]);
        if (app != NULL) return app;
    }
    return NULL;
}

struct place {
    uint64_t pc, frame, stack;
};

static bool is_containable(const zzz_thread *self) {
    return self == NULL || (is_inside_app(self) && zzz_thread_state(self) == ZZZ_THREAD_RUNS);
}

// Returns only when the fault cannot be contained: on a thread that no app is on.
static void contain(zzz_fault fault, struct place at) {
    zzz_thread *self = zzz_thread_of_this;
    if (!is_containable(self)) return;
    // Plain functions keep no frame of their own.
    zzz_walk(&fault, at.pc, at.frame, at.stack, is_in_plain_function(at.pc));
    if (self == NULL) {
        void *app = app_of(&fault);
        if (app == NULL || (self = stranger(app)) == NULL) return;
        list_stranger(self);
    }
    self->fault = fault;
    freeze(self, at.stack);
}

static bool is_stack_overflow(const zzz_thread *self, int signal, uint64_t address) {
    if (self == NULL || self->stack_low == NULL || signal != SIGSEGV) return false;
    uint64_t low = (uint64_t)(uintptr_t)self->stack_low;
    return address < low && address >= low - ZZZ_GUARD_BYTES;
}

// --- Handlers ------------------------------------------------------------------------------------------------

static struct place place(const ucontext_t *context) {
#if defined(__x86_64__)
    const greg_t *registers = context->uc_mcontext.gregs;
    return (struct place){.pc = (uint64_t)registers[REG_RIP],
                          .frame = (uint64_t)registers[REG_RBP],
                          .stack = (uint64_t)registers[REG_RSP]};
#elif defined(__aarch64__)
    return (struct place){.pc = context->uc_mcontext.pc,
                          .frame = context->uc_mcontext.regs[29],
                          .stack = context->uc_mcontext.sp};
#else
#error "no registers known for this processor"
#endif
}

// A thread that has to be stopped, where it may hold a lock that others need: it runs on, and the processor raises
// SIGTRAP after each instruction until it is out of there.
enum { NOT_STEPPING = 0, STEPPING_OUT_OF_LIBRARY = 1, STEPPING_INTO_APP = 2, MOST_STEPS = 100000 };

// False where the processor has no such steps.
static bool set_steps(zzz_thread *self, ucontext_t *context, uint8_t kind) {
#if defined(__x86_64__)
    enum { TRAP_FLAG = 0x100 };
    if (kind != NOT_STEPPING)
        context->uc_mcontext.gregs[REG_EFL] |= TRAP_FLAG;
    else
        context->uc_mcontext.gregs[REG_EFL] &= ~TRAP_FLAG;
    if (self->stepping != kind) self->steps = 0;
    self->stepping = kind;
    return true;
#else
    (void)self, (void)context, (void)kind;
    return false;
#endif
}

// A stack that ends inside the C library: the thread gets the reserve, to come out of there.
static bool step_out(zzz_thread *self, ucontext_t *context, const zzz_fault *fault) {
    uint64_t reserve = (uint64_t)(uintptr_t)self->stack_low - ZZZ_RESERVE_BYTES;
    if (syscall(SYS_mprotect, reserve, ZZZ_RESERVE_BYTES, PROT_READ | PROT_WRITE) != 0) return false;
    self->fault = *fault;
    return set_steps(self, context, STEPPING_OUT_OF_LIBRARY);
}

static bool is_in_freezing_range(const zzz_thread *self, uint64_t pc) {
    return pc >= self->freeze_low && pc < __atomic_load_n(&self->freeze_high, __ATOMIC_ACQUIRE);
}

// Whether the step was one of ours, and the thread goes on.
static bool step(zzz_thread *self, ucontext_t *context, struct place at) {
    if (self->stepping == STEPPING_OUT_OF_LIBRARY) {
        if (!may_hold_a_lock(at.pc)) contain(self->fault, at);
        return true;
    }
    if (is_in_freezing_range(self, at.pc)) contain((zzz_fault){0}, at);
    // It does not come back to the app: it is asked again later.
    if (++self->steps > MOST_STEPS) set_steps(self, context, NOT_STEPPING);
    return true;
}

static void on_fatal_signal(int signal, siginfo_t *info, void *context) {
    zzz_thread *self = zzz_thread_of_this;
    // What somebody sends with kill(2) is meant for the process.
    if (info->si_code > 0) {
        struct place at = place(context);
        if (signal == SIGTRAP && self != NULL && self->stepping != NOT_STEPPING && step(self, context, at)) return;
        zzz_fault fault = {
            .signal = signal, .code = info->si_code, .address = (uint64_t)(uintptr_t)info->si_addr};
        fault.is_stack_overflow = is_stack_overflow(self, signal, fault.address);
        if (!may_hold_a_lock(at.pc)) {
            contain(fault, at);
        } else if (is_containable(self) && fault.is_stack_overflow && step_out(self, context, &fault)) {
            return;
        }
    }
    // Not contained: as if there were no handler. The instruction faults again, or the signal is sent again.
    struct sigaction standard;
    memset(&standard, 0, sizeof standard);
    standard.sa_handler = SIG_DFL;
    sigaction(signal, &standard, NULL);
    if (info->si_code <= 0) syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), signal);
}

static void on_freeze_signal(int signal, siginfo_t *info, void *context) {
    (void)signal, (void)info;
    zzz_thread *self = zzz_thread_of_this;
    if (self == NULL || zzz_thread_state(self) != ZZZ_THREAD_RUNS || !is_inside_app(self)) return;
    // Only a thread that has lost its loop: the other one is needed.
    if (self->word != &self->own_word && zzz_thread_has_loop(self)) return;
    struct place at = place(context);
    if (is_in_freezing_range(self, at.pc)) contain((zzz_fault){0}, at);
    set_steps(self, context, STEPPING_INTO_APP);
}

void zzz_unblock_signals(void) {
    sigset_t ours;
    sigemptyset(&ours);
    for (int index = 0; index < FATAL_SIGNALS; index++) sigaddset(&ours, fatal_signals[index]);
    sigaddset(&ours, ZZZ_FREEZE_SIGNAL);
    pthread_sigmask(SIG_UNBLOCK, &ours, NULL);
}

int zzz_containment_install(void) {
    if (is_installed) return 0;
    dl_iterate_phdr(note_system_code, NULL);
    note_plain_functions();
    struct sigaction action;
    memset(&action, 0, sizeof action);
    sigfillset(&action.sa_mask);
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    action.sa_sigaction = on_fatal_signal;
    for (int index = 0; index < FATAL_SIGNALS; index++)
        if (sigaction(fatal_signals[index], &action, NULL) != 0) return errno;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
    action.sa_sigaction = on_freeze_signal;
    if (sigaction(ZZZ_FREEZE_SIGNAL, &action, NULL) != 0) return errno;
    // The Swift runtime's handler would write a backtrace first, for seconds in which nobody follows this process.
    action.sa_flags = 0;
    action.sa_handler = SIG_DFL;
    if (sigaction(SIGABRT, &action, NULL) != 0) return errno;
    is_installed = true;
    return 0;
}

// --- abort(3) ------------------------------------------------------------------------------------------------

// Freezes the thread, when it is in an app's call, for a function that never returns: where it would return to, and its
// frame.
static void contain_abort(const void *return_address, const uint64_t *frame) {
    if (!is_installed) return;
    // Inside the call: what comes after it may be another function.
    uint64_t pc = (uint64_t)(uintptr_t)return_address - 1;
    // Signals stay away from a frozen thread.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    struct place at = {.pc = pc, .frame = *frame, .stack = (uint64_t)(uintptr_t)frame};
    contain((zzz_fault){.signal = SIGABRT}, at);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

// The program's own abort comes before the C library's for every library, the Swift runtime and the apps among them:
// a failed cast or a dead unowned reference ends here. The C library's own calls, for a heap that is damaged, do not:
// they go on to end the process.
_Noreturn void abort(void) {
    contain_abort(__builtin_return_address(0), __builtin_frame_address(0));
    struct sigaction standard;
    memset(&standard, 0, sizeof standard);
    standard.sa_handler = SIG_DFL;
    sigaction(SIGABRT, &standard, NULL);
    sigset_t only;
    sigemptyset(&only);
    sigaddset(&only, SIGABRT);
    pthread_sigmask(SIG_UNBLOCK, &only, NULL);
    raise(SIGABRT);
    _exit(127);
}

// assert(3) in an app's C code; the C library would call its own abort.
_Noreturn void __assert_fail(const char *assertion, const char *file, unsigned int line, const char *function) {
    fprintf(stderr, "%s:%u: %s: assertion `%s' failed\n", file, line, function, assertion);
    contain_abort(__builtin_return_address(0), __builtin_frame_address(0));
    abort();
}
