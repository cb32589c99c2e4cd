#define _GNU_SOURCE
#include "CLinuxTicks.h"

#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

int zzz_linux_ticks_are_counter = 0;

static double nanoseconds_per_tick = 1;
static pthread_once_t once = PTHREAD_ONCE_INIT;

#if defined(__x86_64__)
#include <cpuid.h>

// "Invariant TSC" (Intel SDM 18.17.1): it runs at one rate in all states. Whether it is also the same on all processors
// the kernel has found out, and drops it as its clock when it is not.
static int is_counter_trusted(void) {
    unsigned a, b, c, d;
    if (!__get_cpuid(0x80000007, &a, &b, &c, &d) || !(d & (1u << 8))) return 0;
    char name[32] = "";
    int file = open("/sys/devices/system/clocksource/clocksource0/current_clocksource", O_RDONLY | O_CLOEXEC);
    if (file < 0) return 0;
    ssize_t count = read(file, name, sizeof name - 1);
    close(file);
    if (count <= 0) return 0;
    return !strcmp(name, "tsc\n") || !strcmp(name, "kvm-clock\n") || !strcmp(name, "hyperv_clocksource_tsc_page\n");
}

static uint64_t clock_nanoseconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

// Both clocks at one moment: of several attempts, the one that was disturbed least.
static void read_both(uint64_t *ticks, uint64_t *nanoseconds) {
    uint64_t least = UINT64_MAX;
    for (int attempt = 0; attempt < 16; attempt++) {
        uint64_t before = __builtin_ia32_rdtsc();
        uint64_t now = clock_nanoseconds();
        uint64_t after = __builtin_ia32_rdtsc();
        if (after - before >= least) continue;
        least = after - before;
        *ticks = before + least / 2;
        *nanoseconds = now;
    }
}

static void calibrate(void) {
    if (!is_counter_trusted()) return;
    uint64_t ticks0 = 0, ticks1 = 0, nanoseconds0 = 0, nanoseconds1 = 0;
    read_both(&ticks0, &nanoseconds0);
    while (clock_nanoseconds() - nanoseconds0 < 1000000) {}
    read_both(&ticks1, &nanoseconds1);
    if (ticks1 <= ticks0 || nanoseconds1 <= nanoseconds0) return;
    nanoseconds_per_tick = (double)(nanoseconds1 - nanoseconds0) / (double)(ticks1 - ticks0);
    zzz_linux_ticks_are_counter = 1;
}
#elif defined(__aarch64__)
// The generic timer is one clock for all processors, and says how fast it is (Arm ARM D12.1).
static void calibrate(void) {
    uint64_t frequency;
    __asm__ volatile("mrs %0, cntfrq_el0" : "=r"(frequency));
    if (frequency == 0) return;
    nanoseconds_per_tick = 1e9 / (double)frequency;
    zzz_linux_ticks_are_counter = 1;
}
#else
static void calibrate(void) {}
#endif

double zzz_linux_ticks_calibrate(void) {
    pthread_once(&once, calibrate);
    return nanoseconds_per_tick;
}
