// Linux calls and constants that the Glibc module does not show to Swift, and the one thread-local word that
// the loops need. Nothing here allocates, locks or keeps state, except that word.
#ifndef CLINUX_H
#define CLINUX_H

#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/sendfile.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>

#include "CLinuxTicks.h"

#ifdef __cplusplus
extern "C" {
#endif

// --- The loop that the calling thread runs -----------------------------------------------------------------

// Initial-exec: one %fs-relative load. The word is NULL on every thread that runs no loop. A thread that has
// lost its loop to another one sets it to NULL, and every frame below it sees that and returns.
extern __thread void *zzz_linux_loop __attribute__((tls_model("initial-exec")));

static inline void *zzz_linux_current_loop(void) { return zzz_linux_loop; }
static inline void zzz_linux_set_current_loop(void *loop) { zzz_linux_loop = loop; }

// --- TLS by the kernel (Documentation/networking/tls.rst) ---------------------------------------------------

// Whether this kernel has it: 1 or 0.
int zzz_linux_tls_is_there(void);

enum { ZZZ_LINUX_TLS_AES_128_GCM, ZZZ_LINUX_TLS_AES_256_GCM, ZZZ_LINUX_TLS_CHACHA20_POLY1305 };

// From now on the kernel seals what is written to a connected TCP socket, by TLS 1.3. `key` has 16 or 32 bytes,
// `vector` 12; `sequence` is the number of the next record. 0, or -1 with errno, and then nothing has changed.
int zzz_linux_tls_seal(int fd, int cipher, const uint8_t *key, const uint8_t *vector, uint64_t sequence);

// Sends an alert over such a socket (RFC 8446 section 6), without waiting. 0, or -1 with errno.
int zzz_linux_tls_send_alert(int fd, uint8_t level, uint8_t description);

// --- Clocks ------------------------------------------------------------------------------------------------

// CLOCK_MONOTONIC in nanoseconds: a vDSO call, no system call.
static inline uint64_t zzz_linux_monotonic_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

// CLOCK_MONOTONIC_COARSE in nanoseconds: the same clock as of the kernel's last tick (1 to 10 ms ago), for a fifth of
// the price.
static inline uint64_t zzz_linux_coarse_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

// CLOCK_REALTIME in nanoseconds since 1970.
static inline int64_t zzz_linux_realtime_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000000000 + (int64_t)t.tv_nsec;
}

// --- epoll: struct epoll_event is packed on x86-64, so Swift reads it through these ------------------------

static inline uint64_t zzz_linux_event_data(const struct epoll_event *events, int index) {
    return events[index].data.u64;
}
static inline uint32_t zzz_linux_event_bits(const struct epoll_event *events, int index) {
    return events[index].events;
}
static inline int zzz_linux_epoll_ctl(int epoll, int operation, int fd, uint32_t bits, uint64_t data) {
    struct epoll_event event;
    event.events = bits;
    event.data.u64 = data;
    return epoll_ctl(epoll, operation, fd, &event);
}

// --- Sockets -----------------------------------------------------------------------------------------------

// accept4(2) with SOCK_NONBLOCK | SOCK_CLOEXEC.
int zzz_linux_accept(int fd, struct sockaddr *address, socklen_t *length);
// socket(2) of type SOCK_STREAM with SOCK_NONBLOCK | SOCK_CLOEXEC.
int zzz_linux_stream_socket(int family);
// send(2) that never raises SIGPIPE; `more` sets MSG_MORE.
static inline ssize_t zzz_linux_send(int fd, const void *base, size_t count, int more) {
    return send(fd, base, count, MSG_NOSIGNAL | (more ? MSG_MORE : 0));
}
// sendmsg(2) of `count` parts that never raises SIGPIPE; `more` sets MSG_MORE.
ssize_t zzz_linux_send_parts(int fd, struct iovec *parts, int count, int more);
// sendmsg(2) of one packet with `fd_count` descriptors (SCM_RIGHTS, unix(7)), that never raises SIGPIPE. `address` is
// NULL on a connected socket; `waits` is 0 to fail with EAGAIN instead of waiting for room.
ssize_t zzz_linux_send_packet(int fd, const void *bytes, size_t count, const int *fds, int fd_count,
                              const struct sockaddr *address, socklen_t length, int waits);
// The most descriptors that one packet takes: SCM_MAX_FD.
enum { ZZZ_LINUX_PACKET_FDS = 253 };
// recvmsg(2) of one packet, without waiting. Its descriptors, at most ZZZ_LINUX_PACKET_FDS, are close-on-exec and the
// caller's. Returns its bytes; 0 at the end; -1 with errno, EMSGSIZE for a packet longer than `size`.
ssize_t zzz_linux_receive_packet(int fd, void *bytes, size_t size, int *fds, int *fd_count);
// SO_ERROR, or errno when it cannot be read.
int zzz_linux_socket_error(int fd);
// setsockopt(2) of an int.
int zzz_linux_set_option(int fd, int level, int option, int value);

// --- Descriptors, files, threads ---------------------------------------------------------------------------

// eventfd(2), non-blocking, close-on-exec.
int zzz_linux_eventfd(void);
// Adds 1 to an eventfd. Returns 0, or -1 with errno.
int zzz_linux_eventfd_signal(int fd);
// memfd_create(2), close-on-exec: a file without a name, in memory. -1 with errno.
int zzz_linux_memory_file(const char *name);
// fcntl(2) F_SETFL: turns O_NONBLOCK and FD_CLOEXEC on.
int zzz_linux_set_nonblocking(int fd);
// "ECONNRESET" for 104, NULL for a number that names no error.
const char *zzz_linux_errno_name(int number);
// strerror_r(3), GNU flavour.
const char *zzz_linux_errno_text(int number, char *buffer, size_t size);
// The processors that sched_getaffinity(2) allows this process; 1 when it cannot tell.
int zzz_linux_processors(void);
// A thread of `stack` bytes (0: the default) named `name` (cut to 15 bytes), pinned to `cpu` unless negative.
// Returns 0 or an errno.
int zzz_linux_thread_start(pthread_t *thread, size_t stack, const char *name, int cpu, void *(*body)(void *),
                           void *context);
// posix_spawn(3) of a process with the default action for every signal, with `blocked` blocked (NULL: none), and in a
// process group of its own if it `leads_group`. Returns 0 or an errno.
int zzz_linux_spawn(pid_t *pid, const char *program, const posix_spawn_file_actions_t *actions,
                    const sigset_t *blocked, int leads_group, char *const *arguments, char *const *environment);
// Gives back the pages of the image that was loaded from `path`, or of every image when that is NULL, as far as the
// image cannot have written to them. Returns how many images that were. The dynamic linker tells which there are
// (dl_iterate_phdr(3)), so that none goes away meanwhile.
size_t zzz_linux_release_image_pages(const char *path);

#ifdef __cplusplus
}
#endif
#endif
