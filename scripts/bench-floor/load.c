/* Loads a `likeness/1` server as cheaply as can be: one thread, epoll and OpenSSL, requests encoded beforehand. The same
 * program asks the floor and the service, so what differs between their figures is theirs.
 *
 *   load --port N --certificate F --key F --authority F --method M --messages F [--connections N] [--calls N]
 *        [--seconds S] [--warm-up S] [--rate N] [--echo] [--process PID] [--parent PID] [--idle]
 *
 * Closed loop: each of connections x calls callers asks again when it was answered. With --rate an open loop: arrivals at
 * random moments, that many a second, each latency counted from when it should have been sent. --messages holds the requests, each
 * behind its length in 32 bits; they are sent in turn. --echo wants each answer to be its request. --process and --parent:
 * whose CPU time (or whose children's) to read where the measured time begins and ends. --idle only connects, says how long that took,
 * and holds the connections until standard input ends. Prints one line of JSON.
 */
#define _GNU_SOURCE
#include "tls.h"
#include <arpa/inet.h>
#include <dirent.h>
#include <getopt.h>
#include <math.h>
#include <sys/epoll.h>
#include <sys/prctl.h>

enum { HANDSHAKES_AT_ONCE = 64, BUCKETS = 64 * 32, MAX_CALLS = 1024 };

struct call {
    uint32_t stream; /* 0: free */
    int message;
    double planned;
};

struct connection {
    int fd, is_ready, wants_write, must_flush, in_flight;
    SSL *ssl;
    enum { CONNECTING, WAITING_FOR_HELLO, READY } state;
    uint32_t next_stream;
    struct bytes in, out;
    struct call *calls;
};

static struct { unsigned char *at; size_t size; } *messages;
static int message_count, next_message;
static const char *method = "";
static int connection_count = 1, call_count = 1, is_echo, is_idle;
static double seconds = 3, warm_up = 1, rate;
static int process, parent;
static int poll_fd;
static struct connection *connections;
static SSL_CTX *context;
static struct sockaddr_in address;
static int started, ready_count;

/* What was measured. */
static int is_measuring;
static uint64_t answered, failed, bytes_in, bytes_out;
static uint64_t histogram[BUCKETS];
static double slowest;

/* 32 buckets for each power of two of microseconds/16: within 3 %. */
static int bucket(double latency) {
    uint64_t v = (uint64_t)(latency * 16e6);
    if (v < 64) return (int)v;
    int shift = 58 - __builtin_clzll(v);
    int index = shift * 32 + (int)(v >> shift);
    return index < BUCKETS ? index : BUCKETS - 1;
}
static double bucket_value(int index) {
    if (index < 64) return index / 16.0;
    int shift = (index - 32) / 32;
    return (double)((uint64_t)(32 + (index - 32) % 32) << shift) * (1 + 1.0 / 64) / 16.0;
}
static double percentile(double part) {
    uint64_t wanted = (uint64_t)ceil(answered * part), seen = 0;
    for (int i = 0; i < BUCKETS; i++)
        if ((seen += histogram[i]) >= wanted && seen) return bucket_value(i);
    return 0;
}

