/* What the floor and its client share: TLS 1.3 with the protocol's name, numbers in network order, and time. */
#ifndef TLS_H
#define TLS_H
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { HELLO = 1, REQUEST = 2, END = 4, PING = 7, PONG = 8, GOAWAY = 9, HAS_MESSAGE = 1, LAST = 2, HEADER = 10 };

static const unsigned char protocol[] = "\x0alikeness/1";

static void die(const char *what) {
    fprintf(stderr, "%s: ", what);
    if (ERR_peek_error()) ERR_print_errors_fp(stderr); else perror(NULL);
    exit(1);
}

static inline uint32_t get32(const unsigned char *p) {
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}
static inline uint32_t get16(const unsigned char *p) { return (uint32_t)p[0] << 8 | p[1]; }
static inline void put32(unsigned char *p, uint32_t v) { p[0] = v >> 24; p[1] = v >> 16; p[2] = v >> 8; p[3] = v; }
static inline void put16(unsigned char *p, uint32_t v) { p[0] = v >> 8; p[1] = v; }

/* The ten bytes before a payload of `size` bytes. */
static inline void put_header(unsigned char *p, uint32_t size, int kind, int flags, uint32_t stream) {
    put32(p, size + 6);
    p[4] = kind;
    p[5] = flags;
    put32(p + 6, stream);
}

static inline double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

static SSL_CTX *tls_context(const SSL_METHOD *method, const char *certificate, const char *key, const char *authority) {
    SSL_CTX *context = SSL_CTX_new(method);
    if (!context) die("SSL_CTX_new");
    SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
    SSL_CTX_set_num_tickets(context, 0);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    /* One read from the socket takes all the records that wait there. */
    SSL_CTX_set_read_ahead(context, 1);
    SSL_CTX_set_default_read_buffer_len(context, 65536);
    if (SSL_CTX_use_certificate_chain_file(context, certificate) != 1) die(certificate);
    if (SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1) die(key);
    if (SSL_CTX_load_verify_locations(context, authority, NULL) != 1) die(authority);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    return context;
}

/* Bytes that wait to be read or written. */
struct bytes {
    unsigned char *at;
    size_t start, end, room;
};

static inline void bytes_reserve(struct bytes *b, size_t more) {
    if (b->start == b->end) b->start = b->end = 0;
    if (b->room - b->end >= more) return;
    if (b->start) {
        memmove(b->at, b->at + b->start, b->end - b->start);
        b->end -= b->start;
        b->start = 0;
        if (b->room - b->end >= more) return;
    }
    b->room = (b->end + more) * 2;
    if (!(b->at = realloc(b->at, b->room))) die("realloc");
}

/* Writes what waits. 0 when the connection is lost. */
static inline int bytes_flush(struct bytes *b, SSL *ssl) {
    while (b->start < b->end) {
        int n = SSL_write(ssl, b->at + b->start, (int)(b->end - b->start));
        if (n <= 0) {
            int error = SSL_get_error(ssl, n);
            return error == SSL_ERROR_WANT_WRITE || error == SSL_ERROR_WANT_READ;
        }
        b->start += n;
    }
    return 1;
}

static void make_nonblocking(int fd) {
    int one = 1;
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}
#endif
