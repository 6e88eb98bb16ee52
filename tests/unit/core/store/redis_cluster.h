/* redis_cluster.h - a real Redis Cluster for a test: three primaries on free ports of the loopback, and a replica of the
 * first one. The slots are dealt out in order: a third each. */
#ifndef TESTS_REDIS_CLUSTER_H
#define TESTS_REDIS_CLUSTER_H
#include "core/base/clock.h"
#include "core/store/client.h"
#include "tests/unit/core/store/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

#define CLUSTER_PRIMARIES 3
#define CLUSTER_NODES 4 /* the last one is the replica of the first */
#define CLUSTER_WAIT_MS 60000

struct redis_node {
    pid_t pid;
    struct scratch folder;
    unsigned port, bus_port;
    char name[41];         /* in the cluster */
    char url[64];          /* redis://127.0.0.1:PORT */
    struct client *client; /* as to a single server */
};

struct redis_cluster {
    struct redis_node nodes[CLUSTER_NODES];
    char url[200];
};

/* Below the ports that the kernel gives to outgoing connections. */
static inline unsigned redis_free_port(void)
{
    for (;;) {
        uint16_t number;
        if (getrandom(&number, sizeof number, 0) != sizeof number)
            _exit(99);
        struct sockaddr_in address = {.sin_family = AF_INET,
                                      .sin_port = htons((uint16_t)(10000 + number % 22000)),
                                      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        int result = bind(fd, (const struct sockaddr *)&address, sizeof address);
        (void)close(fd);
        if (result == 0)
            return ntohs(address.sin_port);
    }
}

/* `options`: up to a NULL, at most 16, besides those that each of them has. */
static inline void redis_launch(struct redis_node *node, const char *const *options)
{
    char port[16];
    (void)snprintf(port, sizeof port, "%u", node->port); /* fits */
    const char *words[32] = {NULL, "--port",       port,  "--bind",        "127.0.0.1", "--save",
                             "",   "--appendonly", "yes", "--appendfsync", "no"};
    size_t count = 11;
    while (*options)
        words[count++] = *options++;
    pid_t test = getpid();
    node->pid = fork();
    if (node->pid != 0)
        return;
    /* A test that crashes leaves no server behind, not even one that crashed by now. */
    if (chdir(node->folder.path) != 0 || !freopen("log", "a", stdout) ||
        prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != test)
        _exit(98);
    static const char *const names[] = {"redis-server", "valkey-server"};
    for (size_t i = 0; i < 2; i++) {
        words[0] = names[i];
        (void)execvp(names[i], (char *const *)words); /* returns when it is not there */
    }
    _exit(97);
}

static inline void redis_node_launch(struct redis_node *node)
{
    char bus_port[16];
    (void)snprintf(bus_port, sizeof bus_port, "%u", node->bus_port); /* fits */
    const char *const options[] = {"--cluster-enabled",
                                   "yes",
                                   "--cluster-port",
                                   bus_port,
                                   "--cluster-node-timeout",
                                   "20000",
                                   "--cluster-allow-replica-migration",
                                   "no",
                                   "--repl-diskless-sync-delay",
                                   "0",
                                   NULL};
    redis_launch(node, options);
}

/* One that is not of the cluster. */
static inline void redis_single_launch(struct redis_node *node)
{
    const char *const options[] = {NULL};
    redis_launch(node, options);
}

static inline void redis_node_kill(struct redis_node *node)
{
    (void)kill(node->pid, SIGKILL);
    (void)waitpid(node->pid, NULL, 0);
}

static inline void redis_node_end(struct redis_node *node)
{
    redis_node_kill(node);
    node->client = client_free(node->client);
    scratch_remove(&node->folder);
}

/* One moment's wait in a loop that began at `start_ms`; gives up in the end. */
static inline void redis_wait(int64_t start_ms, const char *what)
{
    struct timespec pause = {.tv_nsec = 5000000};
    if (clock_monotonic_ms() - start_ms > CLUSTER_WAIT_MS)
        fail_msg("waited too long for %s", what);
    (void)nanosleep(&pause, NULL);
}

/* One try at reaching the process that was launched; another one may listen on its port. */
static inline bool redis_node_is_there(struct redis_node *node)
{
    struct store_url url;
    struct problem problem = {0};
    struct reply *reply;
    char process[32];
    (void)snprintf(process, sizeof process, "process_id:%d\r", (int)node->pid); /* fits */
    node->client = client_free(node->client);
    if (store_url_read(&url, node->url, &problem) ||
        client_open(&node->client, &url, 20000, &problem) ||
        client_say(node->client, &reply, "INFO", "server", NULL))
        return false;
    struct slice text = reply_text(reply);
    bool is_it = memmem(text.data, text.size, process, strlen(process)) != NULL;
    (void)reply_free(reply);
    if (!is_it || client_say(node->client, &reply, "DBSIZE", NULL)) /* it may still be loading */
        return false;
    (void)reply_free(reply);
    return true;
}

static inline void redis_node_connect(struct redis_node *node)
{
    int64_t start_ms = clock_monotonic_ms();
    while (!redis_node_is_there(node))
        redis_wait(start_ms, "a node to answer");
}

/* On ports of its own, whoever else is looking for some. */
static inline void redis_node_start(struct redis_node *node,
                                    void (*launch)(struct redis_node *node))
{
    int64_t start_ms = clock_monotonic_ms();
    node->folder = scratch_new();
    do {
        if (node->pid == 0 || waitpid(node->pid, NULL, WNOHANG) != 0) {
            node->port = redis_free_port();
            node->bus_port = redis_free_port();
            (void)snprintf(node->url, sizeof node->url, "redis://127.0.0.1:%u",
                           node->port); /* fits */
            launch(node);
        }
        redis_wait(start_ms, "a node to start");
    } while (!redis_node_is_there(node));
}

/* The words of `text`, parted by spaces, as a command; the answer is to be freed. */
static inline struct reply *redis_ask(struct redis_node *node, const char *format, ...)
    PRINTF_LIKE(2, 3);
static inline struct reply *redis_ask(struct redis_node *node, const char *format, ...)
{
    char text[600];
    va_list arguments;
    va_start(arguments, format);
    assert_true(vsnprintf(text, sizeof text, format, arguments) < (int)sizeof text);
    va_end(arguments);
    struct argument_list command;
    argument_list_init(&command, 4096);
    struct slice rest = slice_of_string(text);
    while (rest.size)
        argument_list_add(&command, slice_take(&rest, ' '));
    struct reply *reply;
    if (client_call(node->client, &command, &reply))
        fail_msg("%s: no answer", text);
    argument_list_done(&command);
    if (reply_kind(reply) == REPLY_ERROR)
        fail_msg("%s: %.*s", text, SLICE_ARG(reply_text(reply)));
    return reply;
}

#define redis_tell(...) ((void)reply_free(redis_ask(__VA_ARGS__)))

/* Does the answer to a command hold `words`? */
static inline bool redis_says(struct redis_node *node, const char *command, const char *words)
{
    struct reply *reply = redis_ask(node, "%s", command);
    struct slice text = reply_text(reply);
    bool has = memmem(text.data ? text.data : "", text.size, words, strlen(words)) != NULL;
    (void)reply_free(reply);
    return has;
}

static inline void redis_wait_for(struct redis_node *node, const char *command, const char *words)
{
    int64_t start_ms = clock_monotonic_ms();
    while (!redis_says(node, command, words))
        redis_wait(start_ms, words);
}

static inline void redis_cluster_start(struct redis_cluster *cluster)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    (void)sigaction(SIGPIPE, &ignore, NULL); /* as the programs do */
    memset(cluster, 0, sizeof *cluster);
    struct redis_node *nodes = cluster->nodes;
    for (unsigned i = 0; i < CLUSTER_NODES; i++) {
        redis_node_start(&nodes[i], redis_node_launch);
        struct reply *reply = redis_ask(&nodes[i], "CLUSTER MYID");
        assert_int_equal(slice_to_string(nodes[i].name, sizeof nodes[i].name, reply_text(reply)),
                         0);
        (void)reply_free(reply);
        if (i < CLUSTER_PRIMARIES) {
            redis_tell(&nodes[i], "CLUSTER ADDSLOTSRANGE %u %u",
                       CLUSTER_SLOTS * i / CLUSTER_PRIMARIES,
                       CLUSTER_SLOTS * (i + 1) / CLUSTER_PRIMARIES - 1);
            redis_tell(&nodes[i], "CLUSTER SET-CONFIG-EPOCH %u", i + 1);
        }
        if (i > 0)
            redis_tell(&nodes[0], "CLUSTER MEET 127.0.0.1 %u %u", nodes[i].port, nodes[i].bus_port);
    }
    for (unsigned i = 0; i < CLUSTER_NODES; i++)
        redis_wait_for(&nodes[i], "CLUSTER INFO", "cluster_known_nodes:4");
    redis_wait_for(&nodes[3], "CLUSTER NODES", nodes[0].name);
    redis_tell(&nodes[3], "CLUSTER REPLICATE %s", nodes[0].name);
    redis_wait_for(&nodes[3], "INFO replication", "master_link_status:up");
    for (unsigned i = 0; i < CLUSTER_NODES; i++)
        redis_wait_for(&nodes[i], "CLUSTER INFO", "cluster_state:ok");
    (void)snprintf(cluster->url, sizeof cluster->url,
                   "cluster://127.0.0.1:1,127.0.0.1:%u,127.0.0.1:%u", nodes[1].port,
                   nodes[2].port); /* fits; nobody is at the first */
}