static double cpu_of(int pid, int *its_parent) {
    char path[64], line[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *file = fopen(path, "r");
    if (!file) return 0;
    size_t n = fread(line, 1, sizeof line - 1, file);
    fclose(file);
    line[n] = 0;
    char *rest = strrchr(line, ')');
    unsigned long user = 0, system = 0;
    if (rest) sscanf(rest + 2, "%*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", its_parent, &user, &system);
    return (double)(user + system) / sysconf(_SC_CLK_TCK);
}
/* Those that have ended and been waited for count as well: a database session that closes takes nothing back. */
static double cpu_of_children(int of) {
    double sum = 0;
    char path[64], line[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", of);
    FILE *file = fopen(path, "r");
    char *rest = file && fgets(line, sizeof line, file) ? strrchr(line, ')') : NULL;
    unsigned long user = 0, system = 0;
    if (rest) sscanf(rest + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %lu %lu", &user, &system);
    if (file) fclose(file);
    sum = (double)(user + system) / sysconf(_SC_CLK_TCK);
    DIR *proc = opendir("/proc");
    for (struct dirent *entry; (entry = readdir(proc));) {
        int pid = atoi(entry->d_name), its_parent = 0;
        if (pid <= 0) continue;
        double cpu = cpu_of(pid, &its_parent);
        if (its_parent == of) sum += cpu;
    }
    closedir(proc);
    return sum;
}
static double own_cpu(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

static void read_messages(const char *path) {
    FILE *file = fopen(path, "rb");
    unsigned char length[4];
    if (!file) die(path);
    while (fread(length, 1, 4, file) == 4) {
        messages = realloc(messages, sizeof *messages * (message_count + 1));
        messages[message_count].size = get32(length);
        messages[message_count].at = malloc(messages[message_count].size + 1);
        if (fread(messages[message_count].at, 1, get32(length), file) != get32(length)) die("messages are cut");
        message_count++;
    }
    fclose(file);
    if (!message_count) die("no messages");
}

static void watch(struct connection *c) {
    int wants_write = c->state == CONNECTING ? SSL_want_write(c->ssl) || !c->is_ready : c->out.start < c->out.end;
    if (wants_write == c->wants_write) return;
    c->wants_write = wants_write;
    struct epoll_event event = {.events = EPOLLIN | (wants_write ? EPOLLOUT : 0), .data.ptr = c};
    epoll_ctl(poll_fd, EPOLL_CTL_MOD, c->fd, &event);
}

static void start_connection(void) {
    struct connection *c = &connections[started++];
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (c->fd < 0) die("socket");
    make_nonblocking(c->fd);
    if (connect(c->fd, (struct sockaddr *)&address, sizeof address) && errno != EINPROGRESS) die("connect");
    c->ssl = SSL_new(context);
    SSL_set_fd(c->ssl, c->fd);
    SSL_set_connect_state(c->ssl);
    c->next_stream = 1;
    c->calls = calloc(call_count, sizeof *c->calls);
    c->wants_write = 1;
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT, .data.ptr = c};
    epoll_ctl(poll_fd, EPOLL_CTL_ADD, c->fd, &event);
}

static void send_request(struct connection *c, struct call *call, double planned) {
    int index = next_message++ % message_count;
    size_t name = strlen(method), size = 8 + 2 + name + 2 + messages[index].size;
    bytes_reserve(&c->out, HEADER + size);
    unsigned char *p = c->out.at + c->out.end;
    put_header(p, size, REQUEST, HAS_MESSAGE | LAST, c->next_stream);
    memset(p + HEADER, 0, 8);
    put16(p + HEADER + 8, name);
    memcpy(p + HEADER + 10, method, name);
    put16(p + HEADER + 10 + name, 0);
    memcpy(p + HEADER + 12 + name, messages[index].at, messages[index].size);
    c->out.end += HEADER + size;
    *call = (struct call){.stream = c->next_stream, .message = index, .planned = planned};
    c->next_stream += 2;
    c->in_flight++;
    if (is_measuring) bytes_out += HEADER + size;
}

/* Whether an END is an answer, and the right one. */
static int is_right(const unsigned char *payload, size_t size, int flags, const struct call *call) {
    if (size < 7 || payload[0] != 0 || !(flags & HAS_MESSAGE)) return 0;
    size_t at = 3 + get16(payload + 1);
    if (at + 4 > size || get16(payload + at)) return 0; /* details come with errors only */
    at += 2;
    int pairs = get16(payload + at);
    for (at += 2; pairs--;) {
        if (at + 2 > size) return 0;
        at += 2 + get16(payload + at);
        if (at + 4 > size) return 0;
        at += 4 + get32(payload + at);
    }
    if (at > size) return 0;
    return !is_echo || (size - at == messages[call->message].size &&
                        !memcmp(payload + at, messages[call->message].at, size - at));
}

static double end_time;

static void take_frames(struct connection *c) {
    double moment = now();
    while (c->in.end - c->in.start >= HEADER) {
        unsigned char *frame = c->in.at + c->in.start;
        size_t size = get32(frame);
        if (c->in.end - c->in.start < size + 4) break;
        uint32_t stream = get32(frame + 6);
        if (frame[4] == HELLO && c->state == WAITING_FOR_HELLO) {
            c->state = READY;
            ready_count++;
        } else if (frame[4] == PING) {
            bytes_reserve(&c->out, 18);
            memcpy(c->out.at + c->out.end, frame, 18);
            c->out.at[c->out.end + 4] = PONG;
            c->out.end += 18;
        } else if (frame[4] == GOAWAY) {
            fprintf(stderr, "the server is going away\n");
            exit(1);
        } else if (frame[4] == END) {
            struct call *call = NULL;
            for (int i = 0; i < call_count && !call; i++)
                if (c->calls[i].stream == stream) call = &c->calls[i];
            if (!call) {
                fprintf(stderr, "an answer that nobody asked for\n");
                exit(1);
            }
            if (is_measuring) {
                double latency = moment - call->planned;
                if (is_right(frame + HEADER, size - 6, frame[5], call)) {
                    answered++;
                    histogram[bucket(latency)]++;
                    if (latency > slowest) slowest = latency;
                } else {
                    failed++;
                }
                bytes_in += size + 4;
            }
            call->stream = 0;
            c->in_flight--;
            if (!rate && moment < end_time) send_request(c, call, moment);
        }
        c->in.start += size + 4;
    }
}

static void handle(struct connection *c) {
    ERR_clear_error();
    if (c->state == CONNECTING) {
        int n = SSL_do_handshake(c->ssl);
        if (n != 1) {
            int error = SSL_get_error(c->ssl, n);
            if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) die("handshake");
            c->is_ready = 1;
            watch(c);
            return;
        }
        c->state = WAITING_FOR_HELLO;
        bytes_reserve(&c->out, HEADER + 4);
        put_header(c->out.at, 4, HELLO, 0, 0);
        memcpy(c->out.at + HEADER, "\0\1\0\0", 4);
        c->out.end = HEADER + 4;
    }
    for (;;) {
        bytes_reserve(&c->in, 16384);
        int n = SSL_read(c->ssl, c->in.at + c->in.end, (int)(c->in.room - c->in.end));
        if (n <= 0) {
            if (SSL_get_error(c->ssl, n) == SSL_ERROR_WANT_READ) break;
            die("the connection was lost");
        }
        c->in.end += n;
    }
    take_frames(c);
    if (!bytes_flush(&c->out, c->ssl)) die("the connection was lost");
    watch(c);
}

/* Waits for events until `until`, and handles them. */
static void turn(double until) {
    struct epoll_event events[64];
    double left = until - now();
    if (left < 0) left = 0;
    struct timespec wait = {.tv_sec = (time_t)left, .tv_nsec = (long)((left - (time_t)left) * 1e9)};
    int count = epoll_pwait2(poll_fd, events, 64, &wait, NULL);
    for (int i = 0; i < count; i++) handle(events[i].data.ptr);
}

static double random_gap(void) { return -log(1 - drand48()) / rate; }

/* Sends what is due; what finds no free call waits its turn. */
static double due;
static void send_due(double moment) {
    static int turn_of;
    while (due <= moment && due < end_time) {
        struct connection *c = NULL;
        for (int i = 0; i < connection_count && !c; i++) {
            struct connection *candidate = &connections[turn_of++ % connection_count];
            if (candidate->in_flight < call_count) c = candidate;
        }
        if (!c) break;
        for (int i = 0; i < call_count; i++)
            if (!c->calls[i].stream) {
                send_request(c, &c->calls[i], due);
                break;
            }
        c->must_flush = 1;
        due += random_gap();
    }
    for (int i = 0; i < connection_count; i++)
        if (connections[i].must_flush) {
            connections[i].must_flush = 0;
            if (!bytes_flush(&connections[i].out, connections[i].ssl)) die("the connection was lost");
            watch(&connections[i]);
        }
}

static void connect_all(void) {
    double limit = now() + 60;
    while (ready_count < connection_count) {
        while (started < connection_count && started - ready_count < HANDSHAKES_AT_ONCE) start_connection();
        turn(limit);
        if (now() >= limit) {
            fprintf(stderr, "no connection within 60 s\n");
            exit(1);
        }
    }
}

int main(int count, char **arguments) {
    const char *certificate = "", *key = "", *authority = "", *file = NULL;
    int port = 0, ignored;
    static const struct option options[] = {
        {"port", 1, 0, 'p'},        {"certificate", 1, 0, 'c'}, {"key", 1, 0, 'k'},     {"authority", 1, 0, 'a'},
        {"method", 1, 0, 'm'},      {"messages", 1, 0, 'f'},    {"connections", 1, 0, 'n'}, {"calls", 1, 0, 'l'},
        {"seconds", 1, 0, 's'},     {"warm-up", 1, 0, 'w'},     {"rate", 1, 0, 'r'},    {"echo", 0, 0, 'e'},
        {"process", 1, 0, 'P'},     {"parent", 1, 0, 'C'},      {"idle", 0, 0, 'i'},    {0, 0, 0, 0}};
    for (int option; (option = getopt_long(count, arguments, "", options, NULL)) != -1;) switch (option) {
        case 'p': port = atoi(optarg); break;
        case 'c': certificate = optarg; break;
        case 'k': key = optarg; break;
        case 'a': authority = optarg; break;
        case 'm': method = optarg; break;
        case 'f': file = optarg; break;
        case 'n': connection_count = atoi(optarg); break;
        case 'l': call_count = atoi(optarg); break;
        case 's': seconds = atof(optarg); break;
        case 'w': warm_up = atof(optarg); break;
        case 'r': rate = atof(optarg); break;
        case 'e': is_echo = 1; break;
        case 'P': process = atoi(optarg); break;
        case 'C': parent = atoi(optarg); break;
        case 'i': is_idle = 1; break;
        default: return 64;
        }
    if (connection_count < 1 || connection_count > 10000 || call_count < 1 || call_count > MAX_CALLS) {
        fprintf(stderr, "1 to 10000 connections, 1 to %d calls on each\n", MAX_CALLS);
        return 64;
    }
    prctl(PR_SET_TIMERSLACK, 1);
    srand48(1);
    if (!is_idle) read_messages(file ? file : "");
    context = tls_context(TLS_client_method(), certificate, key, authority);
    SSL_CTX_set_alpn_protos(context, protocol, sizeof protocol - 1);
    address = (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    connections = calloc(connection_count, sizeof *connections);
    poll_fd = epoll_create1(EPOLL_CLOEXEC);

    double begin = now(), process_cpu = cpu_of(process, &ignored);
    connect_all();
    if (is_idle) {
        printf("{\"connections\": %d, \"seconds\": %.4f, \"process_cpu_us\": %.1f}\n", connection_count, now() - begin,
               (cpu_of(process, &ignored) - process_cpu) * 1e6 / connection_count);
        fflush(stdout);
        /* Standard input tells when to let go; until then PINGs are answered. */
        make_nonblocking(0);
        char byte;
        for (ssize_t n; (n = read(0, &byte, 1)) > 0 || (n < 0 && errno == EAGAIN);) turn(now() + 0.05);
        return 0;
    }

    double start = now() + warm_up;
    end_time = start + seconds;
    due = now();
    if (!rate)
        for (int i = 0; i < connection_count; i++) {
            for (int k = 0; k < call_count; k++) send_request(&connections[i], &connections[i].calls[k], now());
            if (!bytes_flush(&connections[i].out, connections[i].ssl)) die("the connection was lost");
            watch(&connections[i]);
        }
    double own = 0, parent_cpu = 0, measured = 0;
    for (;;) {
        double moment = now();
        if (!is_measuring && moment >= start) {
            is_measuring = 1;
            start = moment;
            process_cpu = cpu_of(process, &ignored);
            parent_cpu = parent ? cpu_of_children(parent) : 0;
            own = own_cpu();
        }
        if (moment >= end_time) break;
        if (rate) send_due(moment);
        double until = is_measuring ? end_time : start;
        turn(rate && due < until ? due : until);
    }
    measured = now() - start;
    own = own_cpu() - own;
    process_cpu = cpu_of(process, &ignored) - process_cpu;
    parent_cpu = (parent ? cpu_of_children(parent) : 0) - parent_cpu;
    double each = answered ? 1e6 / answered : 0;
    printf("{\"calls\": %lu, \"failed\": %lu, \"seconds\": %.4f, \"rate\": %.1f, \"p50_us\": %.1f, \"p90_us\": %.1f, "
           "\"p99_us\": %.1f, \"p999_us\": %.1f, \"max_us\": %.1f, \"process_cpu_us\": %.3f, \"children_cpu_us\": %.3f, "
           "\"client_cpu_us\": %.3f, \"bytes_in\": %lu, \"bytes_out\": %lu}\n",
           answered, failed, measured, answered / measured, percentile(0.5), percentile(0.9), percentile(0.99),
           percentile(0.999), slowest * 1e6, process_cpu * each, parent_cpu * each, own * each, bytes_in,
           bytes_out);
    return !answered;
}
