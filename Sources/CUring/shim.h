// liburing for Swift, and the few loads and stores on its rings that ZzzIO does itself.
#ifndef CURING_SHIM_H
#define CURING_SHIM_H

// Before liburing.h, which asks for _XOPEN_SOURCE: with it fd_set has other member names than in the Glibc module.
#include <features.h>
#include <liburing.h>
#include <string.h>
#include <sys/socket.h>

// The oldest completion that the kernel has posted, or NULL. No system call.
static inline struct io_uring_cqe *zzz_uring_peek(struct io_uring *ring) {
    unsigned mask = *ring->cq.kring_mask;
    unsigned head = *ring->cq.khead;
    if (head == io_uring_smp_load_acquire(ring->cq.ktail)) return NULL;
    return &ring->cq.cqes[head & mask];
}

// A free submission entry, or NULL when the queue is full. `index` is the entry's slot.
static inline struct io_uring_sqe *zzz_uring_sqe(struct io_uring *ring, unsigned *index) {
    struct io_uring_sqe *sqe = io_uring_get_sqe(ring);
    if (sqe) *index = (unsigned)(sqe - ring->sq.sqes);
    return sqe;
}

// Completions that wait to be taken.
static inline unsigned zzz_uring_ready(struct io_uring *ring) { return io_uring_cq_ready(ring); }

// Entries prepared and not yet submitted.
static inline unsigned zzz_uring_unsubmitted(struct io_uring *ring) { return io_uring_sq_ready(ring); }

// Gives one buffer to the kernel.
static inline void zzz_uring_provide(struct io_uring_buf_ring *ring, void *base, unsigned count, unsigned short id,
                                     int mask) {
    io_uring_buf_ring_add(ring, base, count, id, mask, 0);
    io_uring_buf_ring_advance(ring, 1);
}

// --- Operations, each with the word that its completion carries --------------------------------------------------

// recv(2) into a buffer of group 0 that the kernel picks; `multishot` goes on until it fails or is cancelled.
static inline void zzz_uring_prep_receive(struct io_uring_sqe *sqe, int fd, int multishot, uint64_t data) {
    io_uring_prep_recv(sqe, fd, NULL, 0, 0);
    if (multishot) sqe->ioprio |= IORING_RECV_MULTISHOT;
    sqe->flags |= IOSQE_BUFFER_SELECT;
    sqe->buf_group = 0;
    sqe->user_data = data;
}

// send(2) without SIGPIPE; `more` sets MSG_MORE.
static inline void zzz_uring_prep_send(struct io_uring_sqe *sqe, int fd, const void *base, size_t count, int more,
                                       uint64_t data) {
    io_uring_prep_send(sqe, fd, base, count, MSG_NOSIGNAL | (more ? MSG_MORE : 0));
    sqe->user_data = data;
}

// A message of several parts, which stays where it is until its entry is submitted (IORING_FEAT_SUBMIT_STABLE).
struct zzz_uring_message {
    struct msghdr header;
    struct iovec parts[16];
};

static inline void zzz_uring_prep_send_parts(struct io_uring_sqe *sqe, int fd, struct zzz_uring_message *message,
                                             unsigned count, int more, uint64_t data) {
    memset(&message->header, 0, sizeof message->header);
    message->header.msg_iov = message->parts;
    message->header.msg_iovlen = count;
    io_uring_prep_sendmsg(sqe, fd, &message->header, MSG_NOSIGNAL | (more ? MSG_MORE : 0));
    sqe->user_data = data;
}

static inline void zzz_uring_set_part(struct zzz_uring_message *message, unsigned index, void *base, size_t count) {
    message->parts[index].iov_base = base;
    message->parts[index].iov_len = count;
}

// poll(2) for `bits`; `multishot` reports every wake-up rather than the first.
static inline void zzz_uring_prep_poll(struct io_uring_sqe *sqe, int fd, unsigned bits, int multishot, uint64_t data) {
    if (multishot)
        io_uring_prep_poll_multishot(sqe, fd, bits);
    else
        io_uring_prep_poll_add(sqe, fd, bits);
    sqe->user_data = data;
}

// Cancels the operation whose word is `target`.
static inline void zzz_uring_prep_cancel(struct io_uring_sqe *sqe, uint64_t target, uint64_t data) {
    io_uring_prep_cancel64(sqe, target, 0);
    sqe->user_data = data;
}

// Cancels every operation on `fd`.
static inline void zzz_uring_prep_cancel_fd(struct io_uring_sqe *sqe, int fd, uint64_t data) {
    io_uring_prep_cancel_fd(sqe, fd, IORING_ASYNC_CANCEL_ALL);
    sqe->user_data = data;
}

#endif
