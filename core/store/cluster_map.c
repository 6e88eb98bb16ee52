#include "core/store/cluster_map.h"

#include "core/store/client.h"

#include <stdio.h>

/* CRC16-CCITT (XMODEM), four bits a step. */
static unsigned crc16(struct slice bytes)
{
    static const uint16_t steps[16] = {
        0x0000, 0x1021, 0x2042, 0x3063, 0x4084, 0x50a5, 0x60c6, 0x70e7,
        0x8108, 0x9129, 0xa14a, 0xb16b, 0xc18c, 0xd1ad, 0xe1ce, 0xf1ef,
    };
    unsigned crc = 0;
    for (size_t i = 0; i < bytes.size; i++) {
        unsigned byte = (uint8_t)bytes.data[i];
        crc = (crc << 4 & 0xffff) ^ steps[crc >> 12 ^ byte >> 4];
        crc = (crc << 4 & 0xffff) ^ steps[crc >> 12 ^ (byte & 15)];
    }
    return crc;
}

unsigned cluster_slot(struct slice key)
{
    size_t open = slice_find(key, '{', 0);
    size_t close = slice_find(key, '}', open);
    bool has_tag = close < key.size && close > open + 1;
    struct slice tag = has_tag ? slice_of(key.data + open + 1, close - open - 1) : key;
    return crc16(tag) % CLUSTER_SLOTS;
}

bool cluster_node_equal(const struct cluster_node *a, const struct cluster_node *b)
{
    return a->port == b->port && strcmp(a->host, b->host) == 0;
}

void cluster_node_describe(const struct cluster_node *node, char ret_text[CLUSTER_NODE_TEXT])
{
    bool is_v6 = strchr(node->host, ':') != NULL;
    (void)snprintf(ret_text, CLUSTER_NODE_TEXT, is_v6 ? "[%s]:%u" : "%s:%u", node->host,
                   node->port); /* fits */
}

/* Something that may be handed to a resolver and stand in a message. */
static int read_host(struct cluster_node *node, struct slice text)
{
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] <= ' ' || text.data[i] > '~')
            return JALON_BAD_REPLY;
    return slice_to_string(node->host, sizeof node->host, text) ? JALON_BAD_REPLY : JALON_OK;
}

/* "?": the cluster prefers names and has none for this node. Its address is in the metadata then, name and value in turn. */
static struct slice host_of(const struct reply *entry)
{
    struct slice host = reply_text(reply_at(entry, 0));
    if (!slice_is(host, "?") || reply_count(entry) < 4)
        return host;
    const struct reply *metadata = reply_at(entry, 3);
    for (size_t i = 0; i + 2 <= reply_count(metadata); i += 2)
        if (slice_is(reply_text(reply_at(metadata, i)), "ip"))
            return reply_text(reply_at(metadata, i + 1));
    return host;
}

static int read_node(struct cluster_node *ret_node, const struct reply *entry,
                     const char *asked_host)
{
    struct cluster_node node = {0};
    if (reply_count(entry) < 2 || reply_kind(reply_at(entry, 1)) != REPLY_INTEGER)
        return JALON_BAD_REPLY;
    int64_t port = reply_integer(reply_at(entry, 1));
    enum reply_kind kind = reply_kind(reply_at(entry, 0));
    if (port < 1 || port > 65535 || (kind != REPLY_TEXT && kind != REPLY_NIL))
        return JALON_BAD_REPLY;
    struct slice host = host_of(entry);
    node.port = (unsigned)port;
    int err = read_host(&node, host.size ? host : slice_of_string(asked_host));
    if (!err)
        *ret_node = node;
    return err;
}

static int find_or_add(struct cluster_map *map, unsigned *ret_index,
                       const struct cluster_node *node)
{
    unsigned i = 0;
    while (i < map->node_count && !cluster_node_equal(&map->nodes[i], node))
        i++;
    if (i == CLUSTER_NODES_MAX)
        return JALON_FULL;
    if (i == map->node_count)
        map->nodes[map->node_count++] = *node;
    *ret_index = i;
    return JALON_OK;
}

