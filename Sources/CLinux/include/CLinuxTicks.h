// A clock that costs a few nanoseconds: the processor's own counter where it can be trusted, CLOCK_MONOTONIC elsewhere.
// For durations only: what a tick is worth is found out once, by zzz_linux_ticks_calibrate.
#ifndef CLINUX_TICKS_H
#define CLINUX_TICKS_H

#include <stdint.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

// Whether ticks are the processor's. Written by zzz_linux_ticks_calibrate before anybody else reads it.
extern int zzz_linux_ticks_are_counter;

// Decides where ticks come from and measures them; takes about a millisecond, once in a process (pthread_once).
// Returns the nanoseconds of a tick.
double zzz_linux_ticks_calibrate(void);

// The time in ticks. Not monotonic between processors by a few ticks: a difference may come out slightly negative.
static inline uint64_t zzz_linux_ticks(void) {
    if (__builtin_expect(zzz_linux_ticks_are_counter, 1)) {
#if defined(__x86_64__)
        return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
        uint64_t count;
        __asm__ volatile("mrs %0, cntvct_el0" : "=r"(count));
        return count;
#endif
    }
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

#ifdef __cplusplus
}
#endif
#endif
