// Backtraces by frame pointers, which Swift keeps (and C code compiled with -fno-omit-frame-pointer): the only way that
// needs no unwind tables, no locks and no memory.
#define _GNU_SOURCE
#include "internal.h"

#include <sys/uio.h>
#include <unistd.h>

// Reads memory that may not be there: process_vm_readv(2) says EFAULT where a load would be another fault.
static bool read_words(uint64_t address, uint64_t *words, size_t count) {
    struct iovec local = {.iov_base = words, .iov_len = count * 8};
    struct iovec remote = {.iov_base = (void *)(uintptr_t)address, .iov_len = count * 8};
    return process_vm_readv(getpid(), &local, 1, &remote, 1, 0) == (ssize_t)(count * 8);
}

static bool push(zzz_fault *fault, uint64_t address) {
    if (address == 0 || fault->frame_count == ZZZ_FAULT_FRAMES) return false;
    fault->frames[fault->frame_count++] = address;
    return true;
}

// A frame of an asynchronous Swift function: bit 60 of the saved frame pointer is set, and the word below it is the
// asynchronous context, whose first words are its parent and the function that the parent goes on with.
static const uint64_t async_bit = UINT64_C(1) << 60;

static void walk_async(zzz_fault *fault, uint64_t context) {
    fault->async_start = fault->frame_count;
    uint64_t words[2];
    while (context != 0 && read_words(context, words, 2)) {
        if (!push(fault, words[1])) return;
        if (words[0] == context) return;
        context = words[0];
    }
}

void zzz_walk(zzz_fault *fault, uint64_t pc, uint64_t frame, uint64_t stack, bool is_leaf) {
    fault->frame_count = 0;
    fault->async_start = ZZZ_FAULT_FRAMES;
    push(fault, pc);
    uint64_t words[2], context = 0;
    // A function without a frame, or a call of an address where no code is: the caller is on the top of the stack.
    if ((is_leaf || !read_words(pc, words, 1)) && read_words(stack, words, 1)) push(fault, words[0]);
    for (uint64_t below = stack; frame >= below && (frame & 7) == 0; below = frame + 16, frame = words[0]) {
        if (!read_words(frame, words, 2)) break;
        if (words[0] & async_bit) {
            words[0] &= ~async_bit;
            if (read_words(frame - 8, &context, 1) && context != 0) {
                // This function's own caller is the runtime; who waits for it is in the context.
                uint64_t parent[1];
                if (!read_words(context, parent, 1)) break;
                walk_async(fault, context);
                return;
            }
        }
        if (!push(fault, words[1])) return;
    }
}