static inline void redis_cluster_end(struct redis_cluster *cluster)
{
    for (unsigned i = 0; i < CLUSTER_NODES; i++)
        redis_node_end(&cluster->nodes[i]);
}

/* Who is the primary of the first third: the first node, or the last. */
static inline struct redis_node *redis_first_primary(struct redis_cluster *cluster)
{
    bool is_first = redis_says(&cluster->nodes[0], "INFO replication", "role:master");
    return &cluster->nodes[is_first ? 0 : 3];
}

static inline void redis_cluster_flush(struct redis_cluster *cluster)
{
    for (unsigned i = 0; i < CLUSTER_NODES; i++)
        if (redis_says(&cluster->nodes[i], "INFO replication", "role:master"))
            redis_tell(&cluster->nodes[i], "FLUSHALL");
    redis_tell(redis_first_primary(cluster), "WAIT 1 20000");
}

/* From now on its replica hears nothing of it. */
static inline void redis_cluster_cut_off(struct redis_cluster *cluster)
{
    struct redis_node *replica =
        redis_first_primary(cluster) == cluster->nodes ? &cluster->nodes[3] : cluster->nodes;
    redis_tell(replica, "CONFIG SET masterauth none");
    redis_tell(replica, "CONFIG SET masteruser nobody");
    redis_tell(replica, "CLIENT KILL TYPE master");
    redis_wait_for(replica, "INFO replication", "master_link_status:down");
}

