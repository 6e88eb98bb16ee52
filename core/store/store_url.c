#include "core/store/store_url.h"

#include "core/base/encoding.h"
#include "core/store/embedded.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define PORT_DEFAULT 6379
#define EXPECTED                                                                                   \
    "embedded, unix:/path, redis://[user:password@]host[:port][/database], rediss://... or "       \
    "cluster://[user:password@]host:port,host:port,..."

static int bad_url(struct problem *problem, const char *reason)
{
    return problem_set(problem, PROBLEM_INVALID, "store.redis: %s; expected " EXPECTED, reason);
}

static int decode(char *ret_text, size_t capacity, struct slice text)
{
    struct buffer out;
    buffer_over(&out, ret_text, capacity - 1);
    int err = percent_decode(&out, text);
    if (!err)
        ret_text[out.size] = '\0';
    return err;
}

/* "user:password", ":password" or "password" before the '@'. */
static int read_credentials(struct store_url *url, struct slice text, struct problem *problem)
{
    struct slice rest = text, user = slice_take(&rest, ':');
    bool has_colon = user.size < text.size;
    if (decode(url->user, sizeof url->user, has_colon ? user : SLICE_NONE) ||
        decode(url->password, sizeof url->password, has_colon ? rest : user))
        return bad_url(problem, "the user or password is too long or badly percent-encoded");
    if (*url->user && !*url->password)
        return bad_url(problem, "a user needs a password");
    return JALON_OK;
}

static bool is_host(struct slice host)
{
    for (size_t i = 0; i < host.size; i++) {
        char c = host.data[i];
        bool is_good = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       c == '.' || c == '-' || c == '_' || c == ':';
        if (!is_good)
            return false;
    }
    return host.size > 0;
}

/* "host", "host:port", "[v6]" or "[v6]:port" into host and port, which is NULL where there is none. */
static int split_host(struct slice *ret_host, struct slice *ret_port, struct slice text,
                      struct problem *problem)
{
    bool is_v6 = text.size && text.data[0] == '[';
    struct slice rest = is_v6 ? slice_from(text, 1) : text;
    *ret_host = slice_take(&rest, is_v6 ? ']' : ':');
    *ret_port = SLICE_NONE;
    if (is_v6) {
        if (ret_host->size + 1 == text.size)
            return bad_url(problem, "the address's ] is missing");
        if (rest.size && rest.data[0] != ':')
            return bad_url(problem, "something stands between the address and the port");
        if (rest.size)
            *ret_port = slice_from(rest, 1);
        return JALON_OK;
    }
    if (ret_host->size < text.size)
        *ret_port = rest;
    if (slice_find(rest, ':', 0) < rest.size)
        return bad_url(problem, "an IPv6 address goes into brackets");
    return JALON_OK;
}

static int read_host(struct cluster_node *ret_node, struct slice text, struct problem *problem)
{
    struct cluster_node node;
    struct slice host, port;
    int err = split_host(&host, &port, text, problem);
    if (err)
        return err;
    if (!is_host(host) || slice_to_string(node.host, sizeof node.host, host))
        return bad_url(problem, "the host is missing or not a name or address");
    uint64_t number = PORT_DEFAULT;
    if (port.data && (slice_to_u64(&number, port, 65535) || number == 0))
        return bad_url(problem, "the port is not a number from 1 to 65535");
    node.port = (unsigned)number;
    *ret_node = node;
    return JALON_OK;
}

/* The credentials before the last '@', where there is one, are taken off *authority. */
static int take_credentials(struct store_url *url, struct slice *authority, struct problem *problem)
{
    size_t at = authority->size;
    while (at && authority->data[at - 1] != '@')
        at--;
    if (at == 0)
        return JALON_OK;
    int err = read_credentials(url, slice_first(*authority, at - 1), problem);
    *authority = slice_from(*authority, at);
    return err;
}

static int read_tcp(struct store_url *url, struct slice rest, struct problem *problem)
{
    struct slice authority = slice_take(&rest, '/');
    int err = take_credentials(url, &authority, problem);
    if (err)
        return err;
    uint64_t database = 0;
    if (rest.size && slice_to_u64(&database, rest, 65535))
        return bad_url(problem, "the database is not a number");
    url->database = (unsigned)database;
    struct cluster_node server;
    err = read_host(&server, authority, problem);
    if (err)
        return err;
    memcpy(url->host, server.host, sizeof url->host);
    url->port = server.port;
    return JALON_OK;
}

static int read_unix(struct store_url *url, struct slice path, struct problem *problem)
{
    if (path.size == 0 || path.data[0] != '/')
        return bad_url(problem, "the path of a Unix socket starts with /");
    if (slice_to_string(url->path, sizeof url->path, path))
        return bad_url(problem, "the path of the Unix socket is too long");
    return JALON_OK;
}

static int read_embedded(struct store_url *url, struct slice rest, struct problem *problem)
{
    (void)url; /* resolved later: the folder is not in the setting */
    return rest.size ? bad_url(problem, "nothing follows \"embedded\"") : JALON_OK;
}

