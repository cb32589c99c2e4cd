#ifndef ZZZ_CONTAINMENT_INTERNAL_H
#define ZZZ_CONTAINMENT_INTERNAL_H

#include "CContainment.h"

// A real-time signal that nobody else uses: glibc keeps 32 and 33 for itself.
#define ZZZ_FREEZE_SIGNAL (SIGRTMIN + 7)

// Below each stack: no access at first. The upper half is a reserve for what must not be stopped in the middle.
enum { ZZZ_GUARD_BYTES = 256 * 1024, ZZZ_RESERVE_BYTES = 128 * 1024 };

// Async-signal-safe, all of them.

void zzz_release_stack_below(const zzz_thread *self, uint64_t address);
// Lets the calling thread have the signals that are handled here: it may have been started where they are blocked, and
// one that is raised by a fault then ends the process.
void zzz_unblock_signals(void);
// Fills the frames of a fault from a frame pointer and an instruction.
void zzz_walk(zzz_fault *fault, uint64_t pc, uint64_t frame, uint64_t stack, bool is_leaf);

#endif