/* The replica takes over without asking its primary, which becomes its replica. Returns when all the nodes know. */
static inline void redis_cluster_take_over(struct redis_cluster *cluster)
{
    struct redis_node *old = redis_first_primary(cluster);
    struct redis_node *new = old == cluster->nodes ? &cluster->nodes[3] : cluster->nodes;
    redis_tell(new, "CLUSTER FAILOVER TAKEOVER");
    redis_wait_for(new, "INFO replication", "role:master");
    redis_wait_for(old, "INFO replication", "role:slave");
    static const char *const settings[] = {"masteruser",
                                           "masterauth"}; /* it may have been cut off */
    struct reply *reply;
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(client_say(new->client, &reply, "CONFIG", "SET", settings[i], "", NULL),
                         JALON_OK);
        (void)reply_free(reply);
    }
    redis_wait_for(old, "INFO replication", "master_link_status:up");
    for (unsigned i = 0; i < CLUSTER_NODES; i++) {
        int64_t start_ms = clock_monotonic_ms();
        for (bool is_known = false; !is_known;
             redis_wait(start_ms, "all to know the new primary")) {
            reply = redis_ask(&cluster->nodes[i], "CLUSTER SLOTS");
            for (size_t j = 0; j < reply_count(reply); j++)
                is_known |= reply_integer(reply_at(reply_at(reply_at(reply, j), 2), 1)) ==
                            (int64_t) new->port;
            (void)reply_free(reply);
        }
    }
}