static int read_cluster(struct store_url *url, struct slice rest, struct problem *problem)
{
    struct slice authority = slice_take(&rest, '/');
    if (rest.size)
        return bad_url(problem, "a cluster has no databases: nothing follows its nodes");
    int err = take_credentials(url, &authority, problem);
    if (!err && authority.size == 0)
        return bad_url(problem, "no node is named");
    bool is_last = false;
    while (!err && !is_last) {
        if (url->seed_count == STORE_SEEDS_MAX)
            return bad_url(problem, "it names too many nodes: three are plenty");
        size_t before = authority.size;
        struct slice node = slice_take(&authority, ',');
        is_last = node.size == before;
        err = read_host(&url->seeds[url->seed_count++], node, problem);
    }
    return err;
}

static const struct {
    struct slice prefix;
    enum store_kind kind;
    int (*read)(struct store_url *url, struct slice rest, struct problem *problem);
} kinds[] = {
    {SLICE_INIT("embedded"), STORE_EMBEDDED, read_embedded},
    {SLICE_INIT("unix:"), STORE_UNIX, read_unix},
    {SLICE_INIT("redis://"), STORE_TCP, read_tcp},
    {SLICE_INIT("rediss://"), STORE_TLS, read_tcp},
    {SLICE_INIT("cluster://"), STORE_CLUSTER, read_cluster},
};

int store_url_read(struct store_url *ret_url, const char *text, struct problem *problem)
{
    struct slice s = slice_of_string(text);
    if (slice_has_control(s))
        return bad_url(problem, "it has control characters");
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (!slice_starts(s, kinds[i].prefix))
            continue;
        struct store_url url = {.kind = kinds[i].kind};
        int err = kinds[i].read(&url, slice_from(s, kinds[i].prefix.size), problem);
        if (!err)
            *ret_url = url;
        return err;
    }
    return bad_url(problem, "it is none of the kinds known");
}

static bool has_tls(void)
{
#ifdef JALON_HAS_HIREDIS_SSL
    return true;
#else
    return false;
#endif
}

static int unsupported(struct problem *problem, const char *text)
{
    (void)problem_set(problem, PROBLEM_INVALID, "%s", text); /* the code is ours */
    return JALON_UNSUPPORTED;
}

int store_url_resolve(struct store_url *ret_url, const char *text, const char *folder,
                      struct problem *problem)
{
    struct store_url url;
    int err = store_url_read(&url, text, problem);
    if (err)
        return err;
    if (url.kind == STORE_TLS && !has_tls())
        return unsupported(problem,
                           "store.redis: rediss:// needs hiredis 1.0 or later with TLS, which "
                           "this build lacks: use redis:// through a tunnel, or a newer system");
    if (url.kind == STORE_EMBEDDED)
        err = embedded_socket(url.path, folder);
    if (err)
        return problem_from_error(problem, err);
    *ret_url = url;
    return JALON_OK;
}

static void describe_seeds(const struct store_url *url, char ret_text[FOLDER_PATH_MAX])
{
    struct buffer text;
    buffer_over(&text, ret_text, FOLDER_PATH_MAX - 1);
    for (unsigned i = 0; i < url->seed_count; i++) {
        char node[CLUSTER_NODE_TEXT];
        cluster_node_describe(&url->seeds[i], node);
        buffer_append_string(&text, i ? "," : "");
        buffer_append_string(&text, node); /* left out when it does not fit */
    }
    ret_text[text.size] = '\0';
}

void store_url_describe(const struct store_url *url, char ret_text[FOLDER_PATH_MAX])
{
    struct cluster_node server = {.port = url->port};
    memcpy(server.host, url->host, sizeof server.host);
    if (url->kind == STORE_CLUSTER)
        describe_seeds(url, ret_text);
    else if (*url->path)
        (void)snprintf(ret_text, FOLDER_PATH_MAX, "%s", url->path); /* of the same size */
    else
        cluster_node_describe(&server, ret_text);
}

int socket_path_open(struct socket_path *ret_path, const char *path)
{
    struct socket_path found = {.folder_fd = -1};
    struct slice whole = slice_of_string(path);
    if (slice_to_string(found.text, sizeof found.text, whole) == JALON_OK) {
        *ret_path = found;
        return JALON_OK;
    }
    size_t name = whole.size;
    while (name && path[name - 1] != '/')
        name--;
    char folder[FOLDER_PATH_MAX];
    if (slice_to_string(folder, sizeof folder, slice_first(whole, name)) || name == 0)
        return JALON_TOO_LONG;
    found.folder_fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (found.folder_fd < 0)
        return JALON_UNAVAILABLE;
    int size = snprintf(found.text, sizeof found.text, "/proc/self/fd/%d/%s", found.folder_fd,
                        path + name);
    if (size < 0 || (size_t)size >= sizeof found.text) {
        socket_path_close(&found);
        return JALON_TOO_LONG;
    }
    *ret_path = found;
    return JALON_OK;
}

void socket_path_close(struct socket_path *path)
{
    if (path->folder_fd >= 0)
        (void)close(path->folder_fd);
    path->folder_fd = -1;
}
