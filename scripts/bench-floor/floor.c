/* The floor: the least that a server can do for an echo call. One thread, epoll and OpenSSL; it copies the message of each
 * REQUEST into an END, without looking at what is in it, and answers all that one read brought with one write.
 *
 *   floor CERTIFICATE KEY AUTHORITY      prints its port, serves until it is told to end
 */
#define _GNU_SOURCE
#include "tls.h"
#include <arpa/inet.h>
#include <sys/epoll.h>

struct connection {
    int fd;
    SSL *ssl;
    int is_open, wants_write;
    struct bytes in, out;
};

static int choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *outlen, const unsigned char *in,
                           unsigned int inlen, void *unused) {
    (void)ssl, (void)unused;
    return SSL_select_next_proto((unsigned char **)out, outlen, protocol, sizeof protocol - 1, in, inlen) ==
                   OPENSSL_NPN_NEGOTIATED
               ? SSL_TLSEXT_ERR_OK
               : SSL_TLSEXT_ERR_ALERT_FATAL;
}

/* Answers the whole frames that are there. 0 for a frame that is none. */
static int serve(struct connection *c) {
    while (c->in.end - c->in.start >= HEADER) {
        unsigned char *frame = c->in.at + c->in.start;
        size_t size = get32(frame);
        if (size < 6 || size > 4 << 20) return 0;
        if (c->in.end - c->in.start < size + 4) break;
        if (frame[4] == REQUEST && size >= 6 + 12) {
            /* u64 timeout, u16 length and method, u16 count of metadata (none), the message. */
            size_t before = HEADER + 10 + get16(frame + 18) + 2;
            if (size + 4 < before) return 0;
            size_t message = size + 4 - before;
            bytes_reserve(&c->out, HEADER + 7 + message);
            unsigned char *answer = c->out.at + c->out.end;
            put_header(answer, 7 + message, END, HAS_MESSAGE, get32(frame + 6));
            memset(answer + HEADER, 0, 7);
            memcpy(answer + HEADER + 7, frame + before, message);
            c->out.end += HEADER + 7 + message;
        }
        c->in.start += size + 4;
    }
    return 1;
}

static int take(struct connection *c) {
    if (!c->is_open) {
        int n = SSL_do_handshake(c->ssl);
        if (n != 1) {
            int error = SSL_get_error(c->ssl, n);
            return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
        }
        c->is_open = 1;
        bytes_reserve(&c->out, HEADER + 4);
        put_header(c->out.at, 4, HELLO, 0, 0);
        memcpy(c->out.at + HEADER, "\0\1\0\0", 4);
        c->out.end = HEADER + 4;
    }
    for (;;) {
        bytes_reserve(&c->in, 16384);
        int n = SSL_read(c->ssl, c->in.at + c->in.end, (int)(c->in.room - c->in.end));
        if (n <= 0) {
            if (SSL_get_error(c->ssl, n) != SSL_ERROR_WANT_READ) return 0;
            break;
        }
        c->in.end += n;
    }
    return serve(c) && bytes_flush(&c->out, c->ssl);
}

int main(int count, char **arguments) {
    if (count != 4) {
        fprintf(stderr, "usage: floor CERTIFICATE KEY AUTHORITY\n");
        return 64;
    }
    SSL_CTX *context = tls_context(TLS_server_method(), arguments[1], arguments[2], arguments[3]);
    SSL_CTX_set_alpn_select_cb(context, choose_protocol, NULL);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    if (bind(listener, (struct sockaddr *)&address, length) || listen(listener, 1024)) die("listen");
    getsockname(listener, (struct sockaddr *)&address, &length);
    make_nonblocking(listener);
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);

    int poll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL}, events[64];
    epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        int ready = epoll_wait(poll, events, 64, -1);
        for (int i = 0; i < ready; i++) {
            struct connection *c = events[i].data.ptr;
            if (!c) {
                int fd;
                while ((fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
                    make_nonblocking(fd);
                    c = calloc(1, sizeof *c);
                    if (!c || !(c->ssl = SSL_new(context))) die("SSL_new");
                    c->fd = fd;
                    SSL_set_fd(c->ssl, fd);
                    SSL_set_accept_state(c->ssl);
                    event = (struct epoll_event){.events = EPOLLIN, .data.ptr = c};
                    epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event);
                }
                continue;
            }
            ERR_clear_error();
            if (!take(c)) {
                close(c->fd);
                SSL_free(c->ssl);
                free(c->in.at);
                free(c->out.at);
                free(c);
                continue;
            }
            int wants_write = c->out.start < c->out.end;
            if (wants_write != c->wants_write) {
                c->wants_write = wants_write;
                event = (struct epoll_event){.events = EPOLLIN | (wants_write ? EPOLLOUT : 0), .data.ptr = c};
                epoll_ctl(poll, EPOLL_CTL_MOD, c->fd, &event);
            }
        }
    }
}