static inline void redis_slot_open(struct redis_node *from, struct redis_node *to, unsigned slot)
{
    redis_tell(to, "CLUSTER SETSLOT %u IMPORTING %s", slot, from->name);
    redis_tell(from, "CLUSTER SETSLOT %u MIGRATING %s", slot, to->name);
}

static inline void redis_key_move(struct redis_node *from, struct redis_node *to, const char *key)
{
    redis_tell(from, "MIGRATE 127.0.0.1 %u %s 0 20000", to->port, key);
}

/* The configuration epoch of the node `name`, as `node` knows it: the seventh word of its line. */
static inline uint64_t redis_epoch(struct redis_node *node, const char *name)
{
    struct reply *reply = redis_ask(node, "CLUSTER NODES");
    struct slice text = reply_text(reply), line = SLICE_NONE;
    while (text.size && !slice_starts(line, slice_of_string(name)))
        line = slice_take(&text, '\n');
    for (unsigned i = 0; i < 6; i++)
        (void)slice_take(&line, ' ');
    uint64_t epoch;
    assert_int_equal(slice_to_u64(&epoch, slice_take(&line, ' '), UINT64_MAX), JALON_OK);
    (void)reply_free(reply);
    return epoch;
}

/* Returns when all know: the next one to be given a slot claims it by an epoch above all that it knows. */
static inline void redis_slot_close(struct redis_cluster *cluster, struct redis_node *from,
                                    struct redis_node *to, unsigned slot)
{
    redis_tell(to, "CLUSTER SETSLOT %u NODE %s", slot, to->name);
    redis_tell(from, "CLUSTER SETSLOT %u NODE %s", slot, to->name);
    int64_t start_ms = clock_monotonic_ms();
    for (unsigned i = 0; i < CLUSTER_NODES; i++) {
        struct redis_node *node = &cluster->nodes[i];
        if (redis_says(node, "INFO replication", "role:master"))
            redis_tell(node, "CLUSTER SETSLOT %u NODE %s", slot, to->name);
        while (redis_epoch(node, to->name) != redis_epoch(to, to->name))
            redis_wait(start_ms, "all to know of the slot");
    }
}

/* All of the slot, with its keys. */
static inline void redis_slot_move(struct redis_cluster *cluster, struct redis_node *from,
                                   struct redis_node *to, unsigned slot)
{
    redis_slot_open(from, to, slot);
    for (bool is_empty = false; !is_empty;) {
        struct reply *keys = redis_ask(from, "CLUSTER GETKEYSINSLOT %u 1", slot);
        is_empty = reply_count(keys) == 0;
        char key[300];
        if (!is_empty) {
            assert_int_equal(slice_to_string(key, sizeof key, reply_text(reply_at(keys, 0))), 0);
            redis_key_move(from, to, key);
        }
        (void)reply_free(keys);
    }
    redis_slot_close(cluster, from, to, slot);
}
#endif
