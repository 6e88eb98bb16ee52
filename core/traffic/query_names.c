#include "core/traffic/query_names.h"

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool query_is_escape(struct slice s, size_t at)
{
    return s.size - at >= 3 && s.data[at] == '%' && hex_digit(s.data[at + 1]) >= 0 &&
           hex_digit(s.data[at + 2]) >= 0;
}

int query_name_take(struct slice *rest)
{
    int byte = (unsigned char)rest->data[0];
    size_t size = 1;
    if (query_is_escape(*rest, 0)) {
        byte = hex_digit(rest->data[1]) << 4 | hex_digit(rest->data[2]);
        size = 3;
    } else if (byte == '+') { /* form encoding: what every shop reads queries as */
        byte = ' ';
    }
    *rest = slice_from(*rest, size);
    return byte;
}

bool query_names_equal(struct slice a, struct slice b)
{
    while (a.size && b.size)
        if (query_name_take(&a) != query_name_take(&b))
            return false;
    return a.size == b.size;
}

struct slice query_name_of(struct slice pair)
{
    return slice_first(pair, slice_find(pair, '=', 0));
}

bool query_has_name(struct slice query, struct slice name)
{
    while (query.size) {
        struct slice pair = slice_take(&query, '&');
        if (pair.size && query_names_equal(query_name_of(pair), name))
            return true;
    }
    return false;
}

/* The target is its campaign's, and only the visitor's names are a stranger's: they are looked for, never put in, so a
 * hash without a seed does. FNV-1a. */
static unsigned bucket_of(struct slice name)
{
    uint32_t hash = 2166136261;
    while (name.size)
        hash = (hash ^ (uint32_t)query_name_take(&name)) * 16777619;
    return (hash ^ hash >> 16) % QUERY_INDEX_BUCKETS;
}

bool query_index_make(struct query_index *index, struct slice query)
{
    size_t count = 0;
    struct slice rest = query;
    index->query = query;
    memset(index->heads, 0, sizeof index->heads);
    while (rest.size) {
        struct slice pair = slice_take(&rest, '&'), name = query_name_of(pair);
        if (pair.size == 0)
            continue;
        size_t start = (size_t)(pair.data - query.data);
        if (count == QUERY_INDEX_NAMES || start + name.size > UINT16_MAX)
            return false;
        uint16_t *head = &index->heads[bucket_of(name)];
        index->names[count].start = (uint16_t)start;
        index->names[count].size = (uint16_t)name.size;
        index->names[count].next = *head;
        *head = (uint16_t)++count;
    }
    return true;
}

bool query_index_has(const struct query_index *index, struct slice name)
{
    for (unsigned at = index->heads[bucket_of(name)]; at; at = index->names[at - 1].next)
        if (query_names_equal(
                slice_of(index->query.data + index->names[at - 1].start, index->names[at - 1].size),
                name))
            return true;
    return false;
}
