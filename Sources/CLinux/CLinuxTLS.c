#include "CLinux.h"

#include <errno.h>
#include <linux/tls.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

// A socket that is not connected is refused for that reason, where TLS is known (tls_init in net/tls/tls_main.c).
int zzz_linux_tls_is_there(void) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return 0;
    int is_there = setsockopt(fd, IPPROTO_TCP, TCP_ULP, "tls", sizeof "tls") == 0 || errno == ENOTCONN;
    close(fd);
    return is_there;
}

// The vector of TLS 1.3 is the kernel's salt and what follows it.
#define FILL(to, type)                                        \
    (to).info.version = TLS_1_3_VERSION;                      \
    (to).info.cipher_type = type;                             \
    memcpy((to).key, key, sizeof(to).key);                    \
    memcpy((to).salt, vector, sizeof(to).salt);               \
    memcpy((to).iv, vector + sizeof(to).salt, sizeof(to).iv); \
    memcpy((to).rec_seq, number, sizeof(to).rec_seq);         \
    size = sizeof(to)

int zzz_linux_tls_seal(int fd, int cipher, const uint8_t *key, const uint8_t *vector, uint64_t sequence) {
    union {
        struct tls12_crypto_info_aes_gcm_128 aes128;
        struct tls12_crypto_info_aes_gcm_256 aes256;
        struct tls12_crypto_info_chacha20_poly1305 chacha;
    } info;
    memset(&info, 0, sizeof info);
    uint8_t number[8];
    for (int i = 0; i < 8; i++) number[i] = (uint8_t)(sequence >> (56 - 8 * i));
    socklen_t size;
    switch (cipher) {
    case ZZZ_LINUX_TLS_AES_128_GCM: FILL(info.aes128, TLS_CIPHER_AES_GCM_128); break;
    case ZZZ_LINUX_TLS_AES_256_GCM: FILL(info.aes256, TLS_CIPHER_AES_GCM_256); break;
    case ZZZ_LINUX_TLS_CHACHA20_POLY1305: FILL(info.chacha, TLS_CIPHER_CHACHA20_POLY1305); break;
    default: errno = EINVAL; return -1;
    }
    int result = setsockopt(fd, IPPROTO_TCP, TCP_ULP, "tls", sizeof "tls");
    // Without keys such a socket sends as ever.
    if (result == 0) result = setsockopt(fd, SOL_TLS, TLS_TX, &info, size);
    explicit_bzero(&info, sizeof info);
    return result;
}

int zzz_linux_tls_send_alert(int fd, uint8_t level, uint8_t description) {
    uint8_t alert[2] = {level, description};
    union {
        char space[CMSG_SPACE(1)];
        struct cmsghdr align;
    } control;
    memset(&control, 0, sizeof control);
    struct iovec part = {alert, sizeof alert};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control.space};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_TLS;
    header->cmsg_type = TLS_SET_RECORD_TYPE;
    header->cmsg_len = CMSG_LEN(1);
    *CMSG_DATA(header) = 21;  // alert (RFC 8446 section 5.1)
    return sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) == sizeof alert ? 0 : -1;
}