/* First slot, last slot, the primary, its replicas. */
static int read_range(struct cluster_map *map, const struct reply *range, const char *asked_host)
{
    if (reply_count(range) < 3 || reply_kind(reply_at(range, 0)) != REPLY_INTEGER ||
        reply_kind(reply_at(range, 1)) != REPLY_INTEGER)
        return JALON_BAD_REPLY;
    int64_t first = reply_integer(reply_at(range, 0)), last = reply_integer(reply_at(range, 1));
    if (first < 0 || first > last || last >= CLUSTER_SLOTS)
        return JALON_BAD_REPLY;
    struct cluster_node node;
    unsigned index;
    int err = read_node(&node, reply_at(range, 2), asked_host);
    if (!err)
        err = find_or_add(map, &index, &node);
    for (int64_t slot = first; !err && slot <= last; slot++) {
        if (map->owners[slot] != CLUSTER_NO_OWNER)
            return JALON_BAD_REPLY;
        map->owners[slot] = (uint8_t)index;
    }
    return err;
}

int cluster_map_read(struct cluster_map *ret_map, const struct reply *slots, const char *asked_host)
{
    struct cluster_map map = {0};
    memset(map.owners, CLUSTER_NO_OWNER, sizeof map.owners);
    if (reply_kind(slots) != REPLY_LIST || reply_count(slots) > CLUSTER_SLOTS)
        return JALON_BAD_REPLY;
    for (size_t i = 0; i < reply_count(slots); i++) {
        int err = read_range(&map, reply_at(slots, i), asked_host);
        if (err)
            return err;
    }
    *ret_map = map;
    return JALON_OK;
}

int cluster_map_move(struct cluster_map *map, unsigned slot, const struct cluster_node *node)
{
    unsigned index;
    if (slot >= CLUSTER_SLOTS)
        return JALON_BAD_ARGUMENT;
    int err = find_or_add(map, &index, node);
    if (!err)
        map->owners[slot] = (uint8_t)index;
    return err;
}

/* "3999 127.0.0.1:6381": the last colon parts host and port, as an IPv6 address has no brackets here. */
static int read_target(struct cluster_redirection *redirection, struct slice text)
{
    uint64_t slot, port;
    if (slice_to_u64(&slot, slice_take(&text, ' '), CLUSTER_SLOTS - 1))
        return JALON_BAD_REPLY;
    size_t colon = text.size;
    while (colon && text.data[colon - 1] != ':')
        colon--;
    if (colon == 0 || slice_to_u64(&port, slice_from(text, colon), 65535) || port == 0)
        return JALON_BAD_REPLY;
    struct slice host = slice_first(text, colon - 1);
    redirection->slot = (unsigned)slot;
    if (slice_is(host, "?"))
        return JALON_OK;
    redirection->node.port = (unsigned)port;
    return read_host(&redirection->node, host);
}

int cluster_redirection_read(struct cluster_redirection *ret_redirection, struct slice error_text)
{
    static const struct {
        struct slice prefix;
        enum cluster_word word;
        bool has_target;
    } rows[] = {
        {SLICE_INIT("MOVED "), CLUSTER_MOVED, true},
        {SLICE_INIT("ASK "), CLUSTER_ASK, true},
        {SLICE_INIT("TRYAGAIN "), CLUSTER_TRY_AGAIN, false},
        {SLICE_INIT("CLUSTERDOWN "), CLUSTER_DOWN, false},
    };
    struct cluster_redirection redirection = {0};
    int err = JALON_OK;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (slice_starts(error_text, rows[i].prefix)) {
            redirection.word = rows[i].word;
            if (rows[i].has_target)
                err = read_target(&redirection, slice_from(error_text, rows[i].prefix.size));
        }
    if (!err)
        *ret_redirection = redirection;
    return err;
}
